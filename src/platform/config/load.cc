#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "platform/config/readers.h"
#include "platform/config/settings.h"
#include "platform/config/sign_in_issuers.h"

namespace osier::config {

namespace {

using Errors = std::vector<std::string>;

// A text for one setting, and where it stands.
struct Given {
  std::string text;
  std::string origin;  // "OSIER_PORT", "--port", "port in osier.toml".
};
using GivenByName = std::map<std::string, Given, std::less<>>;

// Letters to insert, drop or change between two names.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({changed, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[right.size()];
}

const Row* row_named(std::string_view name) {
  const auto& all = rows();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Row& row) { return row.setting.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// Of the table, or of the family of issuers.
const Setting* setting_named(std::string_view name) {
  if (const Row* const row = row_named(name)) return &row->setting;
  const auto issuer = issuer_setting(name);
  return issuer ? &issuer->row->setting : nullptr;
}

// " - did you mean OSIER_PORT?", or nothing if no name is near.
std::string suggestion(std::string_view name, std::string (*written)(std::string_view)) {
  std::size_t nearest = std::max<std::size_t>(2, name.size() / 4) + 1;
  std::string_view best;
  for (const auto& row : rows()) {
    const auto steps = distance(name, row.setting.name);
    if (steps < nearest) {
      nearest = steps;
      best = row.setting.name;
    }
  }
  return best.empty() ? "" : "; did you mean " + written(best) + "?";
}

std::string as_is(std::string_view name) { return std::string(name); }

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

// The whole file without the line break at its end; nothing if it cannot be read.
std::optional<std::string> secret_in(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) return std::nullopt;
  if (!file.is_open()) return std::nullopt;
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

// Takes one assignment of the environment or the file, whose name may be that of a secret's file.
void take(GivenByName& given, std::string_view name, std::string text, std::string origin,
          Errors& errors, std::string (*written)(std::string_view)) {
  if (text.empty()) return;
  std::string setting(name);
  const Setting* row = setting_named(name);
  if (!row && name.ends_with("_file")) {
    setting = std::string(name.substr(0, name.size() - 5));
    row = setting_named(setting);
    if (row && !row->is_secret) row = nullptr;
    if (row) {
      auto secret = secret_in(text);
      if (!secret) {
        errors.push_back(origin + " names the file '" + text + "', which cannot be read");
        return;
      }
      if (secret->empty()) {
        errors.push_back(origin + " names the file '" + text + "', which is empty");
        return;
      }
      text = std::move(*secret);
    }
  }
  if (!row) {
    errors.push_back(origin + " is not a setting of Osier" + suggestion(name, written));
    return;
  }
  const auto [at, is_new] = given.try_emplace(setting, Given{std::move(text), origin});
  if (!is_new) errors.push_back(origin + " and " + at->second.origin + " are both given; keep one");
}

// The tests and the payment simulator have variables of their own.
bool belongs_to_tools(std::string_view variable) {
  return variable.starts_with("OSIER_TEST_") || variable.starts_with("OSIER_SIMULATOR_");
}

GivenByName from_environment(const Assignments& environment, Errors& errors) {
  constexpr std::string_view prefix = "OSIER_";
  GivenByName given;
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with(prefix) || belongs_to_tools(variable)) continue;
    const auto name = lower(std::string_view(variable).substr(prefix.size()));
    take(given, name, text, variable, errors, variable_of);
  }
  return given;
}

// Numbers and lists may be written as such.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  const auto* const array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<std::string> list;
  for (const auto& element : *array) {
    if (!element.is_string()) return std::nullopt;
    list.push_back(element.as_string()->get());
  }
  return joined(list);
}

GivenByName from_file(const std::filesystem::path& path, Errors& errors) {
  GivenByName given;
  if (std::error_code error; !std::filesystem::is_regular_file(path, error)) {
    errors.push_back("the configuration file '" + path.string() + "' is not there");
    return given;
  }
  try {
    const auto table = toml::parse_file(path.string());
    for (const auto& [key, node] : table) {
      const std::string origin = std::string(key.str()) + " in " + path.string();
      auto text = text_of(node);
      if (!text) {
        errors.push_back(origin + " must be a text, a whole number or a list of texts");
        continue;
      }
      take(given, key.str(), std::move(*text), origin, errors, as_is);
    }
  } catch (const toml::parse_error& error) {
    std::ostringstream place;
    place << path.string() << ", line " << error.source().begin.line << ": " << error.description();
    errors.push_back(place.str());
  }
  return given;
}

GivenByName from_flags(const Assignments& flags, Errors& errors) {
  GivenByName given;
  for (const auto& [name, text] : flags) {
    const Row* const row = row_named(name);
    if (!row) {
      errors.push_back(flag_of(name) + " is not a setting of Osier" + suggestion(name, flag_of));
    } else if (row->setting.is_secret) {
      errors.push_back(flag_of(name) +
                       " is a secret, which a command line would show to everyone; use " +
                       variable_of(name) + " or " + variable_of(name) + "_FILE");
    } else if (!text.empty()) {
      given[name] = {text, flag_of(name)};
    }
  }
  return given;
}

