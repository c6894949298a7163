#include "orders/order_list.h"

#include "platform/base/require.h"

namespace osier::orders {

static constexpr pg::Statement list_orders_sql{"orders.list_orders", R"sql(
  SELECT id, number, market_code, status, payment_status, fulfilment_status, currency, total_minor,
         created_at, count(*) OVER () AS found
    FROM orders.orders
   WHERE ($1::text IS NULL OR status = $1)
     AND ($2::text IS NULL OR payment_status = $2)
     AND ($3::bigint IS NULL OR number = $3)
   ORDER BY number DESC
   LIMIT $4 OFFSET $5
)sql"};

namespace {

template <class Status>
std::optional<std::string> word_of(const std::optional<Status>& status) {
  if (!status) return std::nullopt;
  return std::string(to_string(*status));
}

ListedOrder listed_of(const pg::Row& row) {
  const auto status = parse_order_status(row.get<std::string>("status"));
  const auto payment_status = parse_order_payment_status(row.get<std::string>("payment_status"));
  require(status && payment_status, "the schema knows no word that the code does not");
  return {
      .id = row.get<OrderId>("id"),
      .number = row.get<std::int64_t>("number"),
      .market_code = row.get<std::string>("market_code"),
      .status = *status,
      .payment_status = *payment_status,
      .fulfilment_status = row.get<std::string>("fulfilment_status"),
      .total = Money::minor(row.get<std::int64_t>("total_minor"), row.get<Currency>("currency")),
      .created_at = row.get<Instant>("created_at")};
}

}  // namespace

Task<ListedOrders> list_orders(pg::Database& database, OrderFilter filter, int limit, int offset) {
  const auto rows =
      co_await database.run(list_orders_sql, word_of(filter.status), word_of(filter.payment_status),
                            filter.number, limit, offset);
  ListedOrders found;
  for (const pg::Row row : rows) {
    found.orders.push_back(listed_of(row));
    found.count = row.get<std::int64_t>("found");
  }
  co_return found;
}

}  // namespace osier::orders
