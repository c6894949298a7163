// Proof Key for Code Exchange (RFC 7636), always by S256: who redeems a code shows that it was they
// who asked for it.

#pragma once

#include <string>
#include <string_view>

#include "platform/base/secret.h"

namespace osier::identity {

// Of the attempt's token in the browser's cookie and a key that only this shop has, so that the
// verifier is nowhere at rest: 43 characters of base64url.
Secret pkce_verifier(const Secret& shop_key, std::string_view attempt_token);

// What the issuer is told beforehand: the verifier's SHA-256 in base64url (RFC 7636 section 4.2).
std::string pkce_challenge(const Secret& verifier);

}  // namespace osier::identity
