// The settings of issuers of sign-ins: a family with a name of the operator's inside, such as
// oidc_google_client_id. Inside platform/config only.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/config.h"

namespace osier::config {

struct IssuerRow {
  std::string_view field;  // "client_id", of oidc_<name>_client_id.
  Setting setting;         // Its name has "<name>" inside.
  std::string (*read)(SignInIssuer&, const std::string& text);
  std::string (*show)(const SignInIssuer&);
};
const std::vector<IssuerRow>& issuer_rows();

// The issuer and the row that a setting's name is of; nothing if it is none of the family.
struct IssuerSetting {
  std::string issuer;  // 1 to 20 lower-case letters and digits, a letter first.
  const IssuerRow* row;
};
std::optional<IssuerSetting> issuer_setting(std::string_view name);

// oidc_google_client_id.
std::string setting_name(const std::string& issuer, const IssuerRow& row);

// What the kind implies is filled in; what is missing or does not fit is a sentence each.
void complete_issuers(Config& config, std::vector<std::string>& errors);

}  // namespace osier::config
