// The authenticator app of an account: its seed, sealed, and the last step whose code it was.
// Internal to identity; the rules are totp.h's.

#pragma once

#include <optional>

#include "identity/account.h"
#include "identity/totp.h"
#include "platform/postgres/database.h"
#include "privacy/vault.h"

namespace osier::identity {

// How long a seed that was shown waits for its first code.
constexpr Duration offered_app_max = 30min;

struct AuthenticatorApp {
  Uuid id;
  Secret seed;
  Instant created_at;
  std::optional<TotpStep> last_step;
  std::optional<Instant> last_used_at;
};

class AuthenticatorApps {
 public:
  // The vault outlives it.
  explicit AuthenticatorApps(privacy::Vault& vault) : vault_(vault) {}

  // All but `offered` count when the caller commits.

  // A new seed for an app that is to be set up, in place of another that was offered. False if the
  // account's key is forgotten.
  Task<bool> offer(pg::Transaction& transaction, AccountRef account, Secret seed,
                   Instant now) const;
  // The one that waits for its first code, if it does not wait too long. Throws pg::Error.
  Task<std::optional<AuthenticatorApp>> offered(pg::Database& database, AccountRef account,
                                                Instant now) const;

  // The one that counts.
  Task<std::optional<AuthenticatorApp>> find(pg::Transaction& transaction,
                                             AccountRef account) const;
  // From now on the offered one counts, and the former does not. False if it is offered no more.
  Task<bool> confirm(pg::Transaction& transaction, AccountRef account, Uuid id, TotpStep step,
                     Instant now) const;
  // The code of that step was shown. False if it, or a later one, was before: of any number at once
  // one is true (hardening 35).
  Task<bool> use(pg::Transaction& transaction, Uuid id, TotpStep step, Instant now) const;
  // False if there is none.
  Task<bool> remove(pg::Transaction& transaction, AccountRef account) const;

 private:
  std::optional<AuthenticatorApp> app_of(const pg::Row& row, const privacy::Keys& keys) const;

  privacy::Vault& vault_;
};

}  // namespace osier::identity
