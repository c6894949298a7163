// What belongs to an order, or to a stock level, is checked by a trigger per statement: it must
// hold as a foreign key would.

#include <gtest/gtest.h>

#include "orders/test/shop.h"
#include "platform/postgres/migrations.h"

namespace osier::orders {
namespace {

using test::Shop;

// A whole batch is refused for one row that is wrong.
constexpr pg::Statement stray_lines_sql{"orders_test.stray_lines", R"sql(
  INSERT INTO orders.order_lines (id, order_id, position, variant_id, product_id, sku, title, quantity, unit_price_minor,
                                  net_minor, tax_minor, total_minor, tax_class, tax_name, tax_rate_ppm)
  SELECT gen_random_uuid(), order_id, 7, variant_id, product_id, sku, title, quantity, unit_price_minor, net_minor,
         tax_minor, total_minor + discount_minor, tax_class, tax_name, tax_rate_ppm
    FROM (SELECT * FROM orders.order_lines
          UNION ALL
          SELECT (jsonb_populate_record(line, jsonb_build_object('order_id', gen_random_uuid()))).*
            FROM orders.order_lines line) two
)sql"};
constexpr pg::Statement stray_shipping_sql{"orders_test.stray_shipping", R"sql(
  INSERT INTO orders.order_shipping_lines
  SELECT (jsonb_populate_record(line, jsonb_build_object('order_id', gen_random_uuid()))).*
    FROM orders.order_shipping_lines line
)sql"};
constexpr pg::Statement stray_contact_sql{"orders_test.stray_contact", R"sql(
  INSERT INTO orders.order_contacts
  SELECT (jsonb_populate_record(contact, jsonb_build_object('order_id', gen_random_uuid()))).*
    FROM orders.order_contacts contact
)sql"};
constexpr pg::Statement stray_movement_sql{"orders_test.stray_movement", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta)
  SELECT variant_id, gen_random_uuid(), 'adjusted', 1 FROM inventory.stock_levels
)sql"};
constexpr pg::Statement move_line_sql{"orders_test.move_line", R"sql(
  UPDATE orders.order_lines SET order_id = gen_random_uuid()
)sql"};
constexpr pg::Statement delete_order_sql{"orders_test.delete_order", "DELETE FROM orders.orders"};
constexpr pg::Statement rename_order_sql{"orders_test.rename_order", R"sql(
  UPDATE orders.orders SET id = gen_random_uuid()
)sql"};
constexpr pg::Statement delete_level_sql{"orders_test.delete_level",
                                         "DELETE FROM inventory.stock_levels"};

Task<void> expect_refused(Shop& shop, const pg::Statement& statement) {
  std::string sqlstate;
  try {
    co_await shop.database.run(statement);
  } catch (const pg::StatementFailed& failure) {
    sqlstate = failure.sqlstate();
  }
  EXPECT_EQ(sqlstate, "23503") << statement.name();
}

Task<void> try_all(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  (void)co_await test::place(shop, {.quantity = 2});
  co_await expect_refused(shop, stray_lines_sql);
  co_await expect_refused(shop, stray_shipping_sql);
  co_await expect_refused(shop, stray_contact_sql);
  co_await expect_refused(shop, stray_movement_sql);
  co_await expect_refused(shop, move_line_sql);
  co_await expect_refused(shop, delete_order_sql);
  co_await expect_refused(shop, rename_order_sql);
  co_await expect_refused(shop, delete_level_sql);
  co_await test::expect_no_violation(shop);
}

TEST(OrderParts, StayWithAnOrderThatStays) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), try_all);
}

}  // namespace
}  // namespace osier::orders
