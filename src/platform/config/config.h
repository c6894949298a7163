// Every setting of Osier, from flags, environment, file and defaults, in this order of precedence.
//
// A setting `stripe_api_base` is the environment variable OSIER_STRIPE_API_BASE, the key
// stripe_api_base in the TOML file and the flag --stripe-api-base. Secrets have no flag, because
// everyone on the machine can read a command line; they may be given as a file instead:
// OSIER_STRIPE_SECRET_KEY_FILE (or stripe_secret_key_file in the TOML file) names it. A name nobody
// knows is an error, so that a slip of the pen does not silently leave a default in force; an empty
// value counts as not given. OSIER_TEST_* and OSIER_SIMULATOR_* belong to the tools beside the
// binary and are passed over.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "platform/base/time.h"

namespace osier::config {

enum class Environment { development, production };
enum class LogLevel { debug, info, warning, error };
enum class LogFormat { json, text };
enum class Switch { on, off };
// Where personal data is kept, by law.
enum class Region { eu, us };

// Where customers have their passwords: here, in an Amazon Cognito user pool, or in either.
enum class CustomerAccounts { local, cognito, both };

// Somebody else who says who a customer or a member of staff is: oidc_<name>_….
enum class SignInKind { oidc, google, cognito, facebook };
enum class SignInRealm { customers, staff };
struct SignInIssuer {
  std::string name{};  // Lower-case letters and digits; in addresses and in the settings' names.
  SignInKind kind = SignInKind::oidc;
  SignInRealm realm = SignInRealm::customers;
  std::string issuer{};  // As it names itself. Of Facebook: where its Graph API is.
  std::string client_id{};
  Secret client_secret{};  // Empty: a public client.
  std::string label{};
  std::vector<std::string> email_domains{};  // Lower case; "*": all.
  Switch enforces_mfa = Switch::off;
};

struct Roles {
  bool web = true;
  bool api = true;
  bool admin = true;
  bool worker = true;
};

struct Config {
  Environment environment = Environment::development;
  std::string base_url;  // Public, without a slash at its end.
  Roles roles;

  std::string bind_address;
  std::uint16_t port = 0;
  std::string ops_bind_address;
  std::uint16_t ops_port = 0;
  std::string admin_bind_address;
  std::uint16_t admin_port = 0;
  std::string admin_base_url;  // Of the admin portal, like base_url. Empty: there is none.
  int threads = 0;             // Event loops; never 0 after load().
  std::vector<std::string> allowed_hosts;    // Empty: any.
  std::vector<std::string> trusted_proxies;  // Addresses or networks (10.0.0.0/8).
  std::vector<std::string> cors_origins;

  std::filesystem::path data;
  std::filesystem::path themes_dir;  // Empty: the built-in theme alone.

  Secret database_url;  // Empty: the private PostgreSQL in `data`.
  int database_pool_size = 0;
  std::filesystem::path pg_bin_dir;

  Duration hold_duration{};
  int verify_minutes = 0;            // Between checks of all invariants; 0: never.
  std::int64_t hold_orders_max = 0;  // Per address range and e-mail; 0: no cap.
  std::int64_t hold_units_max = 0;

  Switch rate_limits = Switch::on;
  Switch admission = Switch::on;
  int search_rate = 0;  // Per minute and address.
  int cart_rate = 0;    // Per minute and cart, ten times as many per address.
  int checkout_rate = 0;
  int order_page_rate = 0;                 // Per minute and address.
  int webhook_rate = 0;                    // Per second and address.
  std::vector<std::string> limits_exempt;  // Addresses or networks that no limit or cap counts.

  Secret stripe_secret_key;  // Empty: the payment simulator, or manual payment alone.
  std::vector<Secret> stripe_webhook_secrets;  // Two while one is being rolled over.
  std::string stripe_api_base;

  std::string smtp_url;  // Empty: mails are files in `data`.
  std::string smtp_user;
  Secret smtp_password;
  std::string mail_from;

  Region region = Region::eu;
  Secret root_key;  // Empty: a file in `data`, made at the first start.

  Secret audit_key;                            // Empty: a file in `data`, made when it is needed.
  std::filesystem::path audit_heads_dir;       // Empty: a folder in `data`.
  std::vector<std::string> audit_public_keys;  // Of earlier signing keys.

  CustomerAccounts customer_accounts = CustomerAccounts::both;
  std::vector<SignInIssuer> sign_in_issuers;  // By name.

  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::json;

  // Where each setting that is not at its default came from: "port" -> "OSIER_PORT".
  std::map<std::string, std::string, std::less<>> origins;
};

// One row of the table that everything here is made from.
struct Setting {
  std::string_view name;          // "stripe_api_base".
  std::string_view type;          // As people read it: "port", "path", "comma-separated list".
  std::string_view default_text;  // As it would be written; empty if unset by default.
  std::string_view meaning;       // One or two sentences.
  bool is_secret = false;
};

// In the order in which documentation shows them.
std::span<const Setting> settings();
// Those of a family, "<name>" standing for a name of the operator's; by environment and file only.
std::span<const Setting> issuer_settings();

using Assignments = std::vector<std::pair<std::string, std::string>>;

struct Sources {
  Assignments flags{};        // ("port", "8081"): names as in settings().
  Assignments environment{};  // Whole; names that do not begin with OSIER_ are passed over.
  std::optional<std::filesystem::path> file{};  // Named by --config.
};

// The environment of this process.
Assignments process_environment();

// Reads and checks everything, or says all that is wrong, one sentence each, naming the setting as
// it was given
// ("OSIER_PORT must be a whole number from 1 to 65535, but is 'abc'"). Never repeats a secret.
// Reads files; no more.
Result<Config, std::vector<std::string>> load(const Sources& sources);

// The effective configuration as a TOML text with the origin of each value; secrets are masked. For
// `osier config`.
std::string describe(const Config& config);

// The settings as lines for --help, and as the table of docs/configuration.md.
std::string settings_help();
std::string settings_markdown();

}  // namespace osier::config
