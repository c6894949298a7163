// Second factors: an authenticator app with recovery codes, passkeys; of customers and of staff.
//
//   the first factor ─► session pending_second_factor ─► prove_by_code() or prove_by_passkey()
//                                                        ─► session open
//   a passkey alone ──► sign_in_by_passkey() ──────────► session open
//   something sensitive, and the last proof is old ────► the same two once more (step_up.h)
//
// A pending session opens nothing but the step that asks for the second factor (hardening 39).
// Staff always have one: who has none yet sets it up with the pending session, and only then.
// Codes are tried five times in five minutes and twenty times a day; then the person is told by
// mail (hardening 36). Passkeys are not guessed, so they are not counted.
//
// Everything that waits throws pg::Error.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "identity/authenticator_app.h"
#include "identity/factor_accounts.h"
#include "identity/passkey.h"
#include "identity/second_factor_news.h"
#include "identity/throttle.h"
#include "platform/telemetry/log.h"

namespace osier::identity {

namespace throttle_rule {
inline constexpr ThrottleRule second_factor{.name = "second_factor", .count = 5, .per = 5min};
inline constexpr ThrottleRule second_factor_in_a_day{
    .name = "second_factor_day", .count = 20, .per = 24h};
inline constexpr ThrottleRule second_factor_told{
    .name = "second_factor_told", .count = 1, .per = 1h};
}  // namespace throttle_rule

// What all of it stands on. All outlive it.
struct SecondFactorParts {
  pg::Database& database;
  privacy::Vault& vault;
  Sessions& sessions;
  Throttle& throttle;
  const Clock& clock;
  Random& random;
  telemetry::Log& log;
};

// Of a realm: where its pages are.
struct SecondFactorSite {
  std::string shop_name;
  std::optional<RelyingParty> relying_party;  // Nothing: its address has no name, so no passkeys.
};

struct FactorRefusal {
  enum class Reason {
    wrong,           // Code, passkey or password.
    throttled,       // Too many tries; see retry_after.
    lapsed,          // Asked for too long ago, or used already: begin again.
    known,           // This passkey is there already.
    too_many,        // Passkeys.
    not_there,       // Nothing of this account's.
    last_factor,     // Of somebody who must have one.
    last_way_in,     // Nothing else opens the account.
    short_password,  // Too short to stand alone.
    signed_out,      // The session has ended in between, or the account was closed.
    unavailable,     // No passkeys at this address.
  };
  Reason reason = Reason::wrong;
  Duration retry_after{};
};

// What an account has. Without its seed.
struct FactorsOfAccount {
  std::optional<AuthenticatorApp> app;
  std::vector<Passkey> passkeys;
  int recovery_codes_left = 0;

  bool any() const { return app.has_value() || !passkeys.empty(); }
};

class SecondFactors {
 public:
  // `accounts` and `parts` outlive it. One for each realm.
  SecondFactors(SecondFactorParts parts, FactorAccounts& accounts, SecondFactorSite site);

  Realm realm() const { return accounts_.realm(); }
  FactorAccounts& accounts() const { return accounts_; }
  bool offers_passkeys() const { return site_.relying_party.has_value(); }

  // Whether the session waits for a second factor after the first: of customers who have one, and
  // of all staff.
  Task<bool> is_needed(pg::Transaction& transaction, AccountRef account) const;
  Task<bool> has_any(pg::Transaction& transaction, AccountRef account) const;
  Task<FactorsOfAccount> of(AccountRef account) const;

  // --- Setting up. `session` is the one that asks: open; or, of staff who have no factor yet,
  // pending, and then open. It gets a new token with the new factor.

  struct Added {
    std::vector<Secret> recovery_codes;  // To be shown once; empty if the account had some.
    OpenedSession opened;
  };
  // A seed waits for its first code from now on. False if the account is gone.
  Task<bool> offer_app(Session session);
  struct OfferedApp {
    Secret seed;
    std::string uri;  // For the QR code.
  };
  Task<std::optional<OfferedApp>> offered_app(AccountRef account) const;
  Task<Result<Added, FactorRefusal>> add_app(Session session, std::string code,
                                             http::Request request);
  // For navigator.credentials.create().
  Task<Result<std::string, FactorRefusal>> ask_for_new_passkey(Session session);
  Task<Result<Added, FactorRefusal>> add_passkey(Session session, std::string answer,
                                                 std::string name, http::Request request);

