// Booking what providers say, many reports in one transaction. Internal to orders.
//
// Everyone locks in the same order: orders by id, then payments by id, then stock levels by id. So
// a settlement, a release and a batch of new orders (which locks stock, and only makes orders) wait
// for each other and never in a circle.

#pragma once

#include <map>
#include <vector>

#include "inventory/inventory.h"
#include "orders/order_store.h"
#include "orders/orders.h"
#include "orders/settlement.h"
#include "platform/jobs/batcher.h"

namespace osier::orders {

// Whether the same transaction may be tried again: it is idempotent, so an unknown outcome is
// simply repeated. A second living order of a cart comes from an order that was placed at the same
// moment; the next try sees it.
bool is_worth_another_try(const std::exception& error);

// What manual payments are called where a provider has its own id.
std::string manual_payment_reference(payments::PaymentId id);

// An order with the facts to decide about it.
struct SettlingCase {
  LockedOrder order;
  OrderFacts facts;
};

class Settling {
 public:
  static constexpr std::size_t batch_max = 256;
  static constexpr std::size_t waiting_max = 8192;
  static constexpr int tries_max = 5;

  using Accepted = Result<void, Orders::AcceptRefusal>;

  Settling(pg::Database& database, inventory::Inventory& inventory, payments::Payments& payments,
           const Clock& clock, Loop& loop, AlsoHeld* also_held);

  // Is told of the stages "queue" (each report), "lock", "book" and "commit" (each batch; commit
  // holds the deciding and the writing). Before the first report.
  void watch_stages(jobs::StageWatch watch);

  Task<void> settle(payments::PaymentReport report);
  // In its own transactions, batch by batch, on the caller's loop.
  Task<void> settle_all(std::vector<payments::PaymentReport> reports);
  Task<Accepted> accept(OrderId id);
  // Books the reports, which are of the locked orders' payments, decides, writes and commits.
  Task<void> settle_locked(pg::Transaction& transaction, std::vector<LockedOrder> orders,
                           std::vector<payments::PaymentReport> reports);

 private:
  struct Done {};
  using Reports = std::vector<payments::PaymentReport>;
  using Cases = std::map<OrderId, SettlingCase>;

  Task<std::vector<Done>> settle_batch(Reports reports);
  Task<std::vector<Accepted>> accept_batch(std::vector<OrderId> ids);

  // One try each.
  Task<void> settle_once(Reports reports);
  Task<std::vector<Accepted>> accept_once(std::vector<OrderId> ids);

  // The same as settle_locked() with what the payments' books say already. Two round trips in all,
  // where nothing but money that came is to be booked: one that loads, one that writes and commits.
  Task<void> settle_loaded(pg::Transaction& transaction, std::vector<LockedOrder> orders,
                           payments::Payments::Books books, Reports reports);
  Task<Cases> book(pg::Transaction& transaction, std::vector<LockedOrder> orders,
                   payments::Payments::Books books, Reports reports, pg::Batch& write);
  // Decides which of the expired orders can have their units and all else again, and adds what
  // commits them.
  Task<std::vector<OrderId>> honour_late_money(pg::Transaction& transaction,
                                               std::vector<OrderId> candidates, pg::Batch& write);

  pg::Database& database_;
  inventory::Inventory& inventory_;
  payments::Payments& payments_;
  const Clock& clock_;
  AlsoHeld* also_held_;  // May be null.
  jobs::StageWatch watch_;
  jobs::Batcher<payments::PaymentReport, Done> reports_;
  jobs::Batcher<OrderId, Accepted> acceptances_;
};

}  // namespace osier::orders