// Notes where the setting came from, or what is wrong with it.
void conclude(Config& config, const std::string& name, const Setting& setting, const Given& given,
              const std::string& complaint, Errors& errors) {
  if (complaint.empty()) {
    config.origins[name] = given.origin;
    return;
  }
  std::string sentence = given.origin + " " + complaint;
  if (!setting.is_secret) sentence += ", but is '" + given.text.substr(0, 200) + "'";
  errors.push_back(std::move(sentence));
}

void apply(Config& config, const Row& row, const Given& given, Errors& errors) {
  conclude(config, std::string(row.setting.name), row.setting, given, row.read(config, given.text),
           errors);
}

// The first source that names a setting of an issuer has the word on it.
void apply_issuers(Config& config, std::span<const GivenByName> by_source, Errors& errors) {
  std::map<std::string, SignInIssuer> issuers;
  for (const auto& source : by_source) {
    for (const auto& [name, given] : source) {
      const auto setting = issuer_setting(name);
      if (!setting || config.origins.contains(name)) continue;
      SignInIssuer& issuer = issuers[setting->issuer];
      issuer.name = setting->issuer;
      conclude(config, name, setting->row->setting, given, setting->row->read(issuer, given.text),
               errors);
    }
  }
  for (auto& [name, issuer] : issuers) config.sign_in_issuers.push_back(std::move(issuer));
}

void check_production(const Config& config, Errors& errors) {
  if (!config.base_url.starts_with("https://")) {
    errors.push_back("in production OSIER_BASE_URL must be the shop's public https:// address");
  }
  if (config.stripe_secret_key.reveal().starts_with("sk_test_")) {
    errors.push_back("in production OSIER_STRIPE_SECRET_KEY must not be a test key");
  }
  if (!config.stripe_api_base.starts_with("https://")) {
    errors.push_back("in production OSIER_STRIPE_API_BASE must begin with https://");
  }
  if (!config.admin_base_url.empty() && !config.admin_base_url.starts_with("https://")) {
    errors.push_back("in production OSIER_ADMIN_BASE_URL must be an https:// address");
  }
  if (!config.smtp_url.empty() && !config.origins.contains("mail_from")) {
    errors.push_back("with OSIER_SMTP_URL set, OSIER_MAIL_FROM must name the sender of mails");
  }
}

// What no setting can tell by itself.
void check_together(Config& config, Errors& errors) {
  if (config.threads == 0) {
    config.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  }
  if (config.base_url.empty()) {
    config.base_url = "http://localhost:" + std::to_string(config.port);
  }
  if (config.admin_port == 0) {
    constexpr std::uint16_t apart = 1000;
    constexpr std::uint16_t port_max = 65'535;
    config.admin_port = static_cast<std::uint16_t>(
        config.port > port_max - apart ? config.port - apart : config.port + apart);
  }
  if (config.admin_base_url.empty() && config.environment == Environment::development) {
    config.admin_base_url = "http://localhost:" + std::to_string(config.admin_port);
  }
  if (!config.stripe_secret_key.empty() && config.stripe_webhook_secrets.empty()) {
    errors.push_back("with OSIER_STRIPE_SECRET_KEY set, OSIER_STRIPE_WEBHOOK_SECRET is needed too");
  }
  if (config.smtp_user.empty() != config.smtp_password.empty()) {
    errors.push_back("OSIER_SMTP_USER and OSIER_SMTP_PASSWORD are given together or not at all");
  }
  if (config.port == config.ops_port && config.bind_address == config.ops_bind_address) {
    errors.push_back("OSIER_PORT and OSIER_OPS_PORT must differ, but both are " +
                     std::to_string(config.port));
  }
  if (config.roles.admin &&
      ((config.admin_port == config.port && config.admin_bind_address == config.bind_address) ||
       (config.admin_port == config.ops_port &&
        config.admin_bind_address == config.ops_bind_address))) {
    errors.push_back("OSIER_ADMIN_PORT must differ from OSIER_PORT and OSIER_OPS_PORT, but is " +
                     std::to_string(config.admin_port));
  }
  complete_issuers(config, errors);
  if (config.environment == Environment::production) check_production(config, errors);
}

}  // namespace

Assignments process_environment() {
  Assignments all;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

Result<Config, std::vector<std::string>> load(const Sources& sources) {
  Errors errors;
  // In order of precedence.
  const GivenByName by_source[] = {
      from_flags(sources.flags, errors),
      from_environment(sources.environment, errors),
      sources.file ? from_file(*sources.file, errors) : GivenByName{},
  };

  Config config;
  for (const auto& row : rows()) {
    if (!row.setting.default_text.empty()) {
      const auto complaint = row.read(config, std::string(row.setting.default_text));
      require(complaint.empty(), "every default fits its setting");
    }
    for (const auto& given : by_source) {
      const auto found = given.find(row.setting.name);
      if (found == given.end()) continue;
      apply(config, row, found->second, errors);
      break;
    }
  }
  apply_issuers(config, by_source, errors);
  if (errors.empty()) check_together(config, errors);
  if (!errors.empty()) return refuse(std::move(errors));
  return config;
}

}  // namespace osier::config