  // --- Changing. Who asks has proved lately who they are.

  Task<Result<void, FactorRefusal>> rename_passkey(AccountRef account, PasskeyId id,
                                                   std::string name);
  // The last factor: `password` is the account's, and long enough to stand alone; it is not looked
  // at otherwise. With it go the recovery codes.
  Task<Result<void, FactorRefusal>> remove_passkey(AccountRef account, PasskeyId id,
                                                   std::string password, http::Request request);
  Task<Result<void, FactorRefusal>> remove_app(AccountRef account, std::string password,
                                               http::Request request);
  // To be shown once. The former ones are void.
  Task<Result<std::vector<Secret>, FactorRefusal>> renew_recovery_codes(AccountRef account,
                                                                        http::Request request);

  // Takes all of them from an account whose owner has lost them, and ends its sessions. By somebody
  // who runs the shop, with a reason.
  Task<void> reset(AccountRef account, audit::Actor by, std::string reason);
  // The same; counts when the caller commits.
  Task<void> reset(pg::Transaction& transaction, AccountRef account, audit::Actor by,
                   std::string reason);

  // --- Proving. The session gets a new token, and is open if it was pending.

  // A code of the app, or a recovery code.
  enum class CodeKind { app, recovery };
  Task<Result<OpenedSession, FactorRefusal>> prove_by_code(Session session, CodeKind kind,
                                                           std::string code, http::Request request);
  // For navigator.credentials.get(): of that account.
  Task<Result<std::string, FactorRefusal>> ask_for_passkey(Session session);
  Task<Result<OpenedSession, FactorRefusal>> prove_by_passkey(Session session, std::string answer,
                                                              http::Request request);
  // The same of whoever's passkey it is.
  Task<Result<std::string, FactorRefusal>> ask_who_signs_in();
  Task<Result<OpenedSession, FactorRefusal>> sign_in_by_passkey(std::string answer,
                                                                http::Request request,
                                                                std::optional<SessionId> former);
  // Of an account that has no second factor, for step-up.
  Task<Result<OpenedSession, FactorRefusal>> prove_by_password(Session session,
                                                               std::string password,
                                                               http::Request request);

  // Forgets challenges that are over; how many. For a schedule.
  Task<std::int64_t> trim() { return challenges_.trim(); }

 private:
  static FactorRefusal refused(FactorRefusal::Reason reason) { return {.reason = reason}; }

  Task<void> lock(pg::Transaction& transaction, AccountRef account) const;
  Task<bool> may_add(pg::Transaction& transaction, const Session& session) const;
  Task<Result<Added, FactorRefusal>> finish_adding(pg::Transaction& transaction, Session session,
                                                   SecondFactorNews news, std::string method,
                                                   http::Request request);
  Task<Result<bool, FactorRefusal>> check_last(AccountRef account, FactorsOfAccount there,
                                               std::string password, http::Request request);
  Task<Result<void, FactorRefusal>> finish_removing(pg::Transaction& transaction,
                                                    AccountRef account, SecondFactorNews news,
                                                    http::Request request);
  Task<FactorsOfAccount> read(pg::Transaction& transaction, AccountRef account) const;
  Task<bool> use_code(pg::Transaction& transaction, AccountRef account, CodeKind kind,
                      std::string code, pg::Batch& batch);
  Task<FactorRefusal> lock_codes(AccountRef account, Throttled throttled);
  ChallengeFor challenge_for(const Session& session) const;
  Task<Result<AssertionAnswer, FactorRefusal>> take_answer(ChallengeFor what, std::string text);
  Task<Result<Passkey, FactorRefusal>> use_passkey(pg::Transaction& transaction,
                                                   AssertionAnswer answer,
                                                   UserVerification verification);
  Task<Result<OpenedSession, FactorRefusal>> prove(pg::Transaction& transaction, Session session,
                                                   std::string method, http::Request request,
                                                   pg::Batch batch);
  void note(pg::Batch& batch, AccountRef account, std::string_view action,
            const http::Request& request) const;
  void note(pg::Batch& batch, AccountRef account, std::string_view action, audit::Actor by,
            std::string reason) const;

  SecondFactorParts parts_;
  FactorAccounts& accounts_;
  SecondFactorSite site_;
  AuthenticatorApps apps_;
  Passkeys passkeys_;
  PasskeyChallenges challenges_;
};

}  // namespace osier::identity
