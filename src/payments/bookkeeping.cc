#include "payments/bookkeeping.h"

#include <algorithm>

namespace osier::payments {

namespace {

// No currency is named for nothing.
bool is_in(const Money& money, Currency currency) {
  return money.amount_minor() == 0 || money.currency() == currency;
}

bool has_reference(const std::vector<PaymentTransaction>& transactions, TransactionKind kind,
                   const std::string& reference) {
  return std::ranges::any_of(transactions, [&](const PaymentTransaction& transaction) {
    return transaction.kind == kind && transaction.provider_reference == reference;
  });
}

class Book {
 public:
  Book(const Payment& payment, const std::vector<PaymentTransaction>& known) : known_(known) {
    booking_.payment = payment;
    booking_.newly_captured = Money::zero(currency());
    booking_.newly_refunded = Money::zero(currency());
    booking_.newly_reversed = Money::zero(currency());
  }

  Currency currency() const { return booking_.payment.amount.currency(); }
  Money in_currency(const Money& money) const {
    return Money::minor(money.amount_minor(), currency());
  }

  void append(TransactionKind kind, Money amount, const std::string& reference) {
    std::string name = reference.empty() ? std::string(to_string(kind)) : reference;
    // A second movement under one reference, as when a charge is captured in parts.
    for (int repeat = 2; is_known(kind, name); ++repeat)
      name = reference + "#" + std::to_string(repeat);
    booking_.transactions.push_back({kind, amount, std::move(name)});
  }
  bool is_known(TransactionKind kind, const std::string& reference) const {
    return has_reference(known_, kind, reference) ||
           has_reference(booking_.transactions, kind, reference);
  }
  std::optional<Money> refund_known_as(const std::string& reference) const {
    for (const PaymentTransaction& transaction : known_) {
      if (transaction.kind == TransactionKind::refund &&
          transaction.provider_reference == reference)
        return transaction.amount;
    }
    return std::nullopt;
  }

  Booking booking_;

 private:
  const std::vector<PaymentTransaction>& known_;
};

void book_money_in(Book& book, const PaymentReport& report) {
  Payment& payment = book.booking_.payment;
  const Money captured = std::max(payment.captured, book.in_currency(report.captured));
  const Money authorized =
      std::max({payment.authorized, book.in_currency(report.authorized), captured});
  const std::string& charge =
      report.capture_reference.empty() ? report.provider_payment_id : report.capture_reference;

  if (authorized > payment.authorized) {
    book.append(TransactionKind::authorization, authorized - payment.authorized,
                report.provider_payment_id.empty() ? charge : report.provider_payment_id);
  }
  if (captured > payment.captured) {
    book.append(TransactionKind::capture, captured - payment.captured, charge);
    book.booking_.newly_captured = captured - payment.captured;
  }
  payment.authorized = authorized;
  payment.captured = captured;
}

// A refund that was never booked has nothing to take back.
void book_reversals(Book& book, const PaymentReport& report) {
  Booking& booking = book.booking_;
  for (const std::string& reference : report.failed_refunds) {
    const auto amount = book.refund_known_as(reference);
    if (!amount || book.is_known(TransactionKind::refund_reversal, reference)) continue;
    book.append(TransactionKind::refund_reversal, *amount, reference);
    booking.payment.refunded -= *amount;
    booking.newly_reversed += *amount;
  }
}

void book_refunds(Book& book, const PaymentReport& report) {
  Payment& payment = book.booking_.payment;
  std::vector<std::pair<std::string, Money>> lacking;
  Money sum = Money::zero(book.currency());
  for (const auto& [reference, amount] : report.refunds) {
    if (book.is_known(TransactionKind::refund, reference) || amount.amount_minor() <= 0) continue;
    if (std::ranges::find(lacking, reference, &std::pair<std::string, Money>::first) !=
        lacking.end())
      continue;
    lacking.emplace_back(reference, amount);
    sum += book.in_currency(amount);
  }
  // A total without its parts.
  if (report.refunds.empty() && report.refunded.amount_minor() > payment.refunded.amount_minor()) {
    sum = book.in_currency(report.refunded) - payment.refunded;
    lacking.emplace_back("refunded-" + std::to_string(report.refunded.amount_minor()), sum);
  }

  if (payment.refunded + sum > payment.captured) {
    book.booking_.mismatch = Mismatch::refunds;
    return;
  }
  for (const auto& [reference, amount] : lacking) {
    book.append(TransactionKind::refund, book.in_currency(amount), reference);
  }
  payment.refunded += sum;
  book.booking_.newly_refunded = sum;
}

bool is_other_currency(const PaymentReport& report, Currency currency) {
  return !is_in(report.authorized, currency) || !is_in(report.captured, currency) ||
         !is_in(report.refunded, currency) ||
         !std::ranges::all_of(report.refunds,
                              [&](const auto& refund) { return is_in(refund.second, currency); });
}

}  // namespace

PaymentReport report_as_booked(const Payment& payment) {
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

bool is_money(PaymentStatus status) {
  return status == PaymentStatus::authorized || status == PaymentStatus::captured;
}

PaymentStatus advance(PaymentStatus from, PaymentStatus reported) {
  if (from == PaymentStatus::captured || reported == from) return from;
  if (is_money(reported)) return reported;
  if (is_ended(from)) return from;
  if (is_ended(reported)) return reported;
  return std::max(from, reported);  // Enumerators stand in the order of the way.
}

Booking book(const Payment& payment, const std::vector<PaymentTransaction>& known,
             const PaymentReport& report) {
  require(payment.id == report.payment_id, "a report is booked on its own payment");
  Book book(payment, known);
  Booking& booking = book.booking_;
  if (is_other_currency(report, book.currency())) {
    booking.mismatch = Mismatch::currency;
    return std::move(booking);
  }

  book_money_in(book, report);
  book_reversals(book, report);
  book_refunds(book, report);
  const bool has_captured = booking.payment.captured.amount_minor() > 0;
  booking.payment.status =
      advance(payment.status, has_captured ? PaymentStatus::captured : report.status);
  if (payment.status == PaymentStatus::authorized && is_ended(booking.payment.status)) {
    book.append(TransactionKind::void_, payment.authorized, report.provider_payment_id);
  }
  if (!payment.provider_payment_id && !report.provider_payment_id.empty()) {
    booking.payment.provider_payment_id = report.provider_payment_id;
  }
  booking.payment.failure_reason.reset();
  if (!report.failure_reason.empty() && !has_captured)
    booking.payment.failure_reason = report.failure_reason;

  booking.brings_money = booking.newly_captured.amount_minor() > 0 ||
                         (is_money(booking.payment.status) && !is_money(payment.status));
  booking.is_changed = !booking.transactions.empty() || booking.payment.status != payment.status ||
                       booking.payment.provider_payment_id != payment.provider_payment_id ||
                       booking.payment.failure_reason != payment.failure_reason;
  return std::move(booking);
}

}  // namespace osier::payments
