#include "identity/authenticator_app.h"

namespace osier::identity {

namespace {

privacy::Place place_of(Uuid row) {
  return {.table = "identity.authenticator_apps", .column = "seed", .row = row};
}

}  // namespace

std::optional<AuthenticatorApp> AuthenticatorApps::app_of(const pg::Row& row,
                                                          const privacy::Keys& keys) const {
  const Uuid id = row.get<Uuid>("id");
  auto seed =
      vault_.open(keys, privacy::Purpose::profile, place_of(id), row.get<pg::Bytes>("seed"));
  if (!seed) return std::nullopt;
  return AuthenticatorApp{.id = id,
                          .seed = Secret(std::move(*seed)),
                          .created_at = row.get<Instant>("created_at"),
                          .last_step = row.get<std::optional<TotpStep>>("last_step"),
                          .last_used_at = row.get<std::optional<Instant>>("last_used_at")};
}

static constexpr pg::Statement offer_app_sql{"identity.offer_app", R"sql(
  INSERT INTO identity.authenticator_apps (id, realm, account_id, seed, created_at)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (realm, account_id) WHERE confirmed_at IS NULL
  DO UPDATE SET id = excluded.id, seed = excluded.seed, created_at = excluded.created_at
)sql"};

Task<bool> AuthenticatorApps::offer(pg::Transaction& transaction, AccountRef account, Secret seed,
                                    Instant now) const {
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{account.id});
  if (!keys.has(privacy::Purpose::profile)) co_return false;
  const Uuid id = Uuid::v7(now);
  const auto sealed = vault_.seal(keys, privacy::Purpose::profile, place_of(id), seed.reveal());
  co_await transaction.run(offer_app_sql, id, to_string(account.realm), account.id, sealed, now);
  co_return true;
}

static constexpr pg::Statement offered_app_sql{"identity.offered_app", R"sql(
  SELECT id, seed, created_at, last_step, last_used_at FROM identity.authenticator_apps
   WHERE realm = $1 AND account_id = $2 AND confirmed_at IS NULL AND created_at > $3
)sql"};

Task<std::optional<AuthenticatorApp>> AuthenticatorApps::offered(pg::Database& database,
                                                                 AccountRef account,
                                                                 Instant now) const {
  const auto row = co_await database.run_one(offered_app_sql, to_string(account.realm), account.id,
                                             now - offered_app_max);
  if (!row) co_return std::nullopt;
  const auto keys = co_await vault_.keys_of(database, privacy::SubjectId{account.id});
  co_return app_of(*row, keys);
}

static constexpr pg::Statement find_app_sql{"identity.find_app", R"sql(
  SELECT id, seed, created_at, last_step, last_used_at FROM identity.authenticator_apps
   WHERE realm = $1 AND account_id = $2 AND confirmed_at IS NOT NULL
)sql"};

Task<std::optional<AuthenticatorApp>> AuthenticatorApps::find(pg::Transaction& transaction,
                                                              AccountRef account) const {
  const auto row = co_await transaction.run_one(find_app_sql, to_string(account.realm), account.id);
  if (!row) co_return std::nullopt;
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{account.id});
  co_return app_of(*row, keys);
}

static constexpr pg::Statement remove_app_sql{"identity.remove_app", R"sql(
  DELETE FROM identity.authenticator_apps
   WHERE realm = $1 AND account_id = $2 AND confirmed_at IS NOT NULL
)sql"};

static constexpr pg::Statement confirm_app_sql{"identity.confirm_app", R"sql(
  UPDATE identity.authenticator_apps
     SET confirmed_at = $4, last_used_at = $4, last_step = $5
   WHERE id = $1 AND realm = $2 AND account_id = $3 AND confirmed_at IS NULL
)sql"};

Task<bool> AuthenticatorApps::confirm(pg::Transaction& transaction, AccountRef account, Uuid id,
                                      TotpStep step, Instant now) const {
  const auto realm = to_string(account.realm);
  co_await transaction.run(remove_app_sql, realm, account.id);
  const auto rows = co_await transaction.run(confirm_app_sql, id, realm, account.id, now, step);
  co_return rows.affected() == 1;
}

// The guard is in the WHERE clause: a second one waits for the first, and then finds the step used.
static constexpr pg::Statement use_app_sql{"identity.use_app", R"sql(
  UPDATE identity.authenticator_apps
     SET last_step = $2, last_used_at = greatest(last_used_at, $3)
   WHERE id = $1 AND last_step < $2
)sql"};

Task<bool> AuthenticatorApps::use(pg::Transaction& transaction, Uuid id, TotpStep step,
                                  Instant now) const {
  const auto rows = co_await transaction.run(use_app_sql, id, step, now);
  co_return rows.affected() == 1;
}

Task<bool> AuthenticatorApps::remove(pg::Transaction& transaction, AccountRef account) const {
  const auto rows = co_await transaction.run(remove_app_sql, to_string(account.realm), account.id);
  co_return rows.affected() > 0;
}

}  // namespace osier::identity
