// The passkeys of accounts, and the challenges they sign. Internal to identity; what makes an
// answer good is webauthn.h's.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.h"
#include "identity/session.h"
#include "identity/webauthn.h"
#include "platform/base/random.h"
#include "platform/postgres/database.h"
#include "privacy/vault.h"

namespace osier::identity {

using PasskeyId = Strong<struct PasskeyTag, Uuid>;

constexpr int passkeys_per_account_max = 20;
constexpr Duration passkey_challenge_max = 5min;

// What the authenticator keeps of an account, and tells when nobody has said who they are: the
// account's id, 16 bytes.
std::string user_handle_of(AccountRef account);

struct Passkey {
  PasskeyId id;
  AccountRef account;
  std::string credential_id;
  std::string public_key;  // COSE.
  std::uint32_t sign_count = 0;
  bool is_backed_up = false;
  std::string name;  // The person's own for it; empty if the account's key is forgotten.
  Instant created_at;
  std::optional<Instant> last_used_at;
};

class Passkeys {
 public:
  // The vault outlives it.
  explicit Passkeys(privacy::Vault& vault) : vault_(vault) {}

  // All count when the caller commits.

  // The oldest first.
  Task<std::vector<Passkey>> of(pg::Transaction& transaction, AccountRef account) const;
  // By what its authenticator calls it, of any account of the realm. Without its name.
  Task<std::optional<Passkey>> find(pg::Transaction& transaction, Realm realm,
                                    std::string credential_id) const;
  // Nothing if it is known already, or the account's key is forgotten.
  Task<std::optional<PasskeyId>> add(pg::Transaction& transaction, AccountRef account,
                                     NewPasskey passkey, std::string name, Instant now) const;
  // False if its counter is not behind any more (hardening 52), or it was removed.
  Task<bool> note_use(pg::Transaction& transaction, PasskeyId id, PasskeyUse use,
                      Instant now) const;
  // False if it is not this account's.
  Task<bool> rename(pg::Transaction& transaction, AccountRef account, PasskeyId id,
                    std::string name) const;
  Task<bool> remove(pg::Transaction& transaction, AccountRef account, PasskeyId id) const;

 private:
  privacy::Vault& vault_;
};

// What a passkey is asked for.
enum class ChallengePurpose {
  add,            // To an account that is signed in.
  sign_in,        // By a passkey alone: nobody has said who they are.
  second_factor,  // After the password.
  confirm,        // Somebody who is signed in proves it once more.
};
std::string_view to_string(ChallengePurpose purpose);

struct ChallengeFor {
  ChallengePurpose purpose = ChallengePurpose::sign_in;
  Realm realm = Realm::customer;
  std::optional<SessionId> session{};  // Nothing to sign in, and only then.
};

class PasskeyChallenges {
 public:
  // All outlive it.
  PasskeyChallenges(pg::Database& database, const Clock& clock, Random& random)
      : database_(database), clock_(clock), random_(random) {}

  // A new one of 32 bytes, good for five minutes. Throws pg::Error.
  Task<std::string> give(ChallengeFor what);
  // Whether it was given out for that, and is not used or over; it is used now (hardening 52).
  // Throws pg::Error.
  Task<bool> take(ChallengeFor what, std::string challenge);

  // Forgets those that are over; how many. For a schedule.
  Task<std::int64_t> trim();

 private:
  pg::Database& database_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace osier::identity
