// Signed tokens of an issuer: a JWS in its compact form over JSON claims (RFC 7515, RFC 7519,
// RFC 8725).
//
// The algorithm is ours to choose, not the token's: RS256 and ES256 by a key of the issuer, and
// nothing else. What a head may name to lead us to another key (jku, jwk, x5u, x5c) is refused,
// and so is what we would have to understand (crit). Pure.

#pragma once

#include <cstddef>
#include <string_view>

#include "identity/jwk.h"
#include "platform/base/result.h"
#include "platform/json/json.h"

namespace osier::identity {

enum class JwtRefusal {
  malformed,              // Not three parts of base64url, not JSON, or too long.
  algorithm_not_allowed,  // none, HS256 with the public key as its secret, and all others.
  header_not_allowed,     // jku, jwk, x5u, x5c, crit, b64, or a type that is not "JWT".
  key_unknown,            // No key of the issuer has this id: it may have new ones.
  signature_wrong,
};

constexpr std::size_t jwt_size_max = 16 * 1024;

// The claims of a token that one of `keys` has signed: a JSON object. What they say is not checked
// yet (id_token.h).
Result<json::Value, JwtRefusal> verify_jwt(std::string_view token, const JwkSet& keys);

// "algorithm_not_allowed" and so on, for logs.
std::string_view to_string(JwtRefusal refusal);

}  // namespace osier::identity
