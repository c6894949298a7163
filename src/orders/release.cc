// Ending holds: a pending order's stock goes back only when no payment can arrive any more.

#include <algorithm>

#include "orders/order_moves.h"
#include "orders/order_status.h"
#include "orders/order_store.h"
#include "orders/orders.h"

namespace osier::orders {

// Whatever stands in the way is noted, so that the order does not come first in every sweep.
// Without a database nothing can be noted.
Task<Orders::ReleaseOutcome> Orders::release(OrderId id, ReleaseReason reason, std::string actor) {
  std::exception_ptr error;
  std::string obstacle = "error";
  try {
    co_return co_await end_hold(id, reason, std::move(actor));
  } catch (const pg::Unavailable&) {
    throw;
  } catch (const payments::ProviderUnavailable&) {
    error = std::current_exception();
    obstacle = "provider_unavailable";
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  if (reason == ReleaseReason::expired) co_await note_obstacle(database_, id, std::move(obstacle));
  std::rethrow_exception(error);
}

// Each round closes the payments at their providers, outside any transaction, and looks under lock
// whether that is still all there is. A payment that was added in between is closed in the next
// round.
Task<Orders::ReleaseOutcome> Orders::end_hold(OrderId id, ReleaseReason reason, std::string actor) {
  constexpr int rounds_max = 5;
  for (int round = 0; round < rounds_max; ++round) {
    const bool is_paid = co_await close_payments(id);
    if (is_paid) {
      // Still pending if the money is on its way; a placed order is none of the note's business.
      co_await note_obstacle(database_, id, "payment_in_flight");
      co_return ReleaseOutcome::was_paid;
    }
    const auto outcome = co_await try_to_end(id, reason, actor);
    if (outcome) co_return *outcome;
  }
  throw payments::ProviderUnavailable("the order's payments change all the time");
}

// True if money has arrived or is on its way; what the provider says is booked then.
Task<bool> Orders::close_payments(OrderId id) {
  const auto payments = co_await payments_.of_payable(payments::PayableId{id.value()});
  bool is_paid = false;
  for (const auto& payment : payments) {
    const auto outcome = co_await payments_.close(payment.id);
    if (outcome == payments::CloseOutcome::closed) continue;
    // Money that was booked before is no news, and the order was over or placed then.
    const bool is_news = payments::is_open(payment.status) || payments::is_ended(payment.status);
    if (!is_news) continue;
    is_paid = true;
    auto report = co_await payments_.ask(payment.id);
    co_await settle(std::move(report));
  }
  co_return is_paid;
}

// Nothing if a payment is open again.
Task<std::optional<Orders::ReleaseOutcome>> Orders::try_to_end(OrderId id, ReleaseReason reason,
                                                               std::string actor) {
  auto transaction = co_await database_.begin();
  std::vector<OrderId> ids{id};
  const auto orders = co_await lock_orders(transaction, std::move(ids));
  if (orders.empty() || orders[0].status != OrderStatus::pending)
    co_return ReleaseOutcome::not_pending;

  std::vector<payments::PayableId> payables{payments::PayableId{id.value()}};
  const auto payments = co_await payments_.of_payables(transaction, std::move(payables));
  const bool all_ended =
      std::ranges::all_of(payments, [](const auto& one) { return payments::is_ended(one.status); });
  if (!all_ended) co_return std::nullopt;

  const bool is_expired = reason == ReleaseReason::expired;
  const std::string word = is_expired ? "expired" : "canceled";
  std::vector<inventory::HolderId> holders{inventory::HolderId{id.value()}};
  co_await inventory_.release(transaction, std::move(holders), "order " + word);
  std::vector<OrderId> ended{id};
  if (also_held_ != nullptr) co_await also_held_->release(transaction, std::move(ended));

  pg::Batch write;
  const OrderMove move{.id = id,
                       .number = orders[0].number,
                       .from = OrderStatus::pending,
                       .to = is_expired ? OrderStatus::expired : OrderStatus::canceled,
                       .actor = std::move(actor),
                       .reason = word};
  const PaymentState state{.id = id,
                           .status = derive_payment_status(orders[0].total, payments),
                           .paid = paid_of(orders[0].total.currency(), payments)};
  add_payment_states(write, {state});
  add_moves(write, {move}, clock_.now());
  co_await transaction.run_all_and_commit(std::move(write));
  co_return ReleaseOutcome::released;
}

// Work on a list by several coroutines of one loop.
struct Orders::Sweep {
  static constexpr int side_by_side = 4;

  std::vector<OrderId> orders;
  std::vector<payments::PaymentId> payments;
  std::size_t next = 0;
  std::vector<payments::PaymentReport> reports;
  std::exception_ptr error;
};

Task<int> Orders::expire_due(int limit) {
  Sweep sweep;
  sweep.orders = co_await select_due_to_expire(database_, limit);
  std::vector<Task<void>> workers;
  for (int i = 0; i < Sweep::side_by_side; ++i) workers.push_back(release_one_by_one(sweep));
  co_await when_all(std::move(workers));
  if (sweep.error) std::rethrow_exception(sweep.error);
  co_return static_cast<int>(sweep.orders.size());
}

// An order whose provider does not answer has its note; any other error ends the sweep's run with
// it, after the rest.
Task<void> Orders::release_one_by_one(Sweep& sweep) {
  while (sweep.next < sweep.orders.size()) {
    const OrderId id = sweep.orders[sweep.next++];
    try {
      co_await release(id, ReleaseReason::expired, "system");
    } catch (const payments::ProviderUnavailable&) {
    } catch (const std::exception&) {
      sweep.error = std::current_exception();
    }
  }
}

Task<int> Orders::poll_payments(int limit) {
  Sweep sweep;
  sweep.payments = co_await payments_.due_for_poll(limit);
  std::vector<Task<void>> workers;
  for (int i = 0; i < Sweep::side_by_side; ++i) workers.push_back(ask_one_by_one(sweep));
  co_await when_all(std::move(workers));

  auto refunds = co_await payments_.carry_out_refunds(limit);
  std::ranges::move(refunds, std::back_inserter(sweep.reports));
  const int booked = static_cast<int>(sweep.reports.size());
  co_await settle_all(std::move(sweep.reports));
  if (sweep.error) std::rethrow_exception(sweep.error);
  co_return booked;
}

Task<void> Orders::ask_one_by_one(Sweep& sweep) {
  while (sweep.next < sweep.payments.size()) {
    const payments::PaymentId id = sweep.payments[sweep.next++];
    try {
      auto report = co_await payments_.ask(id);
      sweep.reports.push_back(std::move(report));
    } catch (const payments::ProviderUnavailable&) {
      // Its next time has been set already.
    } catch (const std::exception&) {
      sweep.error = std::current_exception();
    }
  }
}

namespace {

// Until nothing is due: after an outage there may be more than one sweep's worth. An order that
// fails has its note and does not keep the rest; the run fails after them.
Task<void> expire_all(Orders& orders) {
  constexpr int sweep_max = 200;
  constexpr int sweeps_max = 500;
  constexpr int failures_max = 20;
  std::exception_ptr error;
  int failures = 0;
  for (int i = 0; i < sweeps_max && failures < failures_max; ++i) {
    try {
      const int count = co_await orders.expire_due(sweep_max);
      if (count < sweep_max) break;
    } catch (const pg::Unavailable&) {
      throw;
    } catch (const std::exception&) {
      error = std::current_exception();
      ++failures;
    }
  }
  if (error) std::rethrow_exception(error);
}

Task<void> poll_all(Orders& orders) {
  constexpr int sweep_max = 100;
  co_await orders.poll_payments(sweep_max);
}

}  // namespace

void add_schedules(jobs::Schedules& schedules, Orders& orders) {
  schedules.every(10s, expiry_schedule, [&orders] { return expire_all(orders); });
  schedules.every(10s, payment_schedule, [&orders] { return poll_all(orders); });
}

}  // namespace osier::orders
