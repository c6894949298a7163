// Which identities at other issuers an account is connected with.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "identity/account.h"
#include "platform/base/random.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::identity {

using FederatedIdentityId = Strong<struct FederatedIdentityTag, Uuid>;

// An identity as it is found again: `sub` itself is not kept.
struct IdentityKey {
  std::string issuer;  // iss.
  pg::Bytes subject_index;
};

struct FederatedIdentity {
  FederatedIdentityId id;
  AccountRef account;
  std::string issuer;
  Instant connected_at;
  Instant last_used_at;
};

constexpr int federated_identities_per_account_max = 10;
constexpr Duration pending_identity_max = 30min;

// One that waits until its owner has signed in here.
struct PendingIdentity {
  std::string issuer_name;  // As the settings name it.
  IdentityKey key;
};

class FederatedIdentities {
 public:
  // Keyed, so that nobody without the key finds a person by what an issuer calls them.
  using BlindIndex = std::function<pg::Bytes(const std::string& text)>;

  // All outlive this.
  FederatedIdentities(pg::Database& database, const Clock& clock, Random& random, BlindIndex index)
      : database_(database), clock_(clock), random_(random), index_(std::move(index)) {}

  IdentityKey key_of(const std::string& issuer, const std::string& subject) const;

  // The account that the identity opens; notes that it was used. Counts when the caller commits.
  Task<std::optional<AccountRef>> use(pg::Transaction& transaction, Realm realm, IdentityKey key);

  // False if it belongs to an account already, or the account has as many as it may. Counts when
  // the caller commits.
  Task<bool> connect(pg::Transaction& transaction, AccountRef account, IdentityKey key);
  // Until the transaction ends, nobody else takes an identity from the account.
  Task<void> lock(pg::Transaction& transaction, AccountRef account);
  // False if the account has no such identity.
  Task<bool> disconnect(pg::Transaction& transaction, AccountRef account, FederatedIdentityId id);
  Task<void> disconnect_all(pg::Transaction& transaction, AccountRef account);
  // In the order in which they were connected.
  Task<std::vector<FederatedIdentity>> of(pg::Transaction& transaction, AccountRef account);

  // Keeps the identity for half an hour; the token finds it. Counts when the caller commits.
  Task<std::string> hold(pg::Transaction& transaction, Realm realm, PendingIdentity pending);
  // Throws pg::Error.
  Task<std::optional<PendingIdentity>> held(Realm realm, std::string token);
  // The same, and it is held no longer.
  Task<std::optional<PendingIdentity>> take_held(pg::Transaction& transaction, Realm realm,
                                                 std::string token);

  // Forgets what nobody came back for; how many. For a schedule.
  Task<std::int64_t> trim();

 private:
  pg::Database& database_;
  const Clock& clock_;
  Random& random_;
  BlindIndex index_;
};

}  // namespace osier::identity
