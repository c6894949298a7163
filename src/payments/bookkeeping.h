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
  refund_reversal,  // A refund failed after it was reported as made; under the refund's reference.
  chargeback,
  chargeback_reversal
};
// The shopper's money is there, or promised by their bank.
bool is_money(PaymentStatus status);

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
  Money newly_reversed;  // Refunds that failed after all: the money is with us again.
  bool is_changed = false;
  // Money came, or the right to it: a capture, or the step to authorized or captured (of nothing,
  // if nothing is due).
  bool brings_money = false;
  std::optional<Mismatch> mismatch;

  // Known once it is recorded: decided refunds that have become done or failed with it.
  struct RefundEnd {
    RefundId id;
    Money amount;
    std::string reference;  // The provider's; empty if it was never made.
    std::string reason;     // Why it failed.
  };
  std::vector<RefundEnd> refunds_done{};
  std::vector<RefundEnd> refunds_failed{};
};

// `known` are the payment's transactions so far.
Booking book(const Payment& payment, const std::vector<PaymentTransaction>& known,
             const PaymentReport& report);

// The payment as our books have it: a report that changes nothing, to add news to.
PaymentReport report_as_booked(const Payment& payment);

// The status that follows. created → requires_action → processing → authorized → captured only goes
// forward; an attempt that ended without money stays so unless money did arrive (late money);
// captured is final.
PaymentStatus advance(PaymentStatus from, PaymentStatus reported);

}  // namespace osier::payments
