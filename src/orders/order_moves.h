// Writing what became of orders. add_moves() is the one function that writes an order's status.
// Internal to orders.

#pragma once

#include <string>
#include <vector>

#include "orders/order.h"
#include "orders/settlement.h"
#include "platform/postgres/database.h"

namespace osier::orders {

struct OrderMove {
  OrderId id;
  std::int64_t number = 0;
  OrderStatus from = OrderStatus::pending;
  OrderStatus to = OrderStatus::placed;
  std::string actor;   // "system", "shopper", …
  std::string reason;  // "paid", "expired", …
};

// Moves orders that are locked and stand at `from`: status, transition row and outbox event
// order.<to>.
void add_moves(pg::Batch& batch, const std::vector<OrderMove>& moves, Instant now);

struct PaymentState {
  OrderId id;
  OrderPaymentStatus status = OrderPaymentStatus::unpaid;
  Money paid;
};
void add_payment_states(pg::Batch& batch, const std::vector<PaymentState>& states);

// Holds for staff; one that is there already stays as it is.
struct NewHold {
  OrderId id;
  Settlement::Hold hold;
};
void add_holds(pg::Batch& batch, const std::vector<NewHold>& holds);

// order.refund_decided: money that the shop sends back by itself.
struct RefundNews {
  OrderId id;
  payments::RefundId refund_id;
  Settlement::Refund refund;
};
void add_refund_events(pg::Batch& batch, const std::vector<RefundNews>& refunds, Instant now);

// The payload of the order's events.
std::string event_payload(OrderId id);
std::string event_payload(OrderId id, std::int64_t number);

// These pending orders are being paid right now (3-D Secure, money on its way): they are held for
// ten minutes more, up to ten past the longest hold there is. Nothing else extends a hold.
void add_extend_holds(pg::Batch& batch, const std::vector<OrderId>& ids);

}  // namespace osier::orders
