#include <gtest/gtest.h>

#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/postgres/test/violations.h"
#include "promotions/promotions.h"
#include "promotions/repair.h"

namespace osier::promotions {
namespace {

constexpr pg::Statement add_coupon_sql{"repair_test.add_coupon", R"sql(
  WITH coupon AS (
    INSERT INTO promotions.coupons (id, code, title, kind, valid_from, use_limit, uses)
    VALUES (gen_random_uuid(), 'TEN', '{"en": "Ten"}', 'free_shipping', clock_timestamp(), 3, $1)
    RETURNING id),
  noted AS (
    INSERT INTO audit.entries (id, actor, actor_kind, action, object_kind, object_id)
    SELECT gen_random_uuid(), 'test', 'staff', 'coupon.added', 'coupon', id::text FROM coupon)
  INSERT INTO promotions.coupon_uses (holder_id, coupon_id, customer_hash, released_at)
  SELECT gen_random_uuid(), id, '\x00', CASE WHEN n > $2 THEN clock_timestamp() END
    FROM coupon, generate_series(1, $2 + 1) AS n
)sql"};
constexpr pg::Statement select_uses_sql{"repair_test.select_uses", R"sql(
  SELECT uses, (SELECT count(*) FROM audit.entries WHERE action = 'coupon.repaired') AS entries FROM promotions.coupons
)sql"};

struct Counts {
  std::int64_t uses = 0;
  std::int64_t entries = 0;
};
Task<Counts> counts(pg::Database& database) {
  const auto row = co_await database.run_one(select_uses_sql);
  co_return Counts{row->get<std::int64_t>("uses"), row->get<std::int64_t>("entries")};
}

Task<audit::Repaired> repair(pg::Database& database, audit::RepairMode mode) {
  const SystemClock clock;
  const audit::Repair how{.mode = mode, .actor = {audit::ActorKind::command, "test"}};
  co_return co_await repair_uses(database, clock, how);
}

// Counted 0, though 2 of 3 uses live.
Task<void> count_anew(pg::Database& database) {
  co_await database.run(add_coupon_sql, 0, 2);
  const auto found = co_await pg::test::violated(database, invariants());
  EXPECT_EQ(found, std::vector<std::string>{"promotions.coupon_counts_its_living_uses"});
  const auto planned = co_await repair(database, audit::RepairMode::dry_run);
  EXPECT_EQ(planned.entries.size(), 1U);
  EXPECT_EQ((co_await counts(database)).uses, 0);
  (void)co_await repair(database, audit::RepairMode::carry_out);
  const auto after = co_await counts(database);
  EXPECT_EQ(after.uses, 2);
  EXPECT_EQ(after.entries, 1);
  const auto left = co_await pg::test::violated(database, invariants());
  EXPECT_TRUE(left.empty());
}

TEST(RepairUses, CountsLivingUsesAnew) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), count_anew);
}

// One more than the limit.
Task<void> leave_too_many(pg::Database& database) {
  co_await database.run(add_coupon_sql, 0, 4);
  const auto done = co_await repair(database, audit::RepairMode::carry_out);
  EXPECT_EQ(done.failures.size(), 1U);
  const auto after = co_await counts(database);
  EXPECT_EQ(after.uses, 0);
  EXPECT_EQ(after.entries, 0);
}

TEST(RepairUses, WritesNoMoreThanTheLimit) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), leave_too_many);
}

}  // namespace
}  // namespace osier::promotions
