// What an issuer says about a person, and whether it says it to us, now, and about this sign-in
// (OpenID Connect Core section 3.1.3.7).

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/time.h"
#include "platform/json/json.h"

namespace osier::identity {

// The person, in the issuer's words.
struct Claims {
  std::string
      subject{};        // Its own name for the person, never given to another one. 1 to 255 ASCII.
  std::string email{};  // Empty: not told.
  bool is_email_verified = false;
  std::string given_name{};  // Empty: not told. Cut to 100 characters.
  std::string family_name{};
  std::string hosted_domain{};         // Google's `hd`: whose organisation the account is of.
  std::vector<std::string> methods{};  // `amr` (RFC 8176): how the person signed in there.
};

struct IdTokenExpectation {
  std::string_view issuer;      // Exactly.
  std::string_view client_id;   // We, at this issuer.
  std::string_view nonce_hash;  // crypto::token_hash of the nonce that we sent.
  Instant now;
};

enum class IdTokenRefusal {
  claims_malformed,  // A claim that must be there is missing, or of another type.
  issuer_wrong,
  audience_wrong,  // Not for us, or not for us alone and asked for by another (azp).
  expired,
  not_yet_valid,  // Issued in the future.
  too_old,        // A token of a sign-in just made is not older than issued_ago_max.
  nonce_wrong,    // Of another sign-in: replayed or injected.
};

constexpr Duration clock_skew_max = 60s;
constexpr Duration issued_ago_max = 10min;

// Checks the claims of a token whose signature holds.
Result<Claims, IdTokenRefusal> check_id_token(const json::Value& claims,
                                              const IdTokenExpectation& expected);

// Adds what the userinfo endpoint says of the same person, where the token says nothing (OpenID
// Connect Core section 5.3.2: an answer about another subject counts as none).
void add_userinfo(Claims& claims, const json::Value& userinfo);

std::string_view to_string(IdTokenRefusal refusal);

}  // namespace osier::identity
