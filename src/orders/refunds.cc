#include "orders/refunds.h"

#include <fmt/format.h>

#include <algorithm>

#include "orders/order_moves.h"
#include "orders/order_status.h"

namespace osier::orders {

using payments::PaymentStatus;
using payments::Provider;

// A command whose outcome is unknown is simply given again: its key tells whether it was obeyed.
template <class Answer, class Command>
Task<Answer> Refunds::insist(Task<Answer> (Refunds::*once)(Command), Command command) {
  for (int tries = 1;; ++tries) {
    try {
      co_return co_await (this->*once)(command);
    } catch (const pg::Error& error) {
      if (tries >= tries_max || !is_worth_another_try(error)) throw;
    }
    co_await sleep_for(20ms * tries);
  }
}

Task<RefundAnswer> Refunds::refund(RefundCommand command) {
  co_return co_await insist(&Refunds::refund_once, std::move(command));
}
Task<RefundAnswer> Refunds::cancel(CancelCommand command) {
  co_return co_await insist(&Refunds::cancel_once, std::move(command));
}
Task<StaffAnswer> Refunds::capture(CaptureCommand command) {
  co_return co_await insist(&Refunds::capture_once, std::move(command));
}
Task<StaffAnswer> Refunds::refunded(RefundedCommand command) {
  co_return co_await insist(&Refunds::refunded_once, std::move(command));
}

// --- Loading.

Task<std::optional<LockedOrder>> Refunds::lock(pg::Transaction& transaction, OrderId id) {
  std::vector<OrderId> ids{id};
  auto orders = co_await lock_orders(transaction, std::move(ids));
  if (orders.empty()) co_return std::nullopt;
  co_return std::move(orders.front());
}

// Units of one variant belong to its lines in their order.
static void spread_unsent(RefundableOrder& order,
                          const std::vector<inventory::OutstandingUnits>& held) {
  std::map<catalog::VariantId, std::int64_t> left;
  for (const auto& units : held) left[units.variant_id] += units.quantity;
  for (std::size_t i = 0; i < order.facts.lines.size(); ++i) {
    RefundFacts::Line& line = order.facts.lines[i];
    std::int64_t& here = left[order.variants[i]];
    line.unsent =
        static_cast<std::int32_t>(std::min<std::int64_t>(here, line.quantity - line.canceled));
    here -= line.unsent;
  }
}

Task<Refunds::Case> Refunds::load(pg::Transaction& transaction, LockedOrder order,
                                  bool with_units) {
  Case one;
  one.order = std::move(order);
  const OrderId id = one.order.id;
  one.payments = co_await payments_.lock_of_payable(transaction, payments::PayableId{id.value()});
  if (with_units)
    one.units = co_await inventory_.lock_held(transaction, inventory::HolderId{id.value()});
  one.lines = co_await load_refundable(transaction, id);
  spread_unsent(one.lines, one.units);
  for (const auto& held : one.payments) {
    // Money of another currency cannot be in our books.
    if (held.payment.amount.currency() != one.lines.facts.currency) continue;
    one.lines.facts.sources.push_back({held.payment.id, held.left()});
  }
  co_return one;
}

Task<RefundAnswer> Refunds::answer_again(pg::Transaction& transaction, OrderId id,
                                         NotedCommand noted) {
  if (noted.seen == CommandSeen::as_another) co_return refuse(StaffRefusal::key_reused);
  const auto refunds = co_await select_order_refunds(transaction, id);
  const auto first = std::ranges::find_if(
      refunds, [&](const OrderRefund& each) { return each.id == noted.order_refund_id; });
  require(first != refunds.end(), "a command that was obeyed has its refund");
  co_return *first;
}

// --- Deciding.

static StaffRefusal refusal_of(inventory::TakeOutRefusal refusal) {
  switch (refusal) {
    case inventory::TakeOutRefusal::not_held:
      return StaffRefusal::units_not_there;
    case inventory::TakeOutRefusal::not_on_hand:
      return StaffRefusal::not_on_hand;
  }
}

static inventory::TakenOut taken_out(RefundedUnits units) {
  return units == RefundedUnits::written_off ? inventory::TakenOut::damaged
                                             : inventory::TakenOut::released;
}

Result<Refunds::Decided, StaffRefusal> Refunds::decide(const Case& one,
                                                       const RefundRequest& request) const {
  auto plan = decide_refund(one.lines.facts, request);
  if (!plan) return refuse(plan.error());
  for (const RefundPlan::Part& part : plan->parts) {
    const auto held = std::ranges::find_if(
        one.payments, [&](const auto& each) { return each.payment.id == part.payment_id; });
    if (!payments::Payments::can_refund(held->payment.provider, part.amount))
      return refuse(StaffRefusal::provider_cannot);
  }

  std::vector<inventory::Demand> demands;
  for (const OrderRefund::Line& taken : plan->lines) {
    const auto line =
        std::ranges::find(one.lines.facts.lines, taken.line_id, &RefundFacts::Line::id);
    const auto index = static_cast<std::size_t>(line - one.lines.facts.lines.begin());
    demands.push_back({one.lines.variants[index], taken.quantity});
  }
  Decided decided;
  if (!demands.empty()) {
    auto units = inventory::decide_take_out(inventory::HolderId{one.order.id.value()}, one.units,
                                            demands, taken_out(request.units));
    if (!units) return refuse(refusal_of(units.error()));
    decided.units = *std::move(units);
    decided.how = request.units;
  }
  decided.plan = *std::move(plan);
  return decided;
}

// --- Writing.

// An order that is over keeps its hold until no money of it is left with us.
static bool settles_failed_refunds(const LockedOrder& order, const RefundFacts& facts,
                                   const RefundPlan& plan) {
  if (plan.parts.empty()) return false;
  if (order.status == OrderStatus::placed || order.status == OrderStatus::completed) return true;
  Money left = Money::zero(facts.currency);
  for (const auto& source : facts.sources) left += source.left;
  return left == plan.amount;
}

audit::Entry entry_of(OrderId id, std::string action, audit::Actor actor, audit::Facts facts) {
  return {.actor = std::move(actor),
          .action = std::move(action),
          .object_kind = "order",
          .object_id = id.value().to_string(),
          .after = std::move(facts)};
}

static audit::Facts facts_of(const OrderRefund& refund, OrderStatus before) {
  std::int64_t units = 0;
  for (const OrderRefund::Line& line : refund.lines) units += line.quantity;
  audit::Facts facts;
  facts.add("refund_id", refund.id.value().to_string())
      .add("amount_minor", refund.amount.amount_minor())
      .add("shipping_minor", refund.shipping.amount_minor())
      .add("quantity", units)
      .add("units", std::string(to_string(refund.units)))
      .add("status_before", std::string(to_string(before)));
  return facts;
}

Task<OrderRefund> Refunds::write(pg::Transaction& transaction, pg::Batch& batch, Case one,
                                 Decided decided) {
  OrderRefund refund;
  refund.id = OrderRefundId{Uuid::v7(clock_.now())};
  refund.amount = decided.plan.amount;
  refund.shipping = decided.plan.shipping;
  refund.units = decided.how;
  refund.reason = decided.reason;
  refund.actor = decided.actor.name;
  refund.at = clock_.now();
  refund.lines = decided.plan.lines;

  std::vector<RefundNews> news;
  for (const RefundPlan::Part& part : decided.plan.parts) {
    const auto id =
        co_await payments_.add_refund(transaction, part.payment_id, part.amount, decided.reason);
    require(id.has_value(), "the locked payments still have the money we saw");
    const auto held = std::ranges::find_if(
        one.payments, [&](const auto& each) { return each.payment.id == part.payment_id; });
    refund.payments.push_back({.refund_id = *id,
                               .amount = part.amount,
                               .status = payments::RefundStatus::created,
                               .provider = held->payment.provider});
    news.push_back({.kind = RefundNews::Kind::decided,
                    .id = one.order.id,
                    .payment_id = part.payment_id,
                    .refund_id = *id,
                    .amount = part.amount,
                    .reason = "staff"});
  }

  inventory_.add_take_out(batch, decided.units, taken_out(decided.how), "order refund",
                          decided.actor.name);
  add_refund_records(batch, {{one.order.id, refund}});
  add_canceled_units(batch, one.order.id, refund.lines);
  if (settles_failed_refunds(one.order, one.lines.facts, decided.plan))
    add_release_of_hold(batch, one.order.id, "refund_failed", decided.actor.name);
  add_refund_events(batch, news, clock_.now());
  add_command_result(batch, decided.key, refund.id);
  audit::add_entries(
      batch,
      {entry_of(one.order.id, decided.action, decided.actor, facts_of(refund, one.order.status))},
      clock_.now());
  co_return refund;
}

// --- Refund.

static std::string content_of(const RefundCommand& command) {
  std::vector<std::pair<std::string, std::int32_t>> lines;
  for (const UnitsOfLine& line : command.what.lines)
    lines.emplace_back(line.line_id.value().to_string(), line.quantity);
  for (const UnitsOfSku& units : command.what.skus)
    lines.emplace_back("sku " + units.sku, units.quantity);
  std::ranges::sort(lines);
  const auto& amount = command.what.amount;
  const bool is_everything = command.what.scope == RefundRequest::Scope::everything;
  std::string content = is_everything ? "everything" : "part";
  for (const auto& [line, quantity] : lines) content += fmt::format("\n{} {}", line, quantity);
  content += fmt::format("\n{}\n{}\n{}\n{}", command.what.with_shipping ? "shipping" : "",
                         amount ? amount->to_decimal() + amount->currency().code() : "",
                         to_string(command.what.units), command.reason);
  return content;
}

// Finds the lines of SKUs: units that are still there first, and what is too many on the last line,
// where the rule refuses it.
static std::optional<StaffRefusal> find_lines(const RefundableOrder& order,
                                              RefundRequest& request) {
  for (const UnitsOfSku& wanted : request.skus) {
    if (wanted.quantity <= 0) return StaffRefusal::units_not_there;
    std::int32_t left = wanted.quantity;
    const RefundFacts::Line* last = nullptr;
    for (std::size_t i = 0; i < order.facts.lines.size(); ++i) {
      if (order.skus[i] != wanted.sku) continue;
      last = &order.facts.lines[i];
      const std::int32_t now = std::min(left, last->unsent);
      if (now > 0) request.lines.push_back({last->id, now});
      left -= now;
    }
    if (last == nullptr) return StaffRefusal::unknown_line;
    if (left > 0) request.lines.push_back({last->id, left});
  }
  return std::nullopt;
}

Task<RefundAnswer> Refunds::refund_once(RefundCommand command) {
  auto transaction = co_await database_.begin();
  auto order = co_await lock(transaction, command.order_id);
  if (!order) co_return refuse(StaffRefusal::unknown_order);
  StaffCommand noting{.key = command.key,
                      .order_id = command.order_id,
                      .kind = "refund",
                      .content = content_of(command),
                      .actor = command.actor.name};
  const auto noted = co_await note_command(transaction, std::move(noting));
  if (noted.seen != CommandSeen::first_time)
    co_return co_await answer_again(transaction, command.order_id, noted);

  const bool with_units = command.what.scope == RefundRequest::Scope::everything ||
                          !command.what.lines.empty() || !command.what.skus.empty();
  auto one = co_await load(transaction, *std::move(order), with_units);
  const auto unknown = find_lines(one.lines, command.what);
  if (unknown) co_return refuse(*unknown);
  auto decided = decide(one, command.what);
  if (!decided) co_return refuse(decided.error());
  decided->reason = command.reason;
  decided->actor = command.actor;
  decided->key = command.key;
  decided->action = "order.refunded";

  pg::Batch batch;
  auto refund = co_await write(transaction, batch, std::move(one), *std::move(decided));
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return refund;
}

// --- Cancel.

Task<StaffAnswer> Refunds::void_authorized(pg::Transaction& transaction, Case& one) {
  std::vector<payments::PaymentReport> reports;
  for (const auto& held : one.payments) {
    const payments::Payment& payment = held.payment;
    if (payment.status == PaymentStatus::processing)
      co_return refuse(StaffRefusal::payment_under_way);
    if (payment.status != PaymentStatus::authorized) continue;
    if (payment.provider != Provider::manual) co_return refuse(StaffRefusal::payment_under_way);
    auto report = payments::report_as_booked(payment);
    report.status = PaymentStatus::canceled;
    reports.push_back(std::move(report));
  }
  if (!reports.empty()) (void)co_await payments_.record(transaction, std::move(reports));
  co_return StaffAnswer();
}

static bool has_all_units(const RefundFacts& facts) {
  return std::ranges::all_of(facts.lines, [](const RefundFacts::Line& line) {
    return line.unsent == line.quantity - line.canceled;
  });
}

Task<RefundAnswer> Refunds::cancel_once(CancelCommand command) {
  auto transaction = co_await database_.begin();
  auto order = co_await lock(transaction, command.order_id);
  if (!order) co_return refuse(StaffRefusal::unknown_order);
  StaffCommand noting{.key = command.key,
                      .order_id = command.order_id,
                      .kind = "cancel",
                      .content = fmt::format("{}\n{}", to_string(command.units), command.reason),
                      .actor = command.actor.name};
  const auto noted = co_await note_command(transaction, std::move(noting));
  if (noted.seen != CommandSeen::first_time)
    co_return co_await answer_again(transaction, command.order_id, noted);
  if (order->status != OrderStatus::placed) co_return refuse(StaffRefusal::wrong_status);

  auto one = co_await load(transaction, *std::move(order), true);
  if (!has_all_units(one.lines.facts)) co_return refuse(StaffRefusal::already_sent);
  const auto voided = co_await void_authorized(transaction, one);
  if (!voided) co_return refuse(voided.error());
  const RefundRequest everything{
      .scope = RefundRequest::Scope::everything, .lines = {}, .amount = {}, .units = command.units};
  auto decided = decide(one, everything);
  // Units and money may have gone back before: then there is only the order to end.
  const bool is_bare = !decided && decided.error() == StaffRefusal::nothing_to_refund;
  if (!decided && !is_bare) co_return refuse(decided.error());
  Decided last = is_bare ? Decided{} : *std::move(decided);
  if (is_bare) last.plan.amount = last.plan.shipping = Money::zero(one.lines.facts.currency);
  last.reason = command.reason;
  last.actor = command.actor;
  last.key = command.key;
  last.action = "order.canceled";

  std::vector<payments::PayableId> payables{payments::PayableId{command.order_id.value()}};
  const auto now = co_await payments_.of_payables(transaction, std::move(payables));
  const Money total = one.order.total;
  const OrderMove move{.id = one.order.id,
                       .number = one.order.number,
                       .from = OrderStatus::placed,
                       .to = OrderStatus::canceled,
                       .actor = command.actor.name,
                       .reason = "staff"};
  std::vector<OrderId> ended{command.order_id};
  if (also_held_ != nullptr) co_await also_held_->release(transaction, std::move(ended));
  pg::Batch batch;
  auto refund = co_await write(transaction, batch, std::move(one), std::move(last));
  add_payment_states(batch, {{.id = command.order_id,
                              .status = derive_payment_status(total, now),
                              .paid = paid_of(total.currency(), now)}});
  add_moves(batch, {move}, clock_.now());
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return refund;
}

}  // namespace osier::orders
