#include "payments/payments.h"

#include <algorithm>

#include "payments/payment_store.h"
#include "payments/refund_store.h"
#include "payments/stripe_forms.h"

namespace osier::payments {

Payments::Payments(pg::Database& database, const Clock& clock, PaymentProvider* stripe)
    : database_(database), clock_(clock), stripe_(stripe) {}

std::vector<Provider> Payments::available() const {
  if (stripe_ == nullptr) return {Provider::manual};
  return {Provider::stripe, Provider::manual};
}

std::vector<Provider> Payments::available(Money amount) const {
  auto providers = available();
  if (!to_stripe_amount(amount)) std::erase(providers, Provider::stripe);
  return providers;
}

bool Payments::can_refund(Provider provider, Money amount) {
  return provider == Provider::manual || to_stripe_amount(amount).has_value();
}

void Payments::add_open(pg::Batch& batch, const std::vector<NewPayment>& payments) const {
  add_insert_payments(batch, payments);
}

std::size_t Payments::add_lock_books(pg::Batch& batch, const std::vector<PayableId>& payables,
                                     const std::vector<PaymentId>& payments) const {
  return payments::add_lock_books(batch, payables, payments);
}

Payments::Books Payments::books_of(const std::vector<pg::Rows>& results, std::size_t at) {
  return {.payments = payments::payments_of(results[at]),
          .transactions = transactions_of(results[at + 1])};
}

Task<std::vector<Payments::Recorded>> Payments::record(pg::Transaction& transaction,
                                                       std::vector<PaymentReport> reports) {
  std::vector<PaymentId> ids;
  for (const PaymentReport& report : reports) ids.push_back(report.payment_id);
  pg::Batch load;
  const auto books_at = add_lock_books(load, {}, ids);
  auto books = books_of(co_await transaction.run_all(std::move(load)), books_at);
  pg::Batch write;
  auto bookings = co_await record(transaction, books, std::move(reports), write);
  if (!write.empty()) co_await transaction.run_all(std::move(write));
  co_return bookings;
}

// Several reports about one payment build on each other.
Task<std::vector<Payments::Recorded>> Payments::record(pg::Transaction& transaction, Books& books,
                                                       std::vector<PaymentReport> reports,
                                                       pg::Batch& write) {
  std::vector<Recorded> bookings;
  RefundEnds ends;
  for (const PaymentReport& report : reports) {
    const auto payment = std::ranges::find(books.payments, report.payment_id, &Payment::id);
    if (payment == books.payments.end()) continue;
    auto& known = books.transactions[report.payment_id];
    Booking booking = book(*payment, known, report);
    known.insert(known.end(), booking.transactions.begin(), booking.transactions.end());
    *payment = booking.payment;
    bookings.push_back(std::move(booking));
    ends.add(report);
  }

  add_bookings(write, bookings, clock_.now());
  const auto ended = add_refund_ends(write, ends);
  if (!ended.done && ended.failed.empty()) co_return bookings;
  const auto results = co_await transaction.run_all(std::exchange(write, {}));
  tell_refund_ends(bookings, ended, results);
  co_return bookings;
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

Task<PaymentReport> Payments::ask(PaymentId id) {
  auto payment = co_await get(id);
  co_return co_await ask(std::move(payment));
}

Task<PaymentReport> Payments::ask(Payment payment) {
  const bool is_at_provider = payment.provider_session_id || payment.provider_payment_id;
  if (payment.provider == Provider::manual || !is_at_provider) co_return report_as_booked(payment);
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

}  // namespace osier::payments
