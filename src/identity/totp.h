// Codes of authenticator apps: TOTP (RFC 6238) with HMAC-SHA1, six digits, a new one every 30
// seconds, which is what every app speaks.
//
// The code of the step before and of the step after is taken too: a telephone's clock may be half a
// minute off (hardening 37). Each step counts once (hardening 35): whoever accepts one stores it,
// guarded by the database, and asks for steps after it from then on. All of it is pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/random.h"
#include "platform/base/secret.h"
#include "platform/base/time.h"

namespace osier::identity {

// Of the time since 1970 in 30 s each (RFC 6238 section 4).
using TotpStep = std::int64_t;

constexpr Duration totp_step_duration = 30s;
constexpr TotpStep totp_steps_around = 1;
constexpr std::size_t totp_seed_size = 20;  // Bytes: as many as SHA-1 gives (RFC 4226 section 4).

TotpStep totp_step_at(Instant instant);

// A new seed: totp_seed_size random bytes.
Secret make_totp_seed(Random& random);

// The six digits of that step.
std::string totp_code(const Secret& seed, TotpStep step);

// The step whose code was typed, if it is one around `now` and later than `used`, the last one that
// was accepted. Spaces among the digits are passed over. The time taken says nothing about the
// code.
std::optional<TotpStep> matching_totp_step(const Secret& seed, std::string_view typed, Instant now,
                                           std::optional<TotpStep> used);

// What an app reads from the QR code: otpauth://totp/… with issuer, account and seed. `issuer` is
// the shop's name, `account` how the person knows the account; both are shown in the app.
std::string otpauth_uri(std::string_view issuer, std::string_view account, const Secret& seed);

// The seed as text to type: base32 in groups of four.
std::string typed_form_of(const Secret& seed);

}  // namespace osier::identity
