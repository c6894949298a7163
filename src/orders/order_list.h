// Lists of orders for staff: without personal data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orders/order.h"
#include "platform/postgres/database.h"

namespace osier::orders {

struct OrderFilter {
  std::optional<OrderStatus> status{};
  std::optional<OrderPaymentStatus> payment_status{};
  std::optional<std::int64_t> number{};
};

struct ListedOrder {
  OrderId id;
  std::int64_t number = 0;
  std::string market_code;
  OrderStatus status = OrderStatus::pending;
  OrderPaymentStatus payment_status = OrderPaymentStatus::unpaid;
  std::string fulfilment_status;
  Money total;
  Instant created_at;
};

struct ListedOrders {
  std::vector<ListedOrder> orders;  // The newest first.
  std::int64_t count = 0;           // Of all that the filter lets through.
};

// `limit` of them after the first `offset`. Throws pg::Error.
Task<ListedOrders> list_orders(pg::Database& database, OrderFilter filter, int limit, int offset);

}  // namespace osier::orders
