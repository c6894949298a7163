// Sending money back: deciding, carrying out, giving up.

#include <algorithm>
#include <random>

#include "payments/payment_store.h"
#include "payments/payments.h"
#include "payments/refund_store.h"
#include "platform/jobs/backoff.h"

namespace osier::payments {

Task<Result<RefundId, Payments::RefundRefusal>> Payments::add_refund(pg::Transaction& transaction,
                                                                     PaymentId payment_id,
                                                                     Money amount,
                                                                     std::string reason) {
  require(amount.amount_minor() > 0, "a refund gives something back");
  std::vector<PaymentId> ids{payment_id};
  const auto locked = co_await lock_payments(transaction, std::move(ids));
  require(!locked.empty(), "a refund is of a payment that is there");
  const Payment& payment = locked.front();

  const auto under_way = co_await sum_of_refunds_under_way(transaction, payment_id);
  const Money left =
      payment.captured - payment.refunded - Money::minor(under_way, amount.currency());
  if (amount > left) co_return refuse(RefundRefusal::more_than_captured);

  const RefundId id{Uuid::v7(clock_.now())};
  co_await insert_refund(transaction, id, payment_id, amount, std::move(reason));
  co_return id;
}

Task<std::vector<Payments::Held>> Payments::lock_of_payable(pg::Transaction& transaction,
                                                            PayableId payable_id) {
  co_return co_await lock_held_of_payable(transaction, payable_id);
}

Task<std::vector<Refund>> Payments::refunds_of(pg::Transaction& transaction, PayableId payable_id) {
  co_return co_await select_refunds(transaction, payable_id);
}

Task<std::vector<Refund>> Payments::refunds_of(PayableId payable_id) {
  co_return co_await select_refunds(database_, payable_id);
}

Task<bool> Payments::has_transaction(pg::Transaction& transaction, PaymentId payment_id,
                                     TransactionKind kind, std::string reference) {
  co_return co_await is_transaction_known(transaction, payment_id, kind, std::move(reference));
}

Task<std::vector<PaymentReport>> Payments::carry_out_refunds(int limit) {
  const auto due = co_await take_due_refunds(database_, limit);
  std::vector<PaymentReport> reports;
  for (const DueRefundRow& row : due) {
    auto report = co_await carry_out(row);
    if (report) reports.push_back(*std::move(report));
  }
  co_return reports;
}

Task<std::optional<PaymentReport>> Payments::carry_out(DueRefundRow due) {
  const auto payment = co_await get(due.payment_id);
  if (due.provider_reference) co_return co_await ask_about_refund(payment, std::move(due));
  const Money amount = Money::minor(due.amount_minor, payment.amount.currency());
  std::optional<std::string> reference;
  std::string failure;
  int attempts_max = refund_attempts_max;
  try {
    reference = co_await provider_of(payment).refund(payment, due.id, amount);
  } catch (const RefundRefused& error) {
    failure = error.what();
    attempts_max = refused_attempts_max;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (!reference) {
    const bool is_last = due.attempts >= attempts_max;
    co_return co_await put_off(payment, std::move(due), std::move(failure), is_last);
  }
  co_await store_refund_reference(database_, due.id, *reference);
  PaymentReport report = report_as_booked(payment);
  report.refunds.emplace_back(*reference, amount);
  co_return report;
}

// It was made, and the process died before it was booked: by now it may have failed.
Task<std::optional<PaymentReport>> Payments::ask_about_refund(Payment payment, DueRefundRow due) {
  std::string failure = "the provider does not show the refund";
  try {
    auto report = co_await provider_of(payment).ask(payment);
    const auto is_it = [&](const std::string& shown) { return shown == *due.provider_reference; };
    const bool is_shown =
        std::ranges::any_of(report.failed_refunds, is_it) ||
        std::ranges::any_of(report.refunds, is_it, &std::pair<std::string, Money>::first);
    if (is_shown) co_return report;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  const bool is_last = due.attempts >= refund_attempts_max;
  co_return co_await put_off(std::move(payment), std::move(due), std::move(failure), is_last);
}

// Until later, or for staff.
Task<std::optional<PaymentReport>> Payments::put_off(Payment payment, DueRefundRow due,
                                                     std::string failure, bool is_last) {
  if (is_last) {
    PaymentReport report = report_as_booked(payment);
    report.given_up.emplace_back(due.id, std::move(failure));
    co_return report;
  }
  const auto wait = jobs::backoff(due.attempts, std::random_device{}());
  co_await store_refund_failure(database_, due.id, wait, std::move(failure));
  co_return std::nullopt;
}

}  // namespace osier::payments
