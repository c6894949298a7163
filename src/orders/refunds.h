// What staff do with an order's money and units: refund, cancel, note transfers. Internal to
// orders.
//
// Each command is one transaction: the order is locked, then its payments, then the stock levels of
// its units; the key is noted, the rule decides, all is written. A refusal writes nothing, not even
// the key.

#pragma once

#include "audit/audit.h"
#include "inventory/inventory.h"
#include "orders/also_held.h"
#include "orders/order_store.h"
#include "orders/refund.h"
#include "orders/refund_store.h"
#include "orders/settling.h"

namespace osier::orders {

using RefundAnswer = Result<OrderRefund, StaffRefusal>;
using StaffAnswer = Result<void, StaffRefusal>;

// The entry of the audit about a command. Staff's own words stay out of it.
audit::Entry entry_of(OrderId id, std::string action, audit::Actor actor, audit::Facts facts);

class Refunds {
 public:
  static constexpr int tries_max = 8;

  Refunds(pg::Database& database, inventory::Inventory& inventory, payments::Payments& payments,
          const Clock& clock, Settling& settling, AlsoHeld* also_held)
      : database_(database),
        inventory_(inventory),
        payments_(payments),
        clock_(clock),
        settling_(settling),
        also_held_(also_held) {}

  Task<RefundAnswer> refund(RefundCommand command);
  Task<RefundAnswer> cancel(CancelCommand command);
  Task<StaffAnswer> capture(CaptureCommand command);
  Task<StaffAnswer> refunded(RefundedCommand command);

 private:
  using Held = std::vector<payments::Payments::Held>;

  // An order under lock, with all that deciding needs.
  struct Case {
    LockedOrder order;
    RefundableOrder lines;
    Held payments;
    std::vector<inventory::OutstandingUnits> units;  // Only if they are asked for.
  };
  // What was decided, as it is written.
  struct Decided {
    RefundPlan plan;
    std::vector<inventory::Commitment> units;
    RefundedUnits how = RefundedUnits::none;
    std::string reason;
    audit::Actor actor;
    std::string key;
    std::string action;  // For the audit.
  };

  template <class Answer, class Command>
  Task<Answer> insist(Task<Answer> (Refunds::*once)(Command), Command command);

  Task<RefundAnswer> refund_once(RefundCommand command);
  Task<RefundAnswer> cancel_once(CancelCommand command);
  Task<StaffAnswer> capture_once(CaptureCommand command);
  Task<StaffAnswer> refunded_once(RefundedCommand command);

  Task<std::optional<LockedOrder>> lock(pg::Transaction& transaction, OrderId id);
  Task<Case> load(pg::Transaction& transaction, LockedOrder order, bool with_units);
  Task<RefundAnswer> answer_again(pg::Transaction& transaction, OrderId id, NotedCommand noted);
  Result<Decided, StaffRefusal> decide(const Case& one, const RefundRequest& request) const;
  // Authorized manual payments are given up. Refused while another provider reserves money.
  Task<StaffAnswer> void_authorized(pg::Transaction& transaction, Case& one);
  // Decides the payments' refunds and adds everything to the batch.
  Task<OrderRefund> write(pg::Transaction& transaction, pg::Batch& batch, Case one,
                          Decided decided);

  pg::Database& database_;
  inventory::Inventory& inventory_;
  payments::Payments& payments_;
  const Clock& clock_;
  Settling& settling_;
  AlsoHeld* also_held_;  // May be null.
};

}  // namespace osier::orders
