// Writing what became of orders. add_moves() is the one function that writes an order's status.
// Internal to orders.

#pragma once

#include <optional>
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

// Holds for staff; one that is open already stays as it is, one that was released is opened again.
struct NewHold {
  OrderId id;
  Settlement::Hold hold;
};
void add_holds(pg::Batch& batch, const std::vector<NewHold>& holds);

// Staff have seen to it: the hold ends, and the order can be sent if there is no other.
void add_release_of_hold(pg::Batch& batch, OrderId id, const std::string& reason,
                         const std::string& actor);

// order.refund_decided, order.refunded and order.refund_failed: money that is to go back, went
// back, came back to us.
struct RefundNews {
  enum class Kind { decided, done, failed };
  Kind kind = Kind::decided;
  OrderId id;
  payments::PaymentId payment_id;
  std::optional<payments::RefundId> refund_id;  // Nothing if we did not decide it.
  Money amount;
  std::string reason;
};
void add_refund_events(pg::Batch& batch, const std::vector<RefundNews>& refunds, Instant now);

// The payload of the order's events.
std::string event_payload(OrderId id);
std::string event_payload(OrderId id, std::int64_t number);

// These pending orders are being paid right now (3-D Secure, money on its way): they are held for
// ten minutes more, up to ten past the longest hold there is. Nothing else extends a hold.
void add_extend_holds(pg::Batch& batch, const std::vector<OrderId>& ids);

}  // namespace osier::orders
