#include "identity/federated_identity.h"

#include "platform/crypto/crypto.h"

namespace osier::identity {

namespace {

constexpr std::size_t pending_token_bytes = 32;

Realm realm_of(const std::string& word) { return word == "staff" ? Realm::staff : Realm::customer; }

PendingIdentity pending_of(const pg::Row& row) {
  return {.issuer_name = row.get<std::string>("issuer_name"),
          .key = {.issuer = row.get<std::string>("issuer"),
                  .subject_index = row.get<pg::Bytes>("subject_index")}};
}

}  // namespace

// A line break is in neither: an issuer is a URL, a subject printable.
IdentityKey FederatedIdentities::key_of(const std::string& issuer,
                                        const std::string& subject) const {
  return {.issuer = issuer, .subject_index = index_("sub:v1:" + issuer + "\n" + subject)};
}

static constexpr pg::Statement use_identity_sql{"identity.use_identity", R"sql(
  UPDATE identity.federated_identities
     SET last_used_at = greatest(last_used_at, $4)
   WHERE realm = $1 AND issuer = $2 AND subject_index = $3
  RETURNING account_id
)sql"};

Task<std::optional<AccountRef>> FederatedIdentities::use(pg::Transaction& transaction, Realm realm,
                                                         IdentityKey key) {
  const auto row = co_await transaction.run_one(use_identity_sql, to_string(realm), key.issuer,
                                                key.subject_index, clock_.now());
  if (!row) co_return std::nullopt;
  co_return AccountRef{realm, row->get<Uuid>(0)};
}

static constexpr pg::Statement connect_identity_sql{"identity.connect_identity", R"sql(
  INSERT INTO identity.federated_identities
      (id, realm, account_id, issuer, subject_index, connected_at, last_used_at)
  SELECT $1, $2, $3, $4, $5, $6, $6
   WHERE (SELECT count(*) FROM identity.federated_identities
           WHERE realm = $2 AND account_id = $3) < $7
  ON CONFLICT (realm, issuer, subject_index) DO NOTHING
)sql"};

Task<bool> FederatedIdentities::connect(pg::Transaction& transaction, AccountRef account,
                                        IdentityKey key) {
  const Instant now = clock_.now();
  const auto rows = co_await transaction.run(
      connect_identity_sql, Uuid::v7(now), to_string(account.realm), account.id, key.issuer,
      key.subject_index, now, federated_identities_per_account_max);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement lock_identities_sql{"identity.lock_identities", R"sql(
  SELECT id FROM identity.federated_identities
   WHERE realm = $1 AND account_id = $2
   ORDER BY id FOR UPDATE
)sql"};

Task<void> FederatedIdentities::lock(pg::Transaction& transaction, AccountRef account) {
  co_await transaction.run(lock_identities_sql, to_string(account.realm), account.id);
}

static constexpr pg::Statement disconnect_identity_sql{"identity.disconnect_identity", R"sql(
  DELETE FROM identity.federated_identities WHERE realm = $1 AND account_id = $2 AND id = $3
)sql"};

Task<bool> FederatedIdentities::disconnect(pg::Transaction& transaction, AccountRef account,
                                           FederatedIdentityId id) {
  const auto rows =
      co_await transaction.run(disconnect_identity_sql, to_string(account.realm), account.id, id);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement disconnect_all_sql{"identity.disconnect_all_identities", R"sql(
  DELETE FROM identity.federated_identities WHERE realm = $1 AND account_id = $2
)sql"};

Task<void> FederatedIdentities::disconnect_all(pg::Transaction& transaction, AccountRef account) {
  co_await transaction.run(disconnect_all_sql, to_string(account.realm), account.id);
}

static constexpr pg::Statement identities_of_sql{"identity.identities_of", R"sql(
  SELECT id, realm, account_id, issuer, connected_at, last_used_at
    FROM identity.federated_identities
   WHERE realm = $1 AND account_id = $2
   ORDER BY connected_at, id
)sql"};

Task<std::vector<FederatedIdentity>> FederatedIdentities::of(pg::Transaction& transaction,
                                                             AccountRef account) {
  const auto rows =
      co_await transaction.run(identities_of_sql, to_string(account.realm), account.id);
  std::vector<FederatedIdentity> all;
  for (const pg::Row row : rows) {
    all.push_back(
        {.id = row.get<FederatedIdentityId>("id"),
         .account = {realm_of(row.get<std::string>("realm")), row.get<Uuid>("account_id")},
         .issuer = row.get<std::string>("issuer"),
         .connected_at = row.get<Instant>("connected_at"),
         .last_used_at = row.get<Instant>("last_used_at")});
  }
  co_return all;
}

static constexpr pg::Statement hold_identity_sql{"identity.hold_identity", R"sql(
  INSERT INTO identity.pending_identities
      (token_hash, realm, issuer_name, issuer, subject_index, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6)
)sql"};

Task<std::string> FederatedIdentities::hold(pg::Transaction& transaction, Realm realm,
                                            PendingIdentity pending) {
  std::string token = random_.token(pending_token_bytes);
  co_await transaction.run(hold_identity_sql, crypto::token_hash(token), to_string(realm),
                           pending.issuer_name, pending.key.issuer, pending.key.subject_index,
                           clock_.now() + pending_identity_max);
  co_return token;
}

static constexpr pg::Statement held_identity_sql{"identity.held_identity", R"sql(
  SELECT issuer_name, issuer, subject_index FROM identity.pending_identities
   WHERE token_hash = $1 AND realm = $2 AND expires_at > $3
)sql"};

Task<std::optional<PendingIdentity>> FederatedIdentities::held(Realm realm, std::string token) {
  const auto row = co_await database_.run_one(held_identity_sql, crypto::token_hash(token),
                                              to_string(realm), clock_.now());
  if (!row) co_return std::nullopt;
  co_return pending_of(*row);
}

static constexpr pg::Statement take_held_identity_sql{"identity.take_held_identity", R"sql(
  DELETE FROM identity.pending_identities
   WHERE token_hash = $1 AND realm = $2 AND expires_at > $3
  RETURNING issuer_name, issuer, subject_index
)sql"};

Task<std::optional<PendingIdentity>> FederatedIdentities::take_held(pg::Transaction& transaction,
                                                                    Realm realm,
                                                                    std::string token) {
  const auto row = co_await transaction.run_one(take_held_identity_sql, crypto::token_hash(token),
                                                to_string(realm), clock_.now());
  if (!row) co_return std::nullopt;
  co_return pending_of(*row);
}

static constexpr pg::Statement trim_held_identities_sql{"identity.trim_held_identities", R"sql(
  DELETE FROM identity.pending_identities WHERE expires_at < $1
)sql"};

Task<std::int64_t> FederatedIdentities::trim() {
  const auto rows = co_await database_.run(trim_held_identities_sql, clock_.now());
  co_return rows.affected();
}

}  // namespace osier::identity
