// The permanent record of what was agreed, and the one place that moves an order's status.
//
//   draft → pending → placed → completed;  pending → expired | canceled;  placed → canceled;
//   expired → placed, when late money is honoured
//
// An order exists before any money can move. settle() books what the provider says; release() ends
// a hold, and only after the provider has confirmed that no payment can arrive any more.
//
// Outbox events, with the order as their aggregate and {"order_id": …} in their payload:
// order.submitted, order.placed, order.expired, order.canceled; for money that goes back
// order.refund_decided and order.refunded, and order.refund_failed if it does not arrive.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "inventory/inventory.h"
#include "orders/access_token.h"
#include "orders/address.h"
#include "orders/also_held.h"
#include "orders/order.h"
#include "orders/refund.h"
#include "payments/payments.h"
#include "platform/jobs/batcher.h"
#include "platform/jobs/schedules.h"
#include "platform/postgres/invariant.h"

namespace osier::orders {

class Settling;
class Refunds;

class Orders {
 public:
  // All outlive the object; it outlives the work of settle_loop. `also_held`: what orders hold
  // besides units; null in tests of units alone.
  Orders(pg::Database& database, inventory::Inventory& inventory, payments::Payments& payments,
         const Clock& clock, Loop& settle_loop, AlsoHeld* also_held);
  ~Orders();

  // Is told how long the stages of settling take; see Settling. Before any report is settled.
  void watch_stages(jobs::StageWatch watch);

  // --- Steps of placing in batches; the caller (checkout's OrderIntake) owns the transaction.

  // Adds the statement that finds orders which live for these carts or have these idempotency keys.
  std::size_t add_find_existing(pg::Batch& batch, const std::vector<Uuid>& carts,
                                const std::vector<std::string>& idempotency_keys) const;
  static std::vector<ExistingOrder> existing_of(const pg::Rows& rows);
  // Adds the statements that write these pending orders with their lines, contacts and payments,
  // and order.submitted. Returns the position of the result whose rows are (id, number).
  std::size_t add_insert(pg::Batch& batch, const std::vector<NewOrder>& orders) const;

  // Adds the statement that counts what the orders' origins hold.
  std::size_t add_count_holds(pg::Batch& batch, const std::vector<NewOrder>& orders) const;
  static HoldCounts hold_counts_of(const pg::Rows& rows);

  // --- What becomes of a pending order.

  // Books what the provider said, and moves the orders:
  //   - money in full (captured or authorized) places a pending order;
  //   - money for an expired order (late money) is honoured if its units, and what else it held,
  //   can still be had and its cart has no other order, else refunded; money for a canceled order
  //   is refunded;
  //   - a second payment of an order is refunded;
  //   - an amount or currency that does not match places the order too, and holds it for staff: the
  //   money is there.
  // Idempotent, in any order of reports. Reports about payments that we do not have are passed
  // over. Many callers are booked in one transaction. Throws pg::Error.
  Task<void> settle(payments::PaymentReport report);
  Task<void> settle_all(std::vector<payments::PaymentReport> reports);

  // The shopper chose manual payment (transfer or invoice): the order is placed, its payment is
  // authorized by the seller's consent and captured by staff when the money is there. Batched. A
  // repeat is accepted again. not_pending: over, or an order that is not paid manually.
  enum class AcceptRefusal { unknown_order, not_pending };
  Task<Result<void, AcceptRefusal>> accept_manual_payment(OrderId id);

  // Ends a pending order: closes every open payment at its provider first; if one turns out paid
  // the order is placed instead, and if one is on its way the order stays pending: both are
  // was_paid. Throws payments::ProviderUnavailable if the provider cannot be asked: the hold stays.
  // Safe to repeat.
  enum class ReleaseReason { expired, canceled };
  enum class ReleaseOutcome { released, was_paid, not_pending };
  Task<ReleaseOutcome> release(OrderId id, ReleaseReason reason, std::string actor);
  // Releases pending orders whose time is over, by the database's clock; a bounded sweep. Returns
  // how many were looked at. A hold that has to stay is noted with the reason and looked at again
  // after a minute. Throws, after the others, what stopped an order other than its provider.
  Task<int> expire_due(int limit);
  // Asks providers about open payments older than a minute (lost webhooks), carries out decided
  // refunds, and books what they say. Returns how many answers were booked.
  Task<int> poll_payments(int limit);

  // --- What staff do. Idempotent by their keys; throw pg::Error.

  // Gives money back and takes units out of the order, by the rules of refunding.h. The worker
  // carries it out at the provider; refunds of manual payments wait for note_refunded().
  Task<Result<OrderRefund, StaffRefusal>> refund(RefundCommand command);
  // Ends a placed order of which nothing was sent: its units go back or are written off, all its
  // money goes back, a transfer that is awaited is given up.
  Task<Result<OrderRefund, StaffRefusal>> cancel_placed(CancelCommand command);
  // Money came by transfer: it is captured and settled as any other.
  Task<Result<void, StaffRefusal>> note_capture(CaptureCommand command);
  // Staff have sent a refund's money themselves: of a manual payment, or one that has failed.
  Task<Result<void, StaffRefusal>> note_refunded(RefundedCommand command);

  // --- Reading. Readers travel together: whatever is asked for while the last group is being read
  // is the next one.

  Task<std::optional<Order>> find(OrderId id);
  Task<std::optional<OrderWithPayments>> find_with_payments(OrderId id);
  Task<std::optional<Order>> find_by_number(std::int64_t number);
  // What was decided to go back, oldest first.
  Task<std::vector<OrderRefund>> refunds_of(OrderId id);
  // By the token of the shopper's link; nothing for a wrong one.
  Task<std::optional<Order>> find_by_access_token(std::string token);
  Task<std::optional<ExistingOrder>> living_order_of_cart(Uuid cart_id);
  // What the shopper's page at the provider shows.
  payments::Purchase purchase_of(const Order& order, payments::PaymentId payment_id,
                                 std::string success_url, std::string cancel_url) const;

 private:
  struct Sweep;
  using Found = std::shared_ptr<const OrderWithPayments>;  // Null: there is none.
  static constexpr std::size_t reads_max = 128;            // In one group.
  static constexpr std::size_t waiting_max = 8'192;

  Task<std::vector<Found>> find_group(std::vector<OrderId> ids);
  Task<ReleaseOutcome> end_hold(OrderId id, ReleaseReason reason, std::string actor);
  Task<std::optional<ReleaseOutcome>> try_to_end(OrderId id, ReleaseReason reason,
                                                 std::string actor);
  Task<bool> close_payments(OrderId id);
  Task<void> release_one_by_one(Sweep& sweep);
  Task<void> ask_one_by_one(Sweep& sweep);

  pg::Database& database_;
  inventory::Inventory& inventory_;
  payments::Payments& payments_;
  const Clock& clock_;
  AlsoHeld* also_held_;
  std::unique_ptr<Settling> settling_;
  std::unique_ptr<Refunds> refunds_;
  jobs::Batcher<OrderId, Found> reads_;
};

// The room's work that comes round: ending holds whose time is over, asking about payments, sending
// refunds.
inline constexpr const char* expiry_schedule = "orders.expire";
inline constexpr const char* payment_schedule = "orders.poll_payments";
void add_schedules(jobs::Schedules& schedules, Orders& orders);

// What `osier verify` asks of orders and their money and stock (invariants 2 and 4 to 8 of the
// domain).
std::span<const pg::Invariant> invariants();

}  // namespace osier::orders
