// Derived values that somebody broke by hand: verify finds them, a dry run changes nothing, a
// repair mends them and says so in the audit trail.

#include "orders/repair.h"
#include "orders/test/shop.h"
#include "payments/repair.h"
#include "platform/postgres/migrations.h"

namespace osier::orders {
namespace {

using audit::RepairMode;
using test::Shop;

constexpr pg::Statement wrong_committed_sql{"repair_test.wrong_committed", R"sql(
  UPDATE inventory.stock_levels SET committed = committed + 2
)sql"};
constexpr pg::Statement lost_movement_sql{"repair_test.lost_movement", R"sql(
  DELETE FROM inventory.stock_movements WHERE kind = 'committed'
)sql"};
constexpr pg::Statement wrong_on_hand_sql{"repair_test.wrong_on_hand", R"sql(
  UPDATE inventory.stock_levels SET on_hand = on_hand + 3
)sql"};
constexpr pg::Statement held_by_nobody_sql{"repair_test.held_by_nobody", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, committed_delta, holder_id)
  SELECT variant_id, location_id, 'committed', 1, gen_random_uuid() FROM inventory.stock_levels
)sql"};
constexpr pg::Statement wrong_paid_sql{"repair_test.wrong_paid", R"sql(
  UPDATE orders.orders SET paid_minor = paid_minor + 1
)sql"};
constexpr pg::Statement wrong_payment_status_sql{"repair_test.wrong_payment_status", R"sql(
  UPDATE orders.orders SET payment_status = 'unpaid' WHERE paid_minor > 0
)sql"};
constexpr pg::Statement wrong_sums_sql{"repair_test.wrong_sums", R"sql(
  UPDATE payments.payments SET authorized_minor = authorized_minor + 5, captured_minor = greatest(captured_minor - 1, 0)
)sql"};
constexpr pg::Statement homeless_money_sql{"repair_test.homeless_money", R"sql(
  WITH moved AS (
    INSERT INTO payments.payment_transactions (id, payment_id, kind, amount_minor, currency, provider_reference)
    SELECT gen_random_uuid(), id, kind, 100, currency, 'ch_homeless'
      FROM payments.payments, unnest(ARRAY['authorization', 'capture']) AS kind
     WHERE captured_minor = 0
    RETURNING payment_id)
  UPDATE payments.payments SET status = 'captured', authorized_minor = 100, captured_minor = 100
   WHERE id IN (SELECT payment_id FROM moved)
)sql"};
constexpr pg::Statement count_audit_sql{"repair_test.count_audit", R"sql(
  SELECT count(*) FROM audit.entries WHERE action LIKE '%.repaired' AND actor = 'osier verify --repair' AND before::text <> after::text
)sql"};

audit::Repair with(RepairMode mode) {
  return {.mode = mode, .actor = {audit::ActorKind::command, "osier verify --repair"}};
}

// As the subcommand does it.
Task<audit::Repaired> repair_all(Shop& shop, RepairMode mode) {
  audit::Repaired all = co_await payments::repair_sums(shop.database, shop.clock, with(mode));
  all.add(co_await repair_paid(shop.database, shop.payments, shop.clock, with(mode)));
  all.add(co_await repair_stock(shop.database, shop.inventory, shop.clock, with(mode)));
  co_return all;
}

Task<std::int64_t> count_audit(Shop& shop) {
  const auto row = co_await shop.database.run_one(count_audit_sql);
  co_return row->get<std::int64_t>(0);
}

// A paid order and a pending one.
Task<void> two_orders(Shop& shop) {
  co_await test::stock_up(shop, 10);
  const auto paid = co_await test::place_and_open(shop, {.quantity = 2});
  shop.stripe.pay(paid.payment.id, paid.total);
  co_await shop.orders.settle(shop.stripe.report(paid.payment.id));
  co_await test::place(shop, {});
  co_await test::expect_no_violation(shop);
}

Task<void> break_and_repair(pg::Database& database, const pg::Statement* breakage) {
  Shop shop(database);
  co_await two_orders(shop);
  co_await database.run(*breakage);
  const auto found = co_await test::violations(shop);
  EXPECT_FALSE(found.empty()) << breakage->name();

  const auto planned = co_await repair_all(shop, RepairMode::dry_run);
  EXPECT_FALSE(planned.entries.empty()) << breakage->name();
  const auto after_dry_run = co_await test::violations(shop);
  EXPECT_EQ(after_dry_run, found) << "a dry run changes nothing";
  EXPECT_EQ(co_await count_audit(shop), 0);

  const auto done = co_await repair_all(shop, RepairMode::carry_out);
  EXPECT_EQ(done.failures, std::vector<std::string>{}) << breakage->name();
  EXPECT_EQ(co_await count_audit(shop), static_cast<std::int64_t>(done.entries.size()));
  co_await test::expect_no_violation(shop);
  const auto again = co_await repair_all(shop, RepairMode::carry_out);
  EXPECT_TRUE(again.entries.empty()) << "nothing is left to repair";
}

TEST(Repair, MendsEachDerivedValueAndLeavesAnAuditEntry) {
  for (const pg::Statement* breakage :
       {&wrong_committed_sql, &lost_movement_sql, &wrong_on_hand_sql, &held_by_nobody_sql,
        &wrong_paid_sql, &wrong_payment_status_sql, &wrong_sums_sql}) {
    const pg::test::Database fresh(migrations());
    pg::test::run(fresh.connection(), [breakage](pg::Database& database) {
      return break_and_repair(database, breakage);
    });
  }
}

// Booked money that its pending order does not know of: the order's sum follows, that it is paid is
// for settling to say.
Task<void> leave_homeless_money(pg::Database& database) {
  Shop shop(database);
  co_await two_orders(shop);
  co_await database.run(homeless_money_sql);
  co_await repair_all(shop, RepairMode::carry_out);
  const auto left = co_await test::violations(shop);
  EXPECT_EQ(left.size(), 1U);
  if (!left.empty()) {
    EXPECT_TRUE(left[0].starts_with("orders.money_has_a_home")) << left[0];
  }
}

TEST(Repair, LeavesMoneyWithoutAnOrderToStaff) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), leave_homeless_money);
}

constexpr pg::Statement too_many_sql{"repair_test.too_many", R"sql(
  UPDATE orders.order_lines SET quantity = 5000
)sql"};

Task<void> want_more_than_there_is(pg::Database& database) {
  Shop shop(database);
  co_await two_orders(shop);
  co_await database.run(too_many_sql);
  const auto done = co_await repair_all(shop, RepairMode::carry_out);
  EXPECT_EQ(done.failures.size(), 2U) << "both orders want more units than there are";
  const auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, 3);
}

TEST(Repair, PromisesNoUnitsThatAreNotThere) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), want_more_than_there_is);
}

}  // namespace
}  // namespace osier::orders
