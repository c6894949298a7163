// A database with a vault and people in it, for tests of second factors.

#pragma once

#include <functional>
#include <memory>

#include "identity/account.h"
#include "platform/async/loop.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "privacy/subjects.h"
#include "privacy/test/vault.h"

namespace osier::identity::test {

inline const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

struct FactorShop {
  explicit FactorShop(pg::Database& where)
      : database(where), vault(privacy::test::make_vault()), clock(noon) {}

  // Somebody whose data can be sealed.
  Task<AccountRef> somebody(Realm realm = Realm::customer) {
    const AccountRef account{.realm = realm, .id = Uuid::v7(noon)};
    pg::Batch batch;
    privacy::add_subjects(batch, {vault->make_subject(privacy::SubjectId{account.id})});
    auto transaction = co_await database.begin();
    co_await transaction.run_all_and_commit(std::move(batch));
    co_return account;
  }
  Task<void> forget(AccountRef account) {
    pg::Batch batch;
    privacy::add_forget(batch, privacy::SubjectId{account.id}, privacy::Purpose::profile);
    auto transaction = co_await database.begin();
    co_await transaction.run_all_and_commit(std::move(batch));
  }

  pg::Database& database;
  std::unique_ptr<privacy::Vault> vault;
  ManualClock clock;
  SystemRandom random;
};

inline Task<void> in_shop(pg::Database& database, Task<void> (*work)(FactorShop&)) {
  FactorShop shop(database);
  co_await shop.vault->load(database);
  co_await work(shop);
}

// Runs `work` on a database of its own.
inline void with_factor_shop(Task<void> (*work)(FactorShop&)) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(),
                [work](pg::Database& database) { return in_shop(database, work); });
}

}  // namespace osier::identity::test
