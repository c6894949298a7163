// Whether a webhook comes from Stripe (https://docs.stripe.com/webhooks/signatures).
//
//   Stripe-Signature: t=1700000000,v1=<64 hex digits>[,v1=…][,v0=…]
//
// Signed is "<t>.<body>" as it came, byte for byte, with the whole whsec_… text as HMAC-SHA256's
// key. Pure.

#pragma once

#include <string_view>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "platform/base/time.h"

namespace osier::payments {

// A signature may be this old, or this far ahead of our clock, and no more.
inline constexpr Duration signature_age_max = std::chrono::seconds(300);

enum class SignatureRefusal {
  malformed,      // No such header, no time in it, or no v1.
  out_of_time,    // Too old: a replay; or from the future.
  not_by_stripe,  // None of its v1 is by one of our secrets.
};

// `secrets` are those in use: two while one is being rolled over.
Result<void, SignatureRefusal> check_signature(std::string_view header, std::string_view body,
                                               const std::vector<Secret>& secrets, Instant now);

}  // namespace osier::payments
