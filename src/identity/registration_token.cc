#include "identity/registration_token.h"

#include "platform/crypto/crypto.h"

namespace osier::identity {

std::string registration_token(const privacy::Vault &vault, CustomerId customer) {
  const std::string id = customer.value().to_string();
  return id + crypto::to_hex(vault.index("registration", id));
}

std::optional<CustomerId> registration_of(const privacy::Vault &vault, const std::string &token) {
  constexpr std::size_t id_length = 36;
  if (token.size() <= id_length) return std::nullopt;
  const auto id = Uuid::parse(token.substr(0, id_length));
  if (!id) return std::nullopt;
  const CustomerId customer{*id};
  if (!crypto::equal_in_constant_time(token, registration_token(vault, customer)))
    return std::nullopt;
  return customer;
}

}  // namespace osier::identity
