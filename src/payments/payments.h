// Being paid: attempts at a payment service provider, and the append-only record of what moved.
//
// This room knows no orders: a payment is for a payable (an id). Who owns the payable is told what
// happened by a PaymentReport and joins record() into the transaction that moves it. Calls to a
// provider never happen inside a transaction.

#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "payments/bookkeeping.h"
#include "payments/payment.h"
#include "payments/provider.h"
#include "platform/base/result.h"
#include "platform/postgres/database.h"
#include "platform/postgres/invariant.h"

namespace osier::payments {

struct DueRefundRow;

class Payments {
 public:
  // `stripe` may be null: then only manual payment is offered. All outlive the object.
  Payments(pg::Database& database, const Clock& clock, PaymentProvider* stripe);

  // The providers a shopper may choose from.
  std::vector<Provider> available() const;
  // Of them, those that can charge this amount: Stripe takes some currencies in larger steps.
  std::vector<Provider> available(Money amount) const;
  // Whether the provider can send such an amount back.
  static bool can_refund(Provider provider, Money amount);

  // --- Steps of the payable's transaction. The payable's owner has locked it first.

  void add_open(pg::Batch& batch, const std::vector<NewPayment>& payments) const;
  // Appends the transactions that the reports say and ours lack, and moves the payments. A repeat
  // changes nothing; a status never goes back. Returns each payment after it and what is new, in
  // the order of the reports; a report about a payment that we do not have is left out.
  using Recorded = Booking;
  Task<std::vector<Recorded>> record(pg::Transaction& transaction,
                                     std::vector<PaymentReport> reports);
  // The same in two steps, for who loads all at once and writes all at once. The books hold all
  // payments of some payables, in the order of their ids, locked, with their transactions.
  struct Books {
    std::vector<Payment> payments;
    std::unordered_map<PaymentId, std::vector<PaymentTransaction>> transactions;
  };
  // Of these payables, and of those that these payments are for. Returns where the results begin.
  std::size_t add_lock_books(pg::Batch& batch, const std::vector<PayableId>& payables,
                             const std::vector<PaymentId>& payments) const;
  static Books books_of(const std::vector<pg::Rows>& results, std::size_t at);
  // Leaves in the books what will be so once `write` has run. Only refunds that end with the
  // reports are written at once, and all that is booked with them.
  Task<std::vector<Recorded>> record(pg::Transaction& transaction, Books& books,
                                     std::vector<PaymentReport> reports, pg::Batch& write);
  // Decides a refund of `amount` (> 0 and ≤ captured − refunded − already decided): a row the
  // worker carries out. Locks the payment.
  enum class RefundRefusal { more_than_captured };
  Task<Result<RefundId, RefundRefusal>> add_refund(pg::Transaction& transaction,
                                                   PaymentId payment_id, Money amount,
                                                   std::string reason);
  // All payments for a payable, oldest first, locked, with what has been decided to go back.
  struct Held {
    Payment payment;
    Money returning;

    // Never below zero, though the provider may send back by hand what is decided to go back.
    Money left() const {
      return std::max(payment.captured - payment.refunded - returning,
                      Money::zero(payment.amount.currency()));
    }
  };
  Task<std::vector<Held>> lock_of_payable(pg::Transaction& transaction, PayableId payable_id);
  // Its refunds, oldest first; together with lock_of_payable they cannot change.
  Task<std::vector<Refund>> refunds_of(pg::Transaction& transaction, PayableId payable_id);
  // Whether a movement is booked under this reference.
  Task<bool> has_transaction(pg::Transaction& transaction, PaymentId payment_id,
                             TransactionKind kind, std::string reference);
  // All payments for these payables, oldest first.
  Task<std::vector<Payment>> of_payables(pg::Transaction& transaction,
                                         std::vector<PayableId> payables);

  // The same as a step of a batch: adds the statement and returns the position of its result.
  std::size_t add_find_of_payables(pg::Batch& batch, const std::vector<PayableId>& payables) const;
  static std::vector<Payment> payments_of(const pg::Rows& rows);

  // --- Outside any transaction.

  Task<std::optional<Payment>> find(PaymentId id);
  // All payments for a payable, oldest first.
  Task<std::vector<Payment>> of_payable(PayableId payable_id);
  Task<std::optional<Payment>> find_by_provider_id(std::string session_or_payment_id);
  // Each once, by their own ids; an id that is none of ours is left out.
  Task<std::vector<Payment>> find_by_provider_ids(std::vector<std::string> session_or_payment_ids);
  // What was decided to go back and what the provider sent back by itself, oldest first.
  Task<std::vector<Refund>> refunds_of(PayableId payable_id);

  // Makes the attempt at the provider (once: a repeat returns the same page) and stores what the
  // shopper needs. Manual payment has nothing to open. What could not be stored is closed again and
  // not shown: no money can arrive on an attempt that we have ended.
  Task<Result<Payment, OpenRefusal>> open_at_provider(Purchase purchase);
  // Asks the provider how the payment stands. Manual payment stands as we have it.
  Task<PaymentReport> ask(PaymentId id);
  // The same of a payment just found, which saves a look.
  Task<PaymentReport> ask(Payment payment);
  // Makes sure no money can arrive on this attempt any more, or learns that it has. Safe to repeat.
  Task<CloseOutcome> close(PaymentId id);
  // Payments whose time to be asked has come (lost webhooks), and moves their next time on: after a
  // minute, then after as long as the payment is old, at most 5 min in its first hour and 10 min
  // later. At most `limit`.
  Task<std::vector<PaymentId>> due_for_poll(int limit);
  // Carries out refunds decided and not done; each by its own idempotency key, with backoff, given
  // up for staff after refund_attempts_max, or sooner if the provider will not make it. Returns the
  // reports to be recorded; only then is a refund done or given up. Refunds of manual payments wait
  // for staff.
  Task<std::vector<PaymentReport>> carry_out_refunds(int limit);
  // With the backoff some 16 hours: within the 24 hours that Stripe keeps an idempotency key.
  static constexpr int refund_attempts_max = 100;
  // Some two minutes, counted over all attempts.
  static constexpr int refused_attempts_max = 6;

 private:
  PaymentProvider& provider_of(const Payment& payment) const;
  Task<Payment> get(PaymentId id);
  Task<CloseOutcome> close_at_provider(Payment payment);
  Task<std::optional<PaymentReport>> carry_out(DueRefundRow due);
  Task<std::optional<PaymentReport>> ask_about_refund(Payment payment, DueRefundRow due);
  Task<std::optional<PaymentReport>> put_off(Payment payment, DueRefundRow due, std::string failure,
                                             bool is_last);

  pg::Database& database_;
  const Clock& clock_;
  PaymentProvider* stripe_;
};

// What `osier verify` asks of payments (invariant 5 of the domain).
std::span<const pg::Invariant> invariants();

}  // namespace osier::payments
