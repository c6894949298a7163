#include "identity/pkce.h"

#include "platform/crypto/crypto.h"

namespace osier::identity {

Secret pkce_verifier(const Secret& shop_key, std::string_view attempt_token) {
  const auto mac = crypto::hmac_sha256(shop_key.reveal(), "pkce:v1:" + std::string(attempt_token));
  return Secret(crypto::to_base64url(crypto::view_of(mac)));
}

std::string pkce_challenge(const Secret& verifier) {
  return crypto::to_base64url(crypto::view_of(crypto::sha256(verifier.reveal())));
}

}  // namespace osier::identity
