// The store API registers in two calls: the first is told address and password,
// the second the names. What connects them: a token that names the
// registration, and that nobody can make up. Internal to identity.

#pragma once

#include <optional>
#include <string>

#include "identity/account.h"
#include "privacy/vault.h"

namespace osier::identity {

std::string registration_token(const privacy::Vault &vault, CustomerId customer);
// Nothing for any other text.
std::optional<CustomerId> registration_of(const privacy::Vault &vault, const std::string &token);

}  // namespace osier::identity
