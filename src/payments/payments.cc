#include "payments/payments.h"

#include <algorithm>
#include <random>

#include "payments/payment_store.h"
#include "platform/jobs/backoff.h"

namespace osier::payments {

Payments::Payments(pg::Database& database, const Clock& clock, PaymentProvider* stripe)
    : database_(database), clock_(clock), stripe_(stripe) {}

std::vector<Provider> Payments::available() const {
  if (stripe_ == nullptr) return {Provider::manual};
  return {Provider::stripe, Provider::manual};
}

void Payments::add_open(pg::Batch& batch, const std::vector<NewPayment>& payments) const {
  add_insert_payments(batch, payments);
}

Task<std::vector<Payments::Recorded>> Payments::record(pg::Transaction& transaction,
                                                       std::vector<PaymentReport> reports) {
  std::vector<PaymentId> ids;
  for (const PaymentReport& report : reports) ids.push_back(report.payment_id);
  auto locked = co_await lock_payments(transaction, std::move(ids));

  // Several reports about one payment build on each other.
  std::vector<Recorded> bookings;
  RefundReferences refunds;
  for (const PaymentReport& report : reports) {
    const auto payment = locked.payments.find(report.payment_id);
    if (payment == locked.payments.end()) continue;
    auto& known = locked.transactions[report.payment_id];
    Booking booking = book(payment->second, known, report);
    known.insert(known.end(), booking.transactions.begin(), booking.transactions.end());
    payment->second = booking.payment;
    bookings.push_back(std::move(booking));
    for (const auto& [reference, amount] : report.refunds) {
      refunds.payments.push_back(report.payment_id);
      refunds.references.push_back(reference);
    }
  }

  pg::Batch batch;
  add_bookings(batch, bookings, clock_.now());
  add_refunds_done(batch, refunds);
  if (!batch.empty()) co_await transaction.run_all(std::move(batch));
  co_return bookings;
}

Task<Result<RefundId, Payments::RefundRefusal>> Payments::add_refund(pg::Transaction& transaction,
                                                                     PaymentId payment_id,
                                                                     Money amount,
                                                                     std::string reason) {
  require(amount.amount_minor() > 0, "a refund gives something back");
  std::vector<PaymentId> ids{payment_id};
  const auto locked = co_await lock_payments(transaction, std::move(ids));
  const auto payment = locked.payments.find(payment_id);
  require(payment != locked.payments.end(), "a refund is of a payment that is there");

  const auto under_way = co_await sum_of_refunds_under_way(transaction, payment_id);
  const Money left = payment->second.captured - payment->second.refunded -
                     Money::minor(under_way, amount.currency());
  if (amount > left) co_return refuse(RefundRefusal::more_than_captured);

  const RefundId id{Uuid::v7(clock_.now())};
  co_await insert_refund(transaction, id, payment_id, amount, std::move(reason));
  co_return id;
}

Task<std::vector<Payment>> Payments::of_payables(pg::Transaction& transaction,
                                                 std::vector<PayableId> payables) {
  co_return co_await select_of_payables(transaction, std::move(payables));
}

Task<std::optional<Payment>> Payments::find(PaymentId id) {
  co_return co_await select_payment(database_, id);
}

std::size_t Payments::add_find_of_payables(pg::Batch& batch,
                                           const std::vector<PayableId>& payables) const {
  return add_select_of_payables(batch, payables);
}

std::vector<Payment> Payments::payments_of(const pg::Rows& rows) {
  return payments::payments_of(rows);
}

Task<std::vector<Payment>> Payments::of_payable(PayableId payable_id) {
  co_return co_await select_of_payable(database_, payable_id);
}

Task<std::optional<Payment>> Payments::find_by_provider_id(std::string session_or_payment_id) {
  co_return co_await select_by_provider_id(database_, std::move(session_or_payment_id));
}

Task<std::vector<Payment>> Payments::find_by_provider_ids(
    std::vector<std::string> session_or_payment_ids) {
  co_return co_await select_by_provider_ids(database_, std::move(session_or_payment_ids));
}

PaymentProvider& Payments::provider_of(const Payment& payment) const {
  require(payment.provider == Provider::stripe, "manual payment has no provider to call");
  if (stripe_ == nullptr) throw ProviderUnavailable("Stripe is not configured");
  return *stripe_;
}

Task<Payment> Payments::get(PaymentId id) {
  auto payment = co_await find(id);
  if (!payment) throw std::runtime_error("there is no payment " + id.value().to_string());
  co_return *std::move(payment);
}

Task<Result<Payment, OpenRefusal>> Payments::open_at_provider(Purchase purchase) {
  const auto id = purchase.payment_id;
  auto payment = co_await get(id);
  if (!is_open(payment.status)) co_return refuse(OpenRefusal::payment_ended);
  const bool is_opened = !payment.url.empty() || !payment.client_secret.empty();
  if (payment.provider == Provider::manual || is_opened) co_return payment;

  auto& provider = provider_of(payment);
  const auto opened = co_await provider.open(payment.method, std::move(purchase));
  if (!opened) co_return refuse(opened.error());

  const bool is_stored = co_await update_opened(database_, id, *opened);
  if (!is_stored) {
    // The attempt was ended while we made it. Nobody has seen its page; close it, so that nobody
    // can pay on it.
    if (!opened->session_id.empty()) payment.provider_session_id = opened->session_id;
    if (!opened->payment_id.empty()) payment.provider_payment_id = opened->payment_id;
    co_await provider.close(payment);
    co_return refuse(OpenRefusal::payment_ended);
  }
  co_return co_await get(id);
}

static PaymentReport report_of(const Payment& payment) {
  return {.payment_id = payment.id,
          .status = payment.status,
          .authorized = payment.authorized,
          .captured = payment.captured,
          .refunded = payment.refunded,
          .provider_payment_id = payment.provider_payment_id.value_or(""),
          .capture_reference = {},
          .refunds = {},
          .failure_reason = payment.failure_reason.value_or("")};
}

Task<PaymentReport> Payments::ask(PaymentId id) {
  auto payment = co_await get(id);
  co_return co_await ask(std::move(payment));
}

Task<PaymentReport> Payments::ask(Payment payment) {
  const bool is_at_provider = payment.provider_session_id || payment.provider_payment_id;
  if (payment.provider == Provider::manual || !is_at_provider) co_return report_of(payment);
  co_return co_await provider_of(payment).ask(payment);
}

Task<CloseOutcome> Payments::close(PaymentId id) {
  for (;;) {
    auto payment = co_await get(id);
    // A failed attempt may be tried again at the provider, so only what it has closed is closed.
    const bool is_over =
        payment.status == PaymentStatus::canceled || payment.status == PaymentStatus::expired;
    if (is_over) co_return CloseOutcome::closed;
    if (payment.status == PaymentStatus::authorized || payment.status == PaymentStatus::captured) {
      co_return CloseOutcome::already_paid;
    }
    const bool is_at_provider = payment.provider_session_id || payment.provider_payment_id;
    if (is_at_provider) co_return co_await close_at_provider(std::move(payment));
    if (payment.status == PaymentStatus::failed) co_return CloseOutcome::closed;

    const bool is_canceled = co_await cancel_unopened(database_, id);
    if (is_canceled) co_return CloseOutcome::closed;
    // It was opened, or settled, since we looked: look again.
  }
}

Task<CloseOutcome> Payments::close_at_provider(Payment payment) {
  const auto outcome = co_await provider_of(payment).close(payment);
  if (outcome == CloseOutcome::already_paid) co_return outcome;

  const bool is_canceled = co_await cancel_open(database_, payment.id);
  if (is_canceled) co_return outcome;
  const auto now = co_await get(payment.id);
  co_return is_ended(now.status) ? CloseOutcome::closed : CloseOutcome::already_paid;
}

Task<std::vector<PaymentId>> Payments::due_for_poll(int limit) {
  co_return co_await take_due_for_poll(database_, limit);
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
  const Money amount = Money::minor(due.amount_minor, payment.amount.currency());
  auto reference = due.provider_reference;
  std::string failure;
  if (!reference) {
    try {
      reference = co_await provider_of(payment).refund(payment, due.id, amount);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    if (!reference) {
      const auto wait = jobs::backoff(due.attempts, std::random_device{}());
      co_await store_refund_failure(database_, due.id, wait, due.attempts >= refund_attempts_max,
                                    failure);
      co_return std::nullopt;
    }
    co_await store_refund_reference(database_, due.id, *reference);
  }

  PaymentReport report = report_of(payment);
  report.refunds.emplace_back(*reference, amount);
  co_return report;
}

}  // namespace osier::payments
