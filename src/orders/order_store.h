// Writing new orders and reading orders. Internal to orders.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orders/order.h"
#include "platform/postgres/database.h"

namespace osier::orders {

// Returns the position of the result whose rows are (id, number). Everything but payments and
// events.
std::size_t add_insert_orders(pg::Batch& batch, const std::vector<NewOrder>& orders);

std::size_t add_select_existing(pg::Batch& batch, const std::vector<Uuid>& carts,
                                const std::vector<std::string>& idempotency_keys);
ExistingOrder existing_order_of(const pg::Row& row);

// Those of the orders that are there, in any order.
Task<std::vector<OrderWithPayments>> select_orders(pg::Database& database,
                                                   const payments::Payments& payments,
                                                   std::vector<OrderId> ids);
Task<std::optional<OrderId>> select_id_by_token(pg::Database& database, std::string token);
Task<std::optional<OrderId>> select_id_by_number(pg::Database& database, std::int64_t number);

// What is needed of an order to decide about it.
struct LockedOrder {
  OrderId id;
  std::int64_t number = 0;
  OrderStatus status = OrderStatus::pending;
  OrderPaymentStatus payment_status = OrderPaymentStatus::unpaid;
  Money total;
  Money paid;
};
// Locks in id order, like everyone.
Task<std::vector<LockedOrder>> lock_orders(pg::Transaction& transaction, std::vector<OrderId> ids);
// As a step of a batch; the second: the orders that these payments are for.
std::size_t add_lock_orders(pg::Batch& batch, const std::vector<OrderId>& ids);
std::size_t add_lock_orders_of_payments(pg::Batch& batch,
                                        const std::vector<payments::PaymentId>& payments);
std::vector<LockedOrder> locked_orders_of(const pg::Rows& rows);

// Of these orders: the units to be had again for those whose cart has no other living order.
struct UnitsWanted {
  OrderId id;
  std::optional<Uuid> cart_id;
  catalog::VariantId variant_id;
  std::int32_t quantity;
};
Task<std::vector<UnitsWanted>> select_units_to_honour(pg::Transaction& transaction,
                                                      std::vector<OrderId> ids);

Task<std::vector<OrderId>> select_due_to_expire(pg::Database& database, int limit);
// A hold that had to stay.
Task<void> note_obstacle(pg::Database& database, OrderId id, std::string obstacle);

}  // namespace osier::orders
