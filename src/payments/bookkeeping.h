// What a provider's report means for a payment's books: the rules.
//
// A report gives totals so far, not differences, and may come late, twice or out of order. Booking
// appends what it says and ours lacks; sums and status only go forward. Everything here is pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payments/payment.h"

namespace osier::payments {

enum class TransactionKind {
  authorization,
  capture,
  void_,
  refund,
  chargeback,
  chargeback_reversal
};
std::string_view to_string(TransactionKind);
std::optional<TransactionKind> parse_transaction_kind(std::string_view word);

struct PaymentTransaction {
  TransactionKind kind;
  Money amount;
  std::string provider_reference;  // Unique per payment and kind.
};

// What about a report does not fit the payment; what fits is booked all the same.
enum class Mismatch {
  currency,  // Not the payment's: nothing is booked.
  refunds,   // More went back than came in: the refunds are not booked.
};

struct Booking {
  Payment payment;                               // After it.
  std::vector<PaymentTransaction> transactions;  // New ones.
  Money newly_captured;
  Money newly_refunded;
  bool is_changed = false;
  // Money came, or the right to it: a capture, or the step to authorized or captured (of nothing,
  // if nothing is due).
  bool brings_money = false;
  std::optional<Mismatch> mismatch;
};

// `known` are the payment's transactions so far.
Booking book(const Payment& payment, const std::vector<PaymentTransaction>& known,
             const PaymentReport& report);

// The status that follows. created → requires_action → processing → authorized → captured only goes
// forward; an attempt that ended without money stays so unless money did arrive (late money);
// captured is final.
PaymentStatus advance(PaymentStatus from, PaymentStatus reported);

}  // namespace osier::payments
