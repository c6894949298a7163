// The SQL statements of refunds. Internal to payments.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payments/payments.h"

namespace osier::payments {

Task<std::int64_t> sum_of_refunds_under_way(pg::Transaction& transaction, PaymentId id);
Task<void> insert_refund(pg::Transaction& transaction, RefundId id, PaymentId payment_id,
                         Money amount, std::string reason);

Task<std::vector<Refund>> select_refunds(pg::Transaction& transaction, PayableId payable_id);
Task<std::vector<Refund>> select_refunds(pg::Database& database, PayableId payable_id);
Task<bool> is_transaction_known(pg::Transaction& transaction, PaymentId payment_id,
                                TransactionKind kind, std::string reference);

// What reports say about decided refunds.
struct RefundEnds {
  void add(const PaymentReport& report);

  struct Done {
    std::vector<PaymentId> payments;
    std::vector<std::string> references;
    std::vector<std::optional<RefundId>> own;
  } done;
  struct Failed {
    std::vector<PaymentId> payments;
    std::vector<std::string> references;
  } failed;
  struct GivenUp {
    std::vector<RefundId> refunds;
    std::vector<std::string> reasons;
  } given_up;
};
// Adds what writes them, behind the transactions that were booked: only a refund that has its
// transaction is done, and one that failed stays failed. Returns where the results stand.
struct RefundEndsAt {
  std::optional<std::size_t> done;
  std::vector<std::size_t> failed;
};
RefundEndsAt add_refund_ends(pg::Batch& batch, const RefundEnds& ends);
// Notes in the bookings which refunds have become done or failed.
void tell_refund_ends(std::vector<Booking>& bookings, const RefundEndsAt& at,
                      const std::vector<pg::Rows>& results);

struct DueRefundRow {
  RefundId id;
  PaymentId payment_id;
  std::int64_t amount_minor;
  int attempts;
  std::optional<std::string> provider_reference;
};
Task<std::vector<DueRefundRow>> take_due_refunds(pg::Database& database, int limit);
Task<void> store_refund_reference(pg::Database& database, RefundId id, std::string reference);
Task<void> store_refund_failure(pg::Database& database, RefundId id, Duration wait,
                                std::string reason);

}  // namespace osier::payments
