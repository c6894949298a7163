#include "platform/config/settings.h"

#include <algorithm>

#include "platform/config/readers.h"
#include "platform/config/sign_in_issuers.h"

namespace osier::config {

namespace {

template <auto member, std::int64_t min, std::int64_t max>
std::string read_integer(Config& config, const std::string& text) {
  std::int64_t number = 0;
  auto complaint = read_number(number, text, min, max);
  if (complaint.empty()) {
    config.*member = static_cast<std::remove_reference_t<decltype(config.*member)>>(number);
  }
  return complaint;
}

template <auto member>
std::string show_integer(const Config& config) {
  return std::to_string(config.*member);
}

template <auto member, auto reader>
std::string read_with(Config& config, const std::string& text) {
  return reader(config.*member, text);
}

template <auto member>
std::string show_text(const Config& config) {
  return config.*member;
}

template <auto member>
std::string show_list(const Config& config) {
  return joined(config.*member);
}

template <auto member>
std::string read_path(Config& config, const std::string& text) {
  config.*member = text;
  return {};
}

template <auto member>
bool has_any(const Config& config) {
  return !(config.*member).empty();
}

std::string show_nothing(const Config&) { return {}; }

std::string read_http_url(std::string& out, const std::string& text) {
  return read_url(out, text, "http");
}
std::string read_smtp_url(std::string& out, const std::string& text) {
  return read_url(out, text, "smtp");
}

constexpr std::string_view environment_words[] = {"development", "production"};
constexpr std::string_view level_words[] = {"debug", "info", "warning", "error"};
constexpr std::string_view format_words[] = {"json", "text"};
constexpr std::string_view switch_words[] = {"on", "off"};
constexpr std::string_view region_words[] = {"eu", "us"};
constexpr std::string_view accounts_words[] = {"local", "cognito", "both"};

template <auto member, auto& words>
std::string read_word(Config& config, const std::string& text) {
  const auto found = std::find(std::begin(words), std::end(words), text);
  if (found != std::end(words)) {
    using Enum = std::remove_reference_t<decltype(config.*member)>;
    config.*member = static_cast<Enum>(found - std::begin(words));
    return {};
  }
  std::string all;
  for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
  return "must be one of: " + all;
}

template <auto member, auto& words>
std::string show_word(const Config& config) {
  return std::string(words[static_cast<std::size_t>(config.*member)]);
}

std::string read_roles(Config& config, const std::string& text) {
  Roles roles{.web = false, .api = false, .admin = false, .worker = false};
  const auto words = split_list(text);
  for (const auto& word : words) {
    if (word == "web") {
      roles.web = true;
    } else if (word == "api") {
      roles.api = true;
    } else if (word == "admin") {
      roles.admin = true;
    } else if (word == "worker") {
      roles.worker = true;
    } else {
      return "must name roles out of web, api, admin and worker, separated by commas";
    }
  }
  config.roles = roles;
  return {};
}

std::string show_roles(const Config& config) {
  std::vector<std::string> words;
  if (config.roles.web) words.emplace_back("web");
  if (config.roles.api) words.emplace_back("api");
  if (config.roles.admin) words.emplace_back("admin");
  if (config.roles.worker) words.emplace_back("worker");
  return joined(words);
}

std::string read_hold_minutes(Config& config, const std::string& text) {
  std::int64_t minutes = 0;
  auto complaint = read_number(minutes, text, 1, 1'440);
  if (complaint.empty()) config.hold_duration = std::chrono::minutes(minutes);
  return complaint;
}

std::string show_hold_minutes(const Config& config) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::minutes>(config.hold_duration).count());
}

std::vector<Row> shop_rows() {
  return {
      {{"environment", "development or production", "development",
        "In production Osier refuses test keys, plain http and missing secrets at start."},
       read_word<&Config::environment, environment_words>,
       show_word<&Config::environment, environment_words>},
      {{"base_url", "URL", "",
        "Where shoppers reach the shop, for links in mails and at the payment provider. "
        "If unset, http://localhost:PORT."},
       read_with<&Config::base_url, read_http_url>,
       show_text<&Config::base_url>},
      {{"roles", "comma-separated list", "web,api,admin,worker",
        "What this process does: web, api, admin, worker."},
       read_roles,
       show_roles},
      {{"hold_minutes", "whole number", "30",
        "How long an unpaid order keeps its stock, from 1 to 1440 minutes."},
       read_hold_minutes,
       show_hold_minutes},
      {{"verify_minutes", "whole number", "10",
        "How often a worker checks all invariants, for the metric osier_invariant_violations, from "
        "1 to 1440 minutes; 0 for never."},
       read_integer<&Config::verify_minutes, 0, 1'440>,
       show_integer<&Config::verify_minutes>},
  };
}

std::vector<Row> limit_rows() {
  return {
      {{"hold_orders_max", "whole number", "10",
        "Unpaid orders that one address (IPv6: /64 network) or one e-mail may have at a time; 0 "
        "for "
        "any number."},
       read_integer<&Config::hold_orders_max, 0, 1'000>,
       show_integer<&Config::hold_orders_max>},
      {{"hold_units_max", "whole number", "500",
        "Units that the unpaid orders of one address or one e-mail may hold together; 0 for any "
        "number."},
       read_integer<&Config::hold_units_max, 0, 1'000'000>,
       show_integer<&Config::hold_units_max>},
      {{"rate_limits", "on or off", "on",
        "Whether requests are counted per address and session, and refused with 429 past the "
        "limits."},
       read_word<&Config::rate_limits, switch_words>,
       show_word<&Config::rate_limits, switch_words>},
      {{"search_rate", "whole number", "60", "Searches per minute and address."},
       read_integer<&Config::search_rate, 1, 1'000'000>,
       show_integer<&Config::search_rate>},
      {{"cart_rate", "whole number", "120",
        "Requests per minute for one cart; ten times as many per address."},
       read_integer<&Config::cart_rate, 1, 1'000'000>,
       show_integer<&Config::cart_rate>},
      {{"checkout_rate", "whole number", "10",
        "Steps of ordering and paying per minute for one cart; ten times as many per address."},
       read_integer<&Config::checkout_rate, 1, 1'000'000>,
       show_integer<&Config::checkout_rate>},
      {{"order_page_rate", "whole number", "600",
        "Looks at orders and at the checkout page per minute and address."},
       read_integer<&Config::order_page_rate, 1, 1'000'000>,
       show_integer<&Config::order_page_rate>},
      {{"webhook_rate", "whole number", "200", "Webhooks per second and address."},
       read_integer<&Config::webhook_rate, 1, 1'000'000>,
       show_integer<&Config::webhook_rate>},
      {{"admission", "on or off", "on",
        "Whether requests are turned away with 503, the less important first, when this process "
        "has more to do than it can."},
       read_word<&Config::admission, switch_words>,
       show_word<&Config::admission, switch_words>},
      {{"limits_exempt", "comma-separated list", "127.0.0.0/8,::1",
        "Addresses or networks that rate limits and caps on unpaid orders do not count."},
       read_with<&Config::limits_exempt, read_networks>,
       show_list<&Config::limits_exempt>},
  };
}

std::vector<Row> network_rows() {
  return {
      {{"bind_address", "IP address", "127.0.0.1",
        "Where the shop listens; 0.0.0.0 for every interface."},
       read_with<&Config::bind_address, read_ip>,
       show_text<&Config::bind_address>},
      {{"port", "port", "8080", "Port of the shop."},
       read_integer<&Config::port, 1, 65'535>,
       show_integer<&Config::port>},
      {{"ops_bind_address", "IP address", "127.0.0.1",
        "Where health checks and metrics are answered. Keep it loopback or private."},
       read_with<&Config::ops_bind_address, read_ip>,
       show_text<&Config::ops_bind_address>},
      {{"ops_port", "port", "9090", "Port of health checks and metrics."},
       read_integer<&Config::ops_port, 1, 65'535>,
       show_integer<&Config::ops_port>},
      {{"admin_bind_address", "IP address", "127.0.0.1",
        "Where the admin portal listens. Keep it loopback or private."},
       read_with<&Config::admin_bind_address, read_ip>,
       show_text<&Config::admin_bind_address>},
      {{"admin_port", "port", "", "Port of the admin portal. If unset, OSIER_PORT + 1000."},
       read_integer<&Config::admin_port, 1, 65'535>,
       show_integer<&Config::admin_port>},
      {{"admin_base_url", "URL", "",
        "Where staff reach the admin portal, for links in mails and for passkeys; its host is the "
        "only one that the portal answers to. If unset, http://localhost:ADMIN_PORT; in "
        "production, there is no portal then."},
       read_with<&Config::admin_base_url, read_http_url>,
       show_text<&Config::admin_base_url>},
      {{"threads", "whole number", "0", "Event loops; 0 for one per core."},
       read_integer<&Config::threads, 0, 1'024>,
       show_integer<&Config::threads>},
      {{"allowed_hosts", "comma-separated list", "",
        "Host names the shop answers to; any if unset."},
       read_with<&Config::allowed_hosts, read_hosts>,
       show_list<&Config::allowed_hosts>},
      {{"trusted_proxies", "comma-separated list", "",
        "Addresses or networks whose X-Forwarded-For is believed, such as 10.0.0.0/8."},
       read_with<&Config::trusted_proxies, read_networks>,
       show_list<&Config::trusted_proxies>},
      {{"cors_origins", "comma-separated list", "",
        "Origins of storefronts that may call the store API from a browser; * for any."},
       read_with<&Config::cors_origins, read_http_origins>,
       show_list<&Config::cors_origins>},
  };
}

std::vector<Row> storage_rows() {
  return {
      {{"data", "path", "./var",
        "Folder for everything this machine keeps: the private PostgreSQL, media, mails."},
       read_path<&Config::data>,
       show_text<&Config::data>},
      {{"themes_dir", "path", "",
        "Folder with templates and texts that replace the built-in ones."},
       read_path<&Config::themes_dir>,
       show_text<&Config::themes_dir>},
      {{"database_url", "secret", "",
        "PostgreSQL connection string. If unset, Osier runs a private PostgreSQL in the data "
        "folder.",
        true},
       read_with<&Config::database_url, read_secret>,
       show_nothing,
       has_any<&Config::database_url>},
      {{"database_pool_size", "whole number", "16", "Database connections of this process."},
       read_integer<&Config::database_pool_size, 1, 1'000>,
       show_integer<&Config::database_pool_size>},
      {{"pg_bin_dir", "path", "", "Where PostgreSQL's programs are, for the private PostgreSQL."},
       read_path<&Config::pg_bin_dir>,
       show_text<&Config::pg_bin_dir>},
  };
}

std::vector<Row> payment_rows() {
  return {
      {{"stripe_secret_key", "secret", "", "Stripe's secret key (sk_live_... or sk_test_...).",
        true},
       read_with<&Config::stripe_secret_key, read_secret>,
       show_nothing,
       has_any<&Config::stripe_secret_key>},
      {{"stripe_webhook_secret", "secret", "",
        "Signing secret of the webhook endpoint (whsec_...); two, separated by a comma, while one "
        "replaces the other.",
        true},
       read_with<&Config::stripe_webhook_secrets, read_secret_pair>,
       show_nothing,
       has_any<&Config::stripe_webhook_secrets>},
      {{"stripe_api_base", "URL", "https://api.stripe.com", "Where Stripe's API is."},
       read_with<&Config::stripe_api_base, read_http_url>,
       show_text<&Config::stripe_api_base>},
  };
}

std::vector<Row> vault_rows() {
  return {
      {{"region", "eu or us", "eu",
        "Legal area in which this installation keeps personal data. Fixed with the first start."},
       read_word<&Config::region, region_words>,
       show_word<&Config::region, region_words>},
      {{"root_key", "secret", "",
        "The vault's root key (32 bytes in base64), without which personal data cannot be read. If "
        "unset, a file in the data folder, made at the first start. Keep a copy of it.",
        true},
       read_with<&Config::root_key, read_key>,
       show_nothing,
       has_any<&Config::root_key>},
  };
}

std::vector<Row> audit_rows() {
  return {
      {{"audit_key", "secret", "",
        "Ed25519 seed (32 bytes in base64) that signs the heads of the audit's chain. If unset, a "
        "file in the data folder, made when it is needed.",
        true},
       read_with<&Config::audit_key, read_key>,
       show_nothing,
       has_any<&Config::audit_key>},
      {{"audit_heads_dir", "path", "",
        "Folder for signed heads, where the database's admin cannot write. If unset, audit/ in the "
        "data folder."},
       read_path<&Config::audit_heads_dir>,
       show_text<&Config::audit_heads_dir>},
      {{"audit_public_keys", "comma-separated list", "",
        "Public keys of earlier signing keys, whose heads are still believed."},
       read_with<&Config::audit_public_keys, read_public_keys>,
       show_list<&Config::audit_public_keys>},
  };
}

std::vector<Row> sign_in_rows() {
  return {
      {{"customer_accounts", "word", "both",
        "Where customers have their passwords: local, cognito (an Amazon Cognito user pool; the "
        "shop's own registration and password pages lead there), or both."},
       read_word<&Config::customer_accounts, accounts_words>,
       show_word<&Config::customer_accounts, accounts_words>},
  };
}

std::vector<Row> mail_and_log_rows() {
  return {
      {{"smtp_url", "URL", "",
        "Mail server: smtp://host:587 or smtps://host:465. If unset, mails are files in the data "
        "folder."},
       read_with<&Config::smtp_url, read_smtp_url>,
       show_text<&Config::smtp_url>},
      {{"smtp_user", "text", "", "User at the mail server."},
       read_with<&Config::smtp_user, read_line>,
       show_text<&Config::smtp_user>},
      {{"smtp_password", "secret", "", "Password at the mail server.", true},
       read_with<&Config::smtp_password, read_secret>,
       show_nothing,
       has_any<&Config::smtp_password>},
      {{"mail_from", "text", "shop@localhost",
        "Sender of mails: shop@example.org or The Shop <shop@example.org>."},
       read_with<&Config::mail_from, read_line>,
       show_text<&Config::mail_from>},
      {{"log_level", "word", "info", "debug, info, warning or error."},
       read_word<&Config::log_level, level_words>,
       show_word<&Config::log_level, level_words>},
      {{"log_format", "word", "json", "json for machines, text for people."},
       read_word<&Config::log_format, format_words>,
       show_word<&Config::log_format, format_words>},
  };
}

std::vector<Row> all_rows() {
  std::vector<Row> all;
  for (const auto& group :
       {shop_rows(), limit_rows(), network_rows(), storage_rows(), payment_rows(), vault_rows(),
        sign_in_rows(), audit_rows(), mail_and_log_rows()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::string with_letters(std::string_view prefix, std::string_view name, char (*letter)(char)) {
  std::string text(prefix);
  std::transform(name.begin(), name.end(), std::back_inserter(text), letter);
  return text;
}

}  // namespace

const std::vector<Row>& rows() {
  static const std::vector<Row> all = all_rows();
  return all;
}

std::span<const Setting> settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> list;
    for (const auto& row : rows()) list.push_back(row.setting);
    return list;
  }();
  return all;
}

std::span<const Setting> issuer_settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> list;
    for (const auto& row : issuer_rows()) list.push_back(row.setting);
    return list;
  }();
  return all;
}

std::string variable_of(std::string_view name) {
  return with_letters("OSIER_", name, [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
}

std::string flag_of(std::string_view name) {
  return with_letters("--", name, [](char c) { return c == '_' ? '-' : c; });
}

}  // namespace osier::config
