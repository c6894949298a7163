// The SQL statements of payments; those of refunds are in refund_store.h. Internal to payments.

#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "payments/payments.h"

namespace osier::payments {

void add_insert_payments(pg::Batch& batch, const std::vector<NewPayment>& payments);

// Locked in id order.
Task<std::vector<Payment>> lock_payments(pg::Transaction& transaction, std::vector<PaymentId> ids);
// See Payments::add_lock_books: the payments, and at the next position their transactions.
std::size_t add_lock_books(pg::Batch& batch, const std::vector<PayableId>& payables,
                           const std::vector<PaymentId>& payments);
std::unordered_map<PaymentId, std::vector<PaymentTransaction>> transactions_of(
    const pg::Rows& rows);

Task<std::vector<Payments::Held>> lock_held_of_payable(pg::Transaction& transaction,
                                                       PayableId payable_id);

// Writes what was booked: the payments' new sums and states, and their new transactions.
void add_bookings(pg::Batch& batch, const std::vector<Booking>& bookings, Instant now);
std::size_t add_select_of_payables(pg::Batch& batch, const std::vector<PayableId>& payables);
std::vector<Payment> payments_of(const pg::Rows& rows);

Task<std::vector<Payment>> select_of_payables(pg::Transaction& transaction,
                                              std::vector<PayableId> payables);
Task<std::vector<Payment>> select_of_payable(pg::Database& database, PayableId payable_id);
Task<std::optional<Payment>> select_payment(pg::Database& database, PaymentId id);
Task<std::optional<Payment>> select_by_provider_id(pg::Database& database, std::string id);
Task<std::vector<Payment>> select_by_provider_ids(pg::Database& database,
                                                  std::vector<std::string> ids);

// False if the payment is not open any more.
Task<bool> update_opened(pg::Database& database, PaymentId id, PaymentProvider::Opened opened);
// Ends an attempt that was never made at the provider. False if it was, or is over.
Task<bool> cancel_unopened(pg::Database& database, PaymentId id);
// Ends an open attempt that the provider has closed. False if it is not open any more.
Task<bool> cancel_open(pg::Database& database, PaymentId id);
Task<std::vector<PaymentId>> take_due_for_poll(pg::Database& database, int limit);

}  // namespace osier::payments
