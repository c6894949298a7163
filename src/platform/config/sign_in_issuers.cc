#include "platform/config/sign_in_issuers.h"

#include <algorithm>

#include "platform/config/readers.h"
#include "platform/config/settings.h"

namespace osier::config {

namespace {

constexpr std::string_view kind_words[] = {"oidc", "google", "cognito", "facebook"};
constexpr std::string_view realm_words[] = {"customers", "staff"};
constexpr std::string_view mfa_words[] = {"on", "off"};

template <auto member, auto& words>
std::string read_word(SignInIssuer& issuer, const std::string& text) {
  const auto found = std::find(std::begin(words), std::end(words), text);
  if (found != std::end(words)) {
    using Enum = std::remove_reference_t<decltype(issuer.*member)>;
    issuer.*member = static_cast<Enum>(found - std::begin(words));
    return {};
  }
  std::string all;
  for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
  return "must be one of: " + all;
}

template <auto member, auto& words>
std::string show_word(const SignInIssuer& issuer) {
  return std::string(words[static_cast<std::size_t>(issuer.*member)]);
}

// As it is: an issuer's name is compared byte by byte, and some end with a slash.
std::string read_issuer_url(SignInIssuer& issuer, const std::string& text) {
  std::string checked;
  auto complaint = read_url(checked, text, "http");
  if (complaint.empty() && text.find_first_of("?#") != std::string::npos) {
    complaint = "must be a URL without query and fragment";
  }
  if (complaint.empty()) issuer.issuer = text;
  return complaint;
}

std::string read_client_id(SignInIssuer& issuer, const std::string& text) {
  return read_line(issuer.client_id, text);
}
std::string read_client_secret(SignInIssuer& issuer, const std::string& text) {
  return read_secret(issuer.client_secret, text);
}
std::string read_label(SignInIssuer& issuer, const std::string& text) {
  if (text.size() > 60) return "must have 60 bytes at most";
  return read_line(issuer.label, text);
}

std::string read_domains(SignInIssuer& issuer, const std::string& text) {
  std::vector<std::string> domains = split_list(text);
  for (std::string& domain : domains) {
    if (domain == "*") continue;
    for (char& c : domain) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const bool is_plain = std::all_of(domain.begin(), domain.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
    if (!is_plain || domain.find('.') == std::string::npos) {
      return "must be domains such as example.org (xn--… for others), separated by commas, or *";
    }
  }
  issuer.email_domains = std::move(domains);
  return {};
}

const IssuerRow kind_row{
    "kind",
    {"oidc_<name>_kind", "word", "",
     "oidc, google, cognito or facebook. If unset, what the name is, else oidc."},
    read_word<&SignInIssuer::kind, kind_words>,
    show_word<&SignInIssuer::kind, kind_words>};

}  // namespace

const std::vector<IssuerRow>& issuer_rows() {
  static const std::vector<IssuerRow> all = {
      kind_row,
      {"realm",
       {"oidc_<name>_realm", "word", "customers", "Who signs in there: customers or staff."},
       read_word<&SignInIssuer::realm, realm_words>,
       show_word<&SignInIssuer::realm, realm_words>},
      {"issuer",
       {"oidc_<name>_issuer", "URL", "",
        "The issuer, exactly as it names itself in its tokens. Known for google and facebook."},
       read_issuer_url,
       [](const SignInIssuer& issuer) { return issuer.issuer; }},
      {"client_id",
       {"oidc_<name>_client_id", "text", "", "What the shop is called at the issuer."},
       read_client_id,
       [](const SignInIssuer& issuer) { return issuer.client_id; }},
      {"client_secret",
       {"oidc_<name>_client_secret", "secret", "",
        "The shop's secret at the issuer. A client without one signs in by PKCE alone.", true},
       read_client_secret,
       [](const SignInIssuer& issuer) {
         return std::string(issuer.client_secret.empty() ? "" : "********");
       }},
      {"label",
       {"oidc_<name>_label", "text", "", "The issuer's name on the button, such as Google."},
       read_label,
       [](const SignInIssuer& issuer) { return issuer.label; }},
      {"email_domains",
       {"oidc_<name>_email_domains", "comma-separated list", "",
        "Domains whose e-mail addresses the issuer decides about: an account of such an address "
        "is connected without asking for its password. * for all (Cognito's default). Google's "
        "own are known. Staff are found by such addresses only."},
       read_domains,
       [](const SignInIssuer& issuer) { return joined(issuer.email_domains); }},
      {"enforces_mfa",
       {"oidc_<name>_enforces_mfa", "on or off", "off",
        "For staff: every sign-in at the issuer needs a second factor. If off, the issuer's "
        "token must say so (amr mfa), or the shop asks for one."},
       read_word<&SignInIssuer::enforces_mfa, mfa_words>,
       show_word<&SignInIssuer::enforces_mfa, mfa_words>},
  };
  return all;
}

std::optional<IssuerSetting> issuer_setting(std::string_view name) {
  constexpr std::string_view prefix = "oidc_";
  constexpr std::size_t name_size_max = 20;
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const auto end = name.find('_');
  if (end == std::string_view::npos || end == 0 || end > name_size_max) return std::nullopt;
  const auto issuer = name.substr(0, end);
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool is_name = is_letter(issuer.front()) && std::ranges::all_of(issuer, [&](char c) {
                         return is_letter(c) || (c >= '0' && c <= '9');
                       });
  if (!is_name) return std::nullopt;
  for (const auto& row : issuer_rows()) {
    if (row.field == name.substr(end + 1)) return IssuerSetting{std::string(issuer), &row};
  }
  return std::nullopt;
}

std::string setting_name(const std::string& issuer, const IssuerRow& row) {
  return "oidc_" + issuer + "_" + std::string(row.field);
}

namespace {

bool is_given(const Config& config, const SignInIssuer& issuer, std::string_view field) {
  return config.origins.contains("oidc_" + issuer.name + "_" + std::string(field));
}

void fill_in(const Config& config, SignInIssuer& issuer) {
  if (!is_given(config, issuer, "kind")) kind_row.read(issuer, issuer.name);
  switch (issuer.kind) {
    case SignInKind::google:
      if (issuer.issuer.empty()) issuer.issuer = "https://accounts.google.com";
      if (issuer.label.empty()) issuer.label = "Google";
      return;
    case SignInKind::facebook:
      if (issuer.issuer.empty()) issuer.issuer = "https://graph.facebook.com";
      if (issuer.label.empty()) issuer.label = "Facebook";
      return;
    case SignInKind::cognito:
      if (!is_given(config, issuer, "email_domains")) issuer.email_domains = {"*"};
      [[fallthrough]];
    case SignInKind::oidc:
      if (issuer.label.empty()) {
        issuer.label = issuer.name;
        issuer.label.front() = static_cast<char>(issuer.label.front() - 'a' + 'A');
      }
      return;
  }
}

void check(const Config& config, const SignInIssuer& issuer, std::vector<std::string>& errors) {
  const auto complain = [&](std::string_view field, const std::string& what) {
    errors.push_back(variable_of("oidc_" + issuer.name + "_" + std::string(field)) + " " + what);
  };
  const bool is_facebook = issuer.kind == SignInKind::facebook;
  if (issuer.issuer.empty()) complain("issuer", "is needed to sign in there");
  if (issuer.client_id.empty()) complain("client_id", "is needed to sign in there");
  if (is_facebook && issuer.client_secret.empty()) complain("client_secret", "is needed");
  if (is_facebook && issuer.realm == SignInRealm::staff) {
    complain("realm", "must be customers: staff do not sign in by Facebook");
  }
  if (issuer.realm == SignInRealm::staff && issuer.email_domains.empty()) {
    complain("email_domains", "must name the domains of staff's addresses");
  }
  if (config.environment == Environment::production && !issuer.issuer.starts_with("https://")) {
    complain("issuer", "must begin with https:// in production");
  }
}

}  // namespace

void complete_issuers(Config& config, std::vector<std::string>& errors) {
  const auto is_pool = [](const SignInIssuer& issuer) {
    return issuer.kind == SignInKind::cognito && issuer.realm == SignInRealm::customers;
  };
  for (SignInIssuer& issuer : config.sign_in_issuers) {
    fill_in(config, issuer);
    check(config, issuer, errors);
  }
  const auto pools = std::ranges::count_if(config.sign_in_issuers, is_pool);
  if (config.customer_accounts == CustomerAccounts::cognito && pools != 1) {
    errors.push_back(
        "with OSIER_CUSTOMER_ACCOUNTS set to cognito, one issuer of kind cognito is needed "
        "(OSIER_OIDC_COGNITO_ISSUER and OSIER_OIDC_COGNITO_CLIENT_ID)");
  }
  // Moved away from, or not yet moved to: the pool is kept, and not offered.
  if (config.customer_accounts == CustomerAccounts::local) {
    std::erase_if(config.sign_in_issuers, is_pool);
  }
}

}  // namespace osier::config
