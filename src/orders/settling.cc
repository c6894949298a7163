#include "orders/settling.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "orders/order_moves.h"
#include "orders/order_status.h"
#include "orders/refund_store.h"

namespace osier::orders {

using payments::PaymentReport;

Settling::Settling(pg::Database& database, inventory::Inventory& inventory,
                   payments::Payments& payments, const Clock& clock, Loop& loop,
                   AlsoHeld* also_held)
    : database_(database),
      inventory_(inventory),
      payments_(payments),
      clock_(clock),
      also_held_(also_held),
      reports_(loop, batch_max, waiting_max,
               [this](Reports reports) { return settle_batch(std::move(reports)); }),
      acceptances_(loop, batch_max, waiting_max,
                   [this](std::vector<OrderId> ids) { return accept_batch(std::move(ids)); }) {}

void Settling::watch_stages(jobs::StageWatch watch) {
  watch_ = std::move(watch);
  reports_.watch_queue(watch_);
}

Task<void> Settling::settle(PaymentReport report) { co_await reports_.add(std::move(report)); }

Task<Settling::Accepted> Settling::accept(OrderId id) { co_return co_await acceptances_.add(id); }

Task<void> Settling::settle_all(Reports reports) {
  for (std::size_t from = 0; from < reports.size(); from += batch_max) {
    const auto begin = std::next(reports.begin(), static_cast<std::ptrdiff_t>(from));
    const auto end = std::next(
        reports.begin(), static_cast<std::ptrdiff_t>(std::min(reports.size(), from + batch_max)));
    Reports batch(begin, end);
    co_await settle_batch(std::move(batch));
  }
}

bool is_worth_another_try(const std::exception& error) {
  if (dynamic_cast<const pg::OutcomeUnknown*>(&error) != nullptr) return true;
  const auto* failure = dynamic_cast<const pg::StatementFailed*>(&error);
  if (failure == nullptr) return false;
  return failure->is_retryable() || failure->constraint() == "one_living_order_per_cart";
}

std::string manual_payment_reference(payments::PaymentId id) {
  return "manual-" + id.value().to_hex();
}

Task<std::vector<Settling::Done>> Settling::settle_batch(Reports reports) {
  const std::size_t count = reports.size();
  for (int tries = 1;; ++tries) {
    try {
      co_await settle_once(reports);
      co_return std::vector<Done>(count);
    } catch (const pg::Error& error) {
      if (tries >= tries_max || !is_worth_another_try(error)) throw;
    }
    co_await sleep_for(20ms * tries);
  }
}

Task<std::vector<Settling::Accepted>> Settling::accept_batch(std::vector<OrderId> ids) {
  for (int tries = 1;; ++tries) {
    try {
      co_return co_await accept_once(ids);
    } catch (const pg::Error& error) {
      if (tries >= tries_max || !is_worth_another_try(error)) throw;
    }
    co_await sleep_for(20ms * tries);
  }
}

Task<void> Settling::settle_once(Reports reports) {
  std::vector<payments::PaymentId> ids;
  for (const PaymentReport& report : reports) ids.push_back(report.payment_id);

  jobs::StageTimer timer(watch_);
  auto transaction = co_await database_.begin();
  pg::Batch load;
  const auto orders_at = add_lock_orders_of_payments(load, ids);
  const auto books_at = payments_.add_lock_books(load, {}, ids);
  const auto loaded = co_await transaction.run_all(std::move(load));
  auto orders = locked_orders_of(loaded[orders_at]);
  auto books = payments::Payments::books_of(loaded, books_at);
  timer.ends("lock");
  co_await settle_loaded(transaction, std::move(orders), std::move(books), std::move(reports));
}

// The seller's consent to be paid later is the authorization of a manual payment.
static std::optional<PaymentReport> consent_to(const payments::Payment& payment) {
  if (payment.provider != payments::Provider::manual || !payments::is_open(payment.status))
    return std::nullopt;
  PaymentReport report;
  report.payment_id = payment.id;
  report.status = payments::PaymentStatus::authorized;
  report.authorized = payment.amount;
  report.captured = Money::zero(payment.amount.currency());
  report.refunded = report.captured;
  report.provider_payment_id = manual_payment_reference(payment.id);
  return report;
}

static bool is_accepted(const payments::Payment& payment) {
  return payment.provider == payments::Provider::manual &&
         (payment.status == payments::PaymentStatus::authorized ||
          payment.status == payments::PaymentStatus::captured);
}

Task<std::vector<Settling::Accepted>> Settling::accept_once(std::vector<OrderId> ids) {
  std::vector<payments::PayableId> payables;
  for (const OrderId id : ids) payables.emplace_back(id.value());

  auto transaction = co_await database_.begin();
  pg::Batch load;
  const auto orders_at = add_lock_orders(load, ids);
  const auto books_at = payments_.add_lock_books(load, payables, {});
  const auto loaded = co_await transaction.run_all(std::move(load));
  auto orders = locked_orders_of(loaded[orders_at]);
  auto books = payments::Payments::books_of(loaded, books_at);

  std::unordered_map<OrderId, Accepted> answers;
  std::unordered_map<Uuid, OrderStatus> statuses;
  for (const LockedOrder& order : orders) {
    answers.emplace(order.id, refuse(Orders::AcceptRefusal::not_pending));
    statuses.emplace(order.id.value(), order.status);
  }
  Reports reports;
  for (const auto& payment : books.payments) {
    const OrderId id{payment.payable_id.value()};
    const auto order = statuses.find(id.value());
    if (order == statuses.end()) continue;
    const auto status = order->second;
    const bool is_repeat =
        is_accepted(payment) && (status == OrderStatus::placed || status == OrderStatus::completed);
    auto consent = status == OrderStatus::pending ? consent_to(payment) : std::nullopt;
    if (consent || is_repeat) answers.at(id) = Accepted();
    if (consent) reports.push_back(*std::move(consent));
  }
  if (!reports.empty())
    co_await settle_loaded(transaction, std::move(orders), std::move(books), std::move(reports));

  std::vector<Accepted> result;
  for (const OrderId id : ids) {
    const auto answer = answers.find(id);
    result.push_back(answer != answers.end()
                         ? answer->second
                         : Accepted(refuse(Orders::AcceptRefusal::unknown_order)));
  }
  co_return result;
}

namespace {

bool is_late_money(const SettlingCase& one) {
  return one.order.status == OrderStatus::expired &&
         std::ranges::any_of(one.facts.news,
                             [](const auto& booking) { return booking.brings_money; });
}

// What settling writes, in the order of the orders.
struct Writing {
  std::vector<OrderMove> moves;
  std::vector<PaymentState> states;
  std::vector<NewHold> holds;
  std::vector<RefundNews> news;
  std::vector<NewRefund> refunds;
  std::vector<OrderId> being_paid;
};

// Refunds that the shop decides by itself.
void take_down_refund(OrderId id, payments::RefundId refund_id, const Settlement::Refund& refund,
                      Instant now, Writing& writing) {
  writing.news.push_back({.kind = RefundNews::Kind::decided,
                          .id = id,
                          .payment_id = refund.payment_id,
                          .refund_id = refund_id,
                          .amount = refund.amount,
                          .reason = refund.reason});
  OrderRefund record;
  record.id = OrderRefundId{Uuid::v7(now)};
  record.amount = refund.amount;
  record.shipping = Money::zero(refund.amount.currency());
  record.reason = refund.reason;
  record.actor = "system";
  record.payments.push_back({.refund_id = refund_id, .amount = refund.amount});
  writing.refunds.push_back({id, std::move(record)});
}

// Money that has gone back, and money that came back after all.
void take_down_movements(OrderId id, const payments::Booking& booking, Writing& writing) {
  for (const auto& moved : booking.transactions) {
    if (moved.kind != payments::TransactionKind::refund) continue;
    const auto own = std::ranges::find(booking.refunds_done, moved.provider_reference,
                                       &payments::Booking::RefundEnd::reference);
    RefundNews news{.kind = RefundNews::Kind::done,
                    .id = id,
                    .payment_id = booking.payment.id,
                    .refund_id = {},
                    .amount = moved.amount,
                    .reason = {}};
    if (own != booking.refunds_done.end()) news.refund_id = own->id;
    writing.news.push_back(std::move(news));
  }
  for (const auto& failed : booking.refunds_failed) {
    writing.news.push_back({.kind = RefundNews::Kind::failed,
                            .id = id,
                            .payment_id = booking.payment.id,
                            .refund_id = failed.id,
                            .amount = failed.amount,
                            .reason = {}});
  }
}

void take_down(const SettlingCase& one, const Settlement& settlement, Writing& writing) {
  const LockedOrder& order = one.order;
  if (settlement.is_placed) {
    const bool is_late = order.status == OrderStatus::expired;
    writing.moves.push_back({.id = order.id,
                             .number = order.number,
                             .from = order.status,
                             .to = OrderStatus::placed,
                             .actor = "system",
                             .reason = is_late ? "late_payment" : "paid"});
  }
  if (settlement.hold) writing.holds.push_back({order.id, *settlement.hold});
  const PaymentState state{.id = order.id,
                           .status = derive_payment_status(order.total, one.facts.payments),
                           .paid = paid_of(order.total.currency(), one.facts.payments)};
  if (state.status != order.payment_status || state.paid != order.paid)
    writing.states.push_back(state);
}

std::set<payments::PaymentId> payments_under_way(const std::vector<PaymentReport>& reports) {
  std::set<payments::PaymentId> ids;
  for (const PaymentReport& report : reports) {
    if (report.is_under_way) ids.insert(report.payment_id);
  }
  return ids;
}

bool is_being_paid(const SettlingCase& one, const std::set<payments::PaymentId>& under_way) {
  return one.order.status == OrderStatus::pending &&
         std::ranges::any_of(one.facts.payments, [&](const payments::Payment& payment) {
           return under_way.contains(payment.id);
         });
}

}  // namespace

// The locked orders with what the reports say, booked. A payment whose order is not ours to lock is
// passed over.
Task<Settling::Cases> Settling::book(pg::Transaction& transaction, std::vector<LockedOrder> orders,
                                     payments::Payments::Books books, Reports reports,
                                     pg::Batch& write) {
  Cases cases;
  for (LockedOrder& order : orders) {
    SettlingCase& one = cases[order.id];
    one.facts.status = order.status;
    one.facts.total = order.total;
    one.order = std::move(order);
  }
  auto recorded = co_await payments_.record(transaction, books, std::move(reports), write);
  for (auto& booking : recorded) {
    const auto one = cases.find(OrderId{booking.payment.payable_id.value()});
    if (one != cases.end()) one->second.facts.news.push_back(std::move(booking));
  }
  for (auto& payment : books.payments) {
    const auto one = cases.find(OrderId{payment.payable_id.value()});
    if (one != cases.end()) one->second.facts.payments.push_back(std::move(payment));
  }
  co_return cases;
}

Task<void> Settling::settle_locked(pg::Transaction& transaction, std::vector<LockedOrder> orders,
                                   Reports reports) {
  std::vector<payments::PayableId> payables;
  for (const LockedOrder& order : orders) payables.emplace_back(order.id.value());
  pg::Batch load;
  const auto books_at = payments_.add_lock_books(load, payables, {});
  auto books =
      payments::Payments::books_of(co_await transaction.run_all(std::move(load)), books_at);
  co_await settle_loaded(transaction, std::move(orders), std::move(books), std::move(reports));
}

Task<void> Settling::settle_loaded(pg::Transaction& transaction, std::vector<LockedOrder> orders,
                                   payments::Payments::Books books, Reports reports) {
  const auto under_way = payments_under_way(reports);
  jobs::StageTimer timer(watch_);
  pg::Batch write;
  auto cases =
      co_await book(transaction, std::move(orders), std::move(books), std::move(reports), write);
  timer.ends("book");
  std::vector<OrderId> late;
  for (const auto& [id, one] : cases) {
    if (is_late_money(one)) late.push_back(id);
  }
  if (!late.empty()) {
    const auto honoured = co_await honour_late_money(transaction, std::move(late), write);
    for (const OrderId id : honoured) cases.at(id).facts.can_be_honoured = true;
  }

  Writing writing;
  for (const auto& [id, one] : cases) {
    const Settlement settlement = decide_settlement(one.facts);
    // A refund is of money that is booked.
    if (!settlement.refunds.empty() && !write.empty())
      co_await transaction.run_all(std::exchange(write, {}));
    for (const auto& refund : settlement.refunds) {
      const auto refund_id = co_await payments_.add_refund(transaction, refund.payment_id,
                                                           refund.amount, refund.reason);
      if (refund_id) take_down_refund(id, *refund_id, refund, clock_.now(), writing);
    }
    for (const auto& booking : one.facts.news) take_down_movements(id, booking, writing);
    take_down(one, settlement, writing);
    if (!settlement.is_placed && is_being_paid(one, under_way)) writing.being_paid.push_back(id);
  }
  add_payment_states(write, writing.states);
  add_moves(write, writing.moves, clock_.now());
  add_holds(write, writing.holds);
  add_refund_records(write, writing.refunds);
  add_refund_events(write, writing.news, clock_.now());
  add_extend_holds(write, writing.being_paid);
  co_await transaction.run_all_and_commit(std::move(write));
  timer.ends("commit");
}

namespace {

// The orders' demands, one order per cart: of two late payments for one cart the earlier order gets
// the units.
std::vector<inventory::HolderDemand> demands_of(const std::vector<UnitsWanted>& wanted) {
  std::vector<inventory::HolderDemand> demands;
  std::map<Uuid, OrderId> of_cart;
  for (const UnitsWanted& units : wanted) {
    if (units.cart_id && of_cart.try_emplace(*units.cart_id, units.id).first->second != units.id)
      continue;
    const inventory::HolderId holder{units.id.value()};
    if (demands.empty() || demands.back().holder_id != holder) demands.push_back({holder, {}});
    demands.back().demands.push_back({units.variant_id, units.quantity});
  }
  return demands;
}

}  // namespace

Task<std::vector<OrderId>> Settling::honour_late_money(pg::Transaction& transaction,
                                                       std::vector<OrderId> candidates,
                                                       pg::Batch& write) {
  const auto wanted = co_await select_units_to_honour(transaction, std::move(candidates));
  const auto demands = demands_of(wanted);
  std::vector<inventory::VariantId> variants;
  for (const UnitsWanted& units : wanted) variants.push_back(units.variant_id);

  pg::Batch load;
  const auto levels_at = inventory_.add_lock_levels(load, variants);
  const auto loaded = co_await transaction.run_all(std::move(load));
  const auto levels = inventory::Inventory::levels_of(loaded[levels_at]);

  const auto decided = inventory::decide_commitments(levels, demands);
  std::vector<OrderId> honoured;
  for (std::size_t i = 0; i < decided.size(); ++i) {
    if (decided[i]) honoured.emplace_back(demands[i].holder_id.value());
  }
  // An order that cannot have the rest leaves its units where they are.
  if (also_held_ != nullptr && !honoured.empty())
    honoured = co_await also_held_->take_again(transaction, std::move(honoured));
  std::vector<inventory::Commitment> commitments;
  for (std::size_t i = 0; i < decided.size(); ++i) {
    const OrderId id{demands[i].holder_id.value()};
    if (decided[i] && std::ranges::find(honoured, id) != honoured.end())
      std::ranges::copy(*decided[i], std::back_inserter(commitments));
  }
  inventory_.add_commit_units(write, levels, commitments);
  co_return honoured;
}

}  // namespace osier::orders
