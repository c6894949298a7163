// Money that staff see at the bank: transfers that came, refunds they have sent.

#include <fmt/format.h>

#include <algorithm>

#include "orders/order_moves.h"
#include "orders/refunds.h"

namespace osier::orders {

using payments::Provider;
using payments::Refund;
using payments::RefundStatus;
using payments::TransactionKind;

// The newest that is not over; a transfer for one that is over is late money.
static const payments::Payment* manual_payment(
    const std::vector<payments::Payments::Held>& payments) {
  const payments::Payment* found = nullptr;
  for (const auto& held : payments) {
    if (held.payment.provider != Provider::manual) continue;
    const bool is_better = found == nullptr || payments::is_ended(found->status) ||
                           !payments::is_ended(held.payment.status);
    if (is_better) found = &held.payment;
  }
  return found;
}

Task<StaffAnswer> Refunds::capture_once(CaptureCommand command) {
  auto transaction = co_await database_.begin();
  auto order = co_await lock(transaction, command.order_id);
  if (!order) co_return refuse(StaffRefusal::unknown_order);
  StaffCommand noting{.key = command.key,
                      .order_id = command.order_id,
                      .kind = "capture",
                      .content = fmt::format("{} {}\n{}", command.amount.to_decimal(),
                                             command.amount.currency().code(), command.reference),
                      .actor = command.actor.name};
  const auto noted = co_await note_command(transaction, std::move(noting));
  if (noted.seen == CommandSeen::as_another) co_return refuse(StaffRefusal::key_reused);
  if (noted.seen == CommandSeen::again) co_return StaffAnswer();

  const bool is_money =
      command.amount.amount_minor() > 0 && command.amount.currency() == order->total.currency();
  if (!is_money) co_return refuse(StaffRefusal::amount_invalid);
  const auto held = co_await payments_.lock_of_payable(
      transaction, payments::PayableId{command.order_id.value()});
  const payments::Payment* payment = manual_payment(held);
  if (payment == nullptr) co_return refuse(StaffRefusal::no_manual_payment);
  const bool is_known = co_await payments_.has_transaction(
      transaction, payment->id, TransactionKind::capture, command.reference);
  if (is_known) co_return refuse(StaffRefusal::reference_known);

  audit::Facts facts;
  facts.add("amount_minor", command.amount.amount_minor());
  facts.add("payment_id", payment->id.value().to_string());
  pg::Batch entry;
  audit::add_entries(
      entry, {entry_of(command.order_id, "order.transfer_noted", command.actor, std::move(facts))},
      clock_.now());
  co_await transaction.run_all(std::move(entry));
  auto report = payments::report_as_booked(*payment);
  report.status = payments::PaymentStatus::captured;
  report.captured = payment->captured + command.amount;
  report.authorized = std::max(payment->authorized, report.captured);
  report.capture_reference = command.reference;
  if (report.provider_payment_id.empty())
    report.provider_payment_id = manual_payment_reference(payment->id);
  std::vector<LockedOrder> orders{*std::move(order)};
  std::vector<payments::PaymentReport> reports{std::move(report)};
  co_await settling_.settle_locked(transaction, std::move(orders), std::move(reports));
  co_return StaffAnswer();
}

namespace {

// By its id any refund that still has to be carried out by hand; without, the only one of a manual
// payment that waits.
Result<Refund, StaffRefusal> refund_meant(const std::vector<Refund>& refunds,
                                          const std::optional<payments::RefundId>& id) {
  const Refund* found = nullptr;
  for (const Refund& refund : refunds) {
    const bool waits =
        refund.status == RefundStatus::created && refund.provider == Provider::manual;
    const bool is_meant =
        id ? refund.id == *id && (waits || refund.status == RefundStatus::failed) : waits;
    if (!is_meant) continue;
    if (found != nullptr) return refuse(StaffRefusal::several_refunds);
    found = &refund;
  }
  if (found == nullptr) return refuse(StaffRefusal::unknown_refund);
  return *found;
}

}  // namespace

Task<StaffAnswer> Refunds::refunded_once(RefundedCommand command) {
  auto transaction = co_await database_.begin();
  auto order = co_await lock(transaction, command.order_id);
  if (!order) co_return refuse(StaffRefusal::unknown_order);
  const std::string named = command.refund_id ? command.refund_id->value().to_string() : "";
  StaffCommand noting{.key = command.key,
                      .order_id = command.order_id,
                      .kind = "refunded",
                      .content = fmt::format("{}\n{}", named, command.reference),
                      .actor = command.actor.name};
  const auto noted = co_await note_command(transaction, std::move(noting));
  if (noted.seen == CommandSeen::as_another) co_return refuse(StaffRefusal::key_reused);
  if (noted.seen == CommandSeen::again) co_return StaffAnswer();

  const payments::PayableId payable{command.order_id.value()};
  const auto payments = co_await payments_.lock_of_payable(transaction, payable);
  const auto refunds = co_await payments_.refunds_of(transaction, payable);
  const auto refund = refund_meant(refunds, command.refund_id);
  if (!refund) co_return refuse(refund.error());
  const auto held = std::ranges::find_if(
      payments, [&](const auto& each) { return each.payment.id == refund->payment_id; });
  // A decision that failed holds no money back: it may have been decided anew since.
  const bool was_failed = refund->status == RefundStatus::failed;
  if (was_failed && refund->amount > held->left()) co_return refuse(StaffRefusal::more_than_paid);
  const bool is_known = co_await payments_.has_transaction(
      transaction, refund->payment_id, TransactionKind::refund, command.reference);
  if (is_known) co_return refuse(StaffRefusal::reference_known);

  audit::Facts facts;
  facts.add("amount_minor", refund->amount.amount_minor());
  facts.add("refund_id", refund->id.value().to_string());
  pg::Batch batch;
  audit::add_entries(
      batch, {entry_of(command.order_id, "order.refund_noted", command.actor, std::move(facts))},
      clock_.now());
  if (was_failed) add_release_of_hold(batch, command.order_id, "refund_failed", command.actor.name);
  co_await transaction.run_all(std::move(batch));
  auto report = payments::report_as_booked(held->payment);
  report.refunds.emplace_back(command.reference, refund->amount);
  report.own_refunds.emplace_back(command.reference, refund->id);
  std::vector<LockedOrder> orders{*std::move(order)};
  std::vector<payments::PaymentReport> reports{std::move(report)};
  co_await settling_.settle_locked(transaction, std::move(orders), std::move(reports));
  co_return StaffAnswer();
}

}  // namespace osier::orders
