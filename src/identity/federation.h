// Signing in by an issuer that is not us: away to it, and back.
//
// start() notes the attempt and says where to send the browser. finish() is given what it came back
// with: it uses the attempt up, redeems the code at the issuer, and then, in one transaction,
// decides whose account it is and signs in. No transaction is open while the issuer is asked.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "identity/account_book.h"
#include "identity/federated_identity.h"
#include "identity/issuers.h"
#include "identity/session.h"
#include "identity/sign_in_attempt.h"
#include "platform/telemetry/log.h"

namespace osier::identity {

// The realm in the words of the settings.
config::SignInRealm realm_in_settings(Realm realm);

struct FederationStart {
  std::string location;       // At the issuer.
  std::string browser_token;  // For the cookie.
};
enum class StartRefusal { unknown_issuer, unavailable };

// What the browser brings back.
struct IssuerReturn {
  std::optional<std::string> state;
  std::optional<std::string> code;
  std::optional<std::string> error;   // RFC 6749 section 4.1.2.1.
  std::optional<std::string> issuer;  // `iss` of RFC 9207.
  std::optional<std::string> browser_token;
  std::optional<Session> session;  // Who is signed in already, in this realm.
  std::string market_code;         // Of a new account.
  std::string locale;
  http::Request request;
};

struct FederationOutcome {
  enum class Kind {
    signed_in,           // `opened`, which may wait for a second factor.
    connected,           // With the account that was signed in.
    sign_in_here_first,  // `held_token` finds the identity once they have.
  };
  Kind kind = Kind::signed_in;
  std::optional<OpenedSession> opened{};
  std::string held_token{};
  std::string next{};
};

enum class FinishRefusal {
  unknown_issuer,
  not_begun_here,  // No such attempt of this browser: forged, used up, or too late.
  declined,        // The person, or the issuer on their behalf, said no.
  refused,         // What the issuer vouches with does not hold.
  unavailable,
  no_account,            // The realm opens none by itself.
  account_closed,        // Or disabled.
  signed_out_meanwhile,  // Who connected the issuer is not signed in any more.
  anothers,              // The identity belongs to another account.
};
std::string_view to_string(FinishRefusal refusal);

class Federation {
 public:
  // All outlive this.
  Federation(pg::Database& database, Issuers& issuers, SignInAttempts& attempts,
             FederatedIdentities& identities, const Clock& clock, telemetry::Log& log)
      : database_(database),
        issuers_(issuers),
        attempts_(attempts),
        identities_(identities),
        clock_(clock),
        log_(log) {}

  Issuers& issuers() { return issuers_; }
  FederatedIdentities& identities() { return identities_; }

  // Throws pg::Error.
  Task<Result<FederationStart, StartRefusal>> start(SignInAttempt attempt, std::string redirect_uri,
                                                    std::optional<std::string> browser_token);

  // Throws pg::Error.
  Task<Result<FederationOutcome, FinishRefusal>> finish(AccountBook& accounts, Realm realm,
                                                        std::string issuer,
                                                        std::string redirect_uri,
                                                        IssuerReturn returned);

  // Connects what was held with the account of who has signed in since. Throws pg::Error.
  Task<Result<void, FinishRefusal>> connect_held(AccountRef account, std::string held_token);

  // Takes an identity from an account, unless it is the last way in. Throws pg::Error.
  enum class DisconnectRefusal { not_found, last_way_in };
  Task<Result<void, DisconnectRefusal>> disconnect(AccountBook& accounts, AccountRef account,
                                                   FederatedIdentityId id);
  // Throws pg::Error.
  struct WaysIn {
    std::vector<FederatedIdentity> identities;
    bool has_other = false;  // A password, a passkey.
  };
  Task<WaysIn> ways_in(AccountBook& accounts, AccountRef account);

 private:
  struct Arrival;

  Task<Result<Claims, FinishRefusal>> ask_issuer(Issuer& issuer, std::string redirect_uri,
                                                 FinishedAttempt attempt, IssuerReturn returned);
  Task<Result<FederationOutcome, FinishRefusal>> arrive(AccountBook& accounts, Arrival arrival,
                                                        IssuerReturn returned);
  Task<Result<FederationOutcome, FinishRefusal>> connect_now(pg::Transaction& transaction,
                                                             Arrival arrival,
                                                             std::optional<Session> session);
  Task<Result<std::optional<AccountRef>, FinishRefusal>> account_for(pg::Transaction& transaction,
                                                                     AccountBook& accounts,
                                                                     Arrival arrival,
                                                                     NewPerson person);
  Task<bool> connect(pg::Transaction& transaction, AccountRef account, IdentityKey key);
  Task<void> note(pg::Transaction& transaction, AccountRef account, std::string issuer,
                  std::string action);

  pg::Database& database_;
  Issuers& issuers_;
  SignInAttempts& attempts_;
  FederatedIdentities& identities_;
  const Clock& clock_;
  telemetry::Log& log_;
};

}  // namespace osier::identity
