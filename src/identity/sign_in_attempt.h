// A browser that is away at an issuer, and shall come back: state, nonce and PKCE verifier of one
// attempt.
//
// The state is known to the browser and the issuer, the cookie's token to the browser alone. Both
// are needed to come back, once, within ten minutes (hardening 41, 48): a link with somebody else's
// state signs nobody in. One cookie serves several attempts, as in two tabs. The verifier is made
// of both and a key of the shop's, and is nowhere at rest.

#pragma once

#include <optional>
#include <string>

#include "identity/account.h"
#include "identity/session.h"
#include "platform/base/random.h"
#include "platform/base/secret.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::identity {

constexpr Duration sign_in_attempt_max = 10min;

struct SignInAttempt {
  Realm realm = Realm::customer;
  std::string issuer;                   // As the settings name it.
  std::optional<SessionId> connecting;  // Of whom adds the issuer to their account.
  std::string next;                     // own_path.
};

// What the browser takes along.
struct StartedAttempt {
  std::string state;
  std::string nonce;
  std::string browser_token;  // For the cookie.
  Secret code_verifier;
};

// What is known again when it comes back.
struct FinishedAttempt {
  SignInAttempt attempt;
  std::string nonce_hash;
  Secret code_verifier;
};

class SignInAttempts {
 public:
  // All outlive this.
  SignInAttempts(pg::Database& database, const Clock& clock, Random& random)
      : database_(database), clock_(clock), random_(random) {}

  // Reads the shop's key, or makes it. Before the first start(). Throws pg::Error.
  Task<void> load();

  // `browser_token`: what the cookie has already; a new one is made if it is none. Throws
  // pg::Error.
  Task<StartedAttempt> start(SignInAttempt attempt, std::optional<std::string> browser_token);

  // Nothing for an unknown or used state, another browser, or after ten minutes; else the attempt
  // is used up. Throws pg::Error.
  Task<std::optional<FinishedAttempt>> finish(Realm realm, std::string issuer, std::string state,
                                              std::optional<std::string> browser_token);

  // Forgets what is over; how many. For a schedule.
  Task<std::int64_t> trim();

 private:
  Secret verifier_of(const std::string& state, const std::string& browser_token) const;

  pg::Database& database_;
  const Clock& clock_;
  Random& random_;
  Secret key_;
};

}  // namespace osier::identity
