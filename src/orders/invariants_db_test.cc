#include <gtest/gtest.h>

#include <algorithm>

#include "orders/test/shop.h"
#include "platform/postgres/migrations.h"

namespace osier::orders {
namespace {

using test::Shop;

constexpr pg::Statement drop_total_sql{"orders_test.drop_total", R"sql(
  ALTER TABLE orders.orders DROP CONSTRAINT total_is_the_sum
)sql"};
constexpr pg::Statement drop_cart_sql{"orders_test.drop_cart", R"sql(
  DROP INDEX orders.one_living_order_per_cart
)sql"};
constexpr pg::Statement drop_key_sql{"orders_test.drop_key", R"sql(
  ALTER TABLE orders.orders DROP CONSTRAINT orders_idempotency_key_key
)sql"};

constexpr pg::Statement wrong_units_sql{"orders_test.wrong_units", R"sql(
  UPDATE orders.order_lines SET quantity = quantity + 1
)sql"};
constexpr pg::Statement wrong_total_sql{"orders_test.wrong_total", R"sql(
  UPDATE orders.orders SET total_minor = total_minor + 1
)sql"};
constexpr pg::Statement wrong_currency_sql{"orders_test.wrong_currency", R"sql(
  UPDATE payments.payments SET currency = 'USD'
)sql"};
constexpr pg::Statement wrong_paid_sql{"orders_test.wrong_paid", R"sql(
  UPDATE orders.orders SET paid_minor = 1
)sql"};
constexpr pg::Statement homeless_money_sql{"orders_test.homeless_money", R"sql(
  UPDATE payments.payments SET authorized_minor = 100, captured_minor = 100, status = 'captured'
)sql"};
constexpr pg::Statement one_cart_sql{"orders_test.one_cart", R"sql(
  UPDATE orders.orders SET cart_id = '00000000-0000-7000-8000-000000000001'
)sql"};
constexpr pg::Statement one_key_sql{"orders_test.one_key", R"sql(
  UPDATE orders.orders SET idempotency_key = 'same'
)sql"};
constexpr pg::Statement forgotten_sql{"orders_test.forgotten", R"sql(
  UPDATE orders.orders SET expires_at = clock_timestamp() - interval '1 hour'
)sql"};
constexpr pg::Statement swept_sql{"orders_test.swept", R"sql(
  INSERT INTO platform.schedules (name, last_run_at) VALUES ('orders.expire', clock_timestamp())
)sql"};
constexpr pg::Statement never_went_well_sql{"orders_test.never_went_well", R"sql(
  INSERT INTO platform.schedules (name, last_run_at, failures) VALUES ('orders.expire', NULL, 60)
)sql"};
constexpr pg::Statement tried_sql{"orders_test.tried", R"sql(
  UPDATE orders.orders SET release_tried_at = clock_timestamp(), release_obstacle = 'payment_in_flight'
)sql"};
constexpr pg::Statement moved_by_hand_sql{"orders_test.moved_by_hand", R"sql(
  UPDATE orders.orders SET status = 'canceled'
)sql"};
constexpr pg::Statement no_payment_sql{"orders_test.no_payment", "DELETE FROM payments.payments"};
constexpr pg::Statement no_contact_sql{"orders_test.no_contact",
                                       "DELETE FROM orders.order_contacts"};

constexpr pg::Statement unrecorded_refund_sql{"orders_test.unrecorded_refund", R"sql(
  INSERT INTO payments.refunds (id, payment_id, amount_minor, reason, status)
  SELECT gen_random_uuid(), id, 100, 'test', 'created' FROM payments.payments
)sql"};
constexpr pg::Statement unpaid_refund_sql{"orders_test.unpaid_refund", R"sql(
  INSERT INTO orders.order_refunds (id, order_id, amount_minor, units, reason, actor)
  SELECT gen_random_uuid(), id, 100, 'none', 'test', 'test' FROM orders.orders
)sql"};
constexpr pg::Statement delivery_refunds_sql{"orders_test.delivery_refunds", R"sql(
  INSERT INTO orders.order_refunds (id, order_id, amount_minor, shipping_minor, units, reason, actor)
  SELECT gen_random_uuid(), id, 300, 300, 'none', 'test', 'test' FROM orders.orders, generate_series(1, 2)
)sql"};
constexpr pg::Statement unaudited_sql{"orders_test.unaudited", R"sql(
  INSERT INTO orders.order_commands (idempotency_key, order_id, kind, content_hash, actor)
  SELECT id::text, id, 'refund', '\x00', 'test' FROM orders.orders
)sql"};
constexpr pg::Statement lost_units_sql{"orders_test.lost_units", R"sql(
  UPDATE orders.order_lines SET canceled_quantity = 1
)sql"};

// What the statement breaks, among a shop's two pending orders.
Task<void> expect_found(pg::Database& database, const pg::Statement& statement, std::string name) {
  co_await database.run(statement);
  const auto names = co_await pg::test::violated(database, invariants());
  EXPECT_NE(std::ranges::find(names, name), names.end()) << name << " was not found";
}

Task<void> two_orders(Shop& shop) {
  co_await test::stock_up(shop, 10);
  co_await test::place(shop, {});
  co_await test::place(shop, {});
  co_await test::expect_no_violation(shop);
}

struct Violation {
  const char* invariant;
  std::vector<const pg::Statement*> statements;  // The last one plants it.
};

Task<void> plant(pg::Database& database, Violation violation) {
  Shop shop(database);
  co_await two_orders(shop);
  for (std::size_t i = 0; i + 1 < violation.statements.size(); ++i)
    co_await database.run(*violation.statements[i]);
  co_await expect_found(database, *violation.statements.back(), violation.invariant);
}

TEST(OrdersInvariants, EachFindsItsViolation) {
  const std::vector<Violation> all{
      {"orders.committed_units_are_those_of_the_orders", {&wrong_units_sql}},
      {"orders.each_order_holds_its_units", {&wrong_units_sql}},
      {"orders.total_is_the_sum_of_the_lines", {&drop_total_sql, &wrong_total_sql}},
      {"orders.order_and_payments_have_one_currency", {&wrong_currency_sql}},
      {"orders.paid_is_captured_minus_refunded", {&wrong_paid_sql}},
      {"orders.payment_status_says_what_is_paid", {&homeless_money_sql}},
      {"orders.money_has_a_home", {&homeless_money_sql}},
      {"orders.one_living_order_per_cart", {&drop_cart_sql, &one_cart_sql}},
      {"orders.one_order_per_idempotency_key", {&drop_key_sql, &one_key_sql}},
      {"orders.holds_end_in_time", {&swept_sql, &forgotten_sql}},
      {"orders.status_is_where_the_transitions_lead", {&moved_by_hand_sql}},
      {"orders.order_has_a_payment", {&no_payment_sql}},
      {"orders.order_is_whole", {&no_contact_sql}},
      {"orders.refunds_are_those_of_the_payments", {&unrecorded_refund_sql}},
      {"orders.refund_is_not_less_than_its_parts", {&delivery_refunds_sql}},
      {"orders.units_taken_out_are_those_of_the_refunds", {&lost_units_sql}},
      {"orders.command_has_its_audit_entry", {&unaudited_sql}},
  };
  EXPECT_EQ(all.size(), invariants().size());
  for (const Violation& violation : all) {
    const pg::test::Database fresh(migrations());
    pg::test::run(fresh.connection(),
                  [&violation](pg::Database& database) { return plant(database, violation); });
  }
}

Task<void> keep_with_a_reason(pg::Database& database) {
  Shop shop(database);
  co_await two_orders(shop);
  co_await database.run(forgotten_sql);
  co_await test::expect_no_violation(shop);  // No sweep has been by: the shop was closed.
  co_await database.run(swept_sql);
  co_await database.run(tried_sql);
  co_await test::expect_no_violation(shop);
}

Task<void> sweep_in_vain(pg::Database& database) {
  Shop shop(database);
  co_await two_orders(shop);
  co_await database.run(never_went_well_sql);
  co_await expect_found(database, forgotten_sql, "orders.holds_end_in_time");
}

Task<void> refund_nothing(pg::Database& database) {
  Shop shop(database);
  co_await two_orders(shop);
  co_await expect_found(database, unpaid_refund_sql, "orders.refunds_are_those_of_the_payments");
}

TEST(OrdersInvariants, FindARefundThatNoPaymentCarriesOut) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_nothing);
}

TEST(OrdersInvariants, FindHoldsThatSweepsFailToEnd) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), sweep_in_vain);
}

TEST(OrdersInvariants, LetAHoldStayForAReason) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), keep_with_a_reason);
}

}  // namespace
}  // namespace osier::orders
