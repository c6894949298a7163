#include "payments/refund_store.h"

#include <algorithm>

namespace osier::payments {

static constexpr pg::Statement refunds_under_way_sql{"payments.refunds_under_way", R"sql(
  SELECT coalesce(sum(amount_minor), 0)::bigint FROM payments.refunds WHERE payment_id = $1 AND status = 'created'
)sql"};

Task<std::int64_t> sum_of_refunds_under_way(pg::Transaction& transaction, PaymentId id) {
  const auto row = co_await transaction.run_one(refunds_under_way_sql, id);
  co_return row->get<std::int64_t>(0);
}

static constexpr pg::Statement insert_refund_sql{"payments.insert_refund", R"sql(
  INSERT INTO payments.refunds (id, payment_id, amount_minor, reason, status) VALUES ($1, $2, $3, $4, 'created')
)sql"};

Task<void> insert_refund(pg::Transaction& transaction, RefundId id, PaymentId payment_id,
                         Money amount, std::string reason) {
  co_await transaction.run(insert_refund_sql, id, payment_id, amount.amount_minor(), reason);
}

// Decided ones, and movements without a decision that did not fail.
static constexpr pg::Statement select_refunds_sql{"payments.select_refunds", R"sql(
  SELECT refund.id, payment_id, provider, currency, refund.amount_minor, reason, refund.status,
         coalesce(provider_reference, '') AS provider_reference, coalesce(refund.failure_reason, '') AS failure_reason,
         refund.created_at
    FROM payments.refunds refund
    JOIN payments.payments payment ON payment.id = payment_id
   WHERE payable_id = $1
   UNION ALL
  SELECT moved.id, moved.payment_id, provider, moved.currency, moved.amount_minor, 'provider', 'succeeded',
         moved.provider_reference, '', moved.at
    FROM payments.payment_transactions moved
    JOIN payments.payments payment ON payment.id = moved.payment_id
   WHERE payable_id = $1
     AND moved.kind = 'refund'
     AND NOT EXISTS (SELECT 1
                       FROM payments.refunds decided
                      WHERE decided.payment_id = moved.payment_id
                        AND decided.provider_reference = moved.provider_reference)
     AND NOT EXISTS (SELECT 1
                       FROM payments.payment_transactions reversal
                      WHERE reversal.payment_id = moved.payment_id
                        AND reversal.kind = 'refund_reversal'
                        AND reversal.provider_reference = moved.provider_reference)
   ORDER BY created_at, id
)sql"};

namespace {

template <class Word>
Word known(std::optional<Word> word) {
  require(word.has_value(), "the schema knows no word that the code does not");
  return *word;
}

std::vector<Refund> refunds_of(const pg::Rows& rows) {
  std::vector<Refund> refunds;
  for (const pg::Row& row : rows) {
    refunds.push_back({.id = row.get<RefundId>("id"),
                       .payment_id = row.get<PaymentId>("payment_id"),
                       .provider = known(parse_provider(row.get<std::string>("provider"))),
                       .amount = Money::minor(row.get<std::int64_t>("amount_minor"),
                                              row.get<Currency>("currency")),
                       .reason = row.get<std::string>("reason"),
                       .status = known(parse_refund_status(row.get<std::string>("status"))),
                       .provider_reference = row.get<std::string>("provider_reference"),
                       .failure_reason = row.get<std::string>("failure_reason"),
                       .created_at = row.get<Instant>("created_at")});
  }
  return refunds;
}

}  // namespace

Task<std::vector<Refund>> select_refunds(pg::Transaction& transaction, PayableId payable_id) {
  co_return refunds_of(co_await transaction.run(select_refunds_sql, payable_id));
}

Task<std::vector<Refund>> select_refunds(pg::Database& database, PayableId payable_id) {
  co_return refunds_of(co_await database.run(select_refunds_sql, payable_id));
}

static constexpr pg::Statement transaction_known_sql{"payments.transaction_known", R"sql(
  SELECT 1 FROM payments.payment_transactions WHERE payment_id = $1 AND kind = $2 AND provider_reference = $3
)sql"};

Task<bool> is_transaction_known(pg::Transaction& transaction, PaymentId payment_id,
                                TransactionKind kind, std::string reference) {
  const auto row =
      co_await transaction.run_one(transaction_known_sql, payment_id, to_string(kind), reference);
  co_return row.has_value();
}

// --- How refunds end.

void RefundEnds::add(const PaymentReport& report) {
  for (const auto& [reference, amount] : report.refunds) {
    const auto own =
        std::ranges::find(report.own_refunds, reference, &std::pair<std::string, RefundId>::first);
    done.payments.push_back(report.payment_id);
    done.references.push_back(reference);
    done.own.push_back(own == report.own_refunds.end() ? std::nullopt : std::optional(own->second));
  }
  for (const std::string& reference : report.failed_refunds) {
    failed.payments.push_back(report.payment_id);
    failed.references.push_back(reference);
  }
  for (const auto& [id, reason] : report.given_up) {
    given_up.refunds.push_back(id);
    given_up.reasons.push_back(reason);
  }
}

// A refund that failed may be carried out by hand: under another reference.
static constexpr pg::Statement refunds_done_sql{"payments.refunds_done", R"sql(
  UPDATE payments.refunds refund
     SET status = 'succeeded', provider_reference = recorded.provider_reference, failure_reason = NULL,
         updated_at = clock_timestamp()
    FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS recorded (payment_id, provider_reference, own_id)
   WHERE refund.payment_id = recorded.payment_id
     AND (refund.provider_reference = recorded.provider_reference
          OR refund.id = recorded.own_id AND (refund.provider_reference IS NULL OR refund.status = 'failed'))
     AND refund.status <> 'succeeded'
     AND EXISTS (SELECT 1
                   FROM payments.payment_transactions moved
                  WHERE moved.payment_id = recorded.payment_id
                    AND moved.kind = 'refund'
                    AND moved.provider_reference = recorded.provider_reference)
     AND NOT EXISTS (SELECT 1
                       FROM payments.payment_transactions reversal
                      WHERE reversal.payment_id = recorded.payment_id
                        AND reversal.kind = 'refund_reversal'
                        AND reversal.provider_reference = recorded.provider_reference)
  RETURNING refund.id, refund.payment_id, refund.amount_minor, refund.provider_reference, '' AS reason
)sql"};

static constexpr pg::Statement refunds_failed_sql{"payments.refunds_failed", R"sql(
  UPDATE payments.refunds refund
     SET status = 'failed', failure_reason = 'the refund failed at the provider', updated_at = clock_timestamp()
    FROM unnest($1::uuid[], $2::text[]) AS failed (payment_id, provider_reference)
   WHERE refund.payment_id = failed.payment_id
     AND refund.provider_reference = failed.provider_reference
     AND refund.status <> 'failed'
  RETURNING refund.id, refund.payment_id, refund.amount_minor, refund.provider_reference, refund.failure_reason AS reason
)sql"};

static constexpr pg::Statement give_refunds_up_sql{"payments.give_refunds_up", R"sql(
  UPDATE payments.refunds refund
     SET status = 'failed', failure_reason = given_up.reason, updated_at = clock_timestamp()
    FROM unnest($1::uuid[], $2::text[]) AS given_up (id, reason)
   WHERE refund.id = given_up.id
     AND refund.status = 'created'
  RETURNING refund.id, refund.payment_id, refund.amount_minor, refund.provider_reference, refund.failure_reason AS reason
)sql"};

RefundEndsAt add_refund_ends(pg::Batch& batch, const RefundEnds& ends) {
  RefundEndsAt at;
  if (!ends.done.payments.empty())
    at.done = batch.add(refunds_done_sql, ends.done.payments, ends.done.references, ends.done.own);
  if (!ends.failed.payments.empty())
    at.failed.push_back(
        batch.add(refunds_failed_sql, ends.failed.payments, ends.failed.references));
  if (!ends.given_up.refunds.empty())
    at.failed.push_back(
        batch.add(give_refunds_up_sql, ends.given_up.refunds, ends.given_up.reasons));
  return at;
}

static void tell(std::vector<Booking>& bookings, const pg::Rows& rows,
                 std::vector<Booking::RefundEnd> Booking::* list) {
  for (const pg::Row& row : rows) {
    const auto payment_id = row.get<PaymentId>("payment_id");
    const auto booking = std::ranges::find(bookings, payment_id,
                                           [](const Booking& each) { return each.payment.id; });
    if (booking == bookings.end()) continue;
    const Currency currency = booking->payment.amount.currency();
    ((*booking).*list)
        .push_back(
            {.id = row.get<RefundId>("id"),
             .amount = Money::minor(row.get<std::int64_t>("amount_minor"), currency),
             .reference = row.get<std::optional<std::string>>("provider_reference").value_or(""),
             .reason = row.get<std::string>("reason")});
  }
}

void tell_refund_ends(std::vector<Booking>& bookings, const RefundEndsAt& at,
                      const std::vector<pg::Rows>& results) {
  if (at.done) tell(bookings, results[*at.done], &Booking::refunds_done);
  for (const std::size_t position : at.failed)
    tell(bookings, results[position], &Booking::refunds_failed);
}

// --- The worker's.

// A lease of a minute: a process that dies in between leaves the refund to the next one, under the
// same key.
static constexpr pg::Statement take_due_refunds_sql{"payments.take_due_refunds", R"sql(
  WITH due AS MATERIALIZED (
    SELECT refund.id
      FROM payments.refunds refund
      JOIN payments.payments payment ON payment.id = refund.payment_id
     WHERE refund.status = 'created'
       AND refund.next_attempt_at <= clock_timestamp()
       AND payment.provider <> 'manual'
     ORDER BY refund.next_attempt_at
     LIMIT $1
       FOR UPDATE OF refund SKIP LOCKED)
  UPDATE payments.refunds refund
     SET attempts = attempts + 1,
         next_attempt_at = clock_timestamp() + interval '1 minute',
         updated_at = clock_timestamp()
    FROM due
   WHERE refund.id = due.id
  RETURNING refund.id, payment_id, amount_minor, attempts, provider_reference
)sql"};

Task<std::vector<DueRefundRow>> take_due_refunds(pg::Database& database, int limit) {
  const auto rows = co_await database.run(take_due_refunds_sql, limit);
  std::vector<DueRefundRow> due;
  for (const pg::Row& row : rows) {
    due.push_back(
        {.id = row.get<RefundId>("id"),
         .payment_id = row.get<PaymentId>("payment_id"),
         .amount_minor = row.get<std::int64_t>("amount_minor"),
         .attempts = row.get<int>("attempts"),
         .provider_reference = row.get<std::optional<std::string>>("provider_reference")});
  }
  co_return due;
}

static constexpr pg::Statement store_refund_reference_sql{"payments.store_refund_reference", R"sql(
  UPDATE payments.refunds
     SET provider_reference = $2, failure_reason = NULL, updated_at = clock_timestamp()
   WHERE id = $1
     AND provider_reference IS NULL
)sql"};

Task<void> store_refund_reference(pg::Database& database, RefundId id, std::string reference) {
  co_await database.run(store_refund_reference_sql, id, reference);
}

static constexpr pg::Statement store_refund_failure_sql{"payments.store_refund_failure", R"sql(
  UPDATE payments.refunds
     SET failure_reason = $3,
         next_attempt_at = clock_timestamp() + $2 * interval '1 microsecond',
         updated_at = clock_timestamp()
   WHERE id = $1
     AND status = 'created'
)sql"};

Task<void> store_refund_failure(pg::Database& database, RefundId id, Duration wait,
                                std::string reason) {
  co_await database.run(store_refund_failure_sql, id, wait.count(), reason);
}

}  // namespace osier::payments
