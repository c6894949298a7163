#include "checkout/customer_orders.h"

namespace osier::checkout {

static constexpr pg::Statement orders_of_customer_sql{"checkout.orders_of_customer", R"sql(
  SELECT o.order_id
    FROM checkout.customer_carts mine
    JOIN orders.cart_orders o ON o.cart_id = mine.cart_id
   WHERE mine.customer_id = $1 AND ($2::uuid IS NULL OR o.order_id < $2)
   ORDER BY o.order_id DESC
   LIMIT $3
)sql"};

Task<std::vector<orders::Order>> CustomerOrders::of(identity::CustomerId customer,
                                                    std::optional<orders::OrderId> before,
                                                    int limit) const {
  std::vector<orders::Order> found;
  for (const pg::Row row :
       co_await database_.run(orders_of_customer_sql, customer, before, limit)) {
    auto order = co_await orders_.find(row.get<orders::OrderId>(0));
    if (order) found.push_back(*std::move(order));
  }
  co_return found;
}

static constexpr pg::Statement count_orders_sql{"checkout.count_orders_of_customer", R"sql(
  SELECT count(*)
    FROM checkout.customer_carts mine
    JOIN orders.cart_orders o ON o.cart_id = mine.cart_id
   WHERE mine.customer_id = $1
)sql"};

Task<int> CustomerOrders::count(identity::CustomerId customer) const {
  co_return (co_await database_.run_one(count_orders_sql, customer))->get<int>(0);
}

static constexpr pg::Statement is_order_of_customer_sql{"checkout.is_order_of_customer", R"sql(
  SELECT EXISTS (SELECT FROM checkout.customer_carts mine
                   JOIN orders.cart_orders o ON o.cart_id = mine.cart_id
                  WHERE mine.customer_id = $1 AND o.order_id = $2)
)sql"};

Task<std::optional<orders::Order>> CustomerOrders::find(identity::CustomerId customer,
                                                        orders::OrderId id) const {
  const auto row = co_await database_.run_one(is_order_of_customer_sql, customer, id);
  if (!row->get<bool>(0)) co_return std::nullopt;
  co_return co_await orders_.find(id);
}

}  // namespace osier::checkout
