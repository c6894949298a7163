// The statements of the work outside any transaction: opening, closing, polling, refunding.

#include "payments/payment_store.h"

namespace osier::payments {

// The guard decides the race with close(): whoever comes second finds the payment ended, or the ids
// to close it by.
static constexpr pg::Statement update_opened_sql{"payments.update_opened", R"sql(
  UPDATE payments.payments
     SET provider_session_id = coalesce(provider_session_id, nullif($2, '')),
         provider_payment_id = coalesce(provider_payment_id, nullif($3, '')),
         provider_data = jsonb_build_object('url', $4::text, 'client_secret', $5::text),
         status = CASE WHEN status = 'created' THEN 'requires_action' ELSE status END,
         next_poll_at = coalesce(next_poll_at, clock_timestamp() + interval '1 minute'),
         updated_at = clock_timestamp()
   WHERE id = $1
     AND status IN ('created', 'requires_action', 'processing')
)sql"};

Task<bool> update_opened(pg::Database& database, PaymentId id, PaymentProvider::Opened opened) {
  const auto rows = co_await database.run(update_opened_sql, id, opened.session_id,
                                          opened.payment_id, opened.url, opened.client_secret);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement cancel_unopened_sql{"payments.cancel_unopened", R"sql(
  UPDATE payments.payments
     SET status = 'canceled', next_poll_at = NULL, updated_at = clock_timestamp()
   WHERE id = $1
     AND status IN ('created', 'requires_action', 'processing')
     AND provider_session_id IS NULL
     AND provider_payment_id IS NULL
)sql"};

Task<bool> cancel_unopened(pg::Database& database, PaymentId id) {
  const auto rows = co_await database.run(cancel_unopened_sql, id);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement cancel_open_sql{"payments.cancel_open", R"sql(
  UPDATE payments.payments
     SET status = 'canceled', next_poll_at = NULL, updated_at = clock_timestamp()
   WHERE id = $1
     AND status IN ('created', 'requires_action', 'processing')
)sql"};

Task<bool> cancel_open(pg::Database& database, PaymentId id) {
  const auto rows = co_await database.run(cancel_open_sql, id);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement take_due_for_poll_sql{"payments.take_due_for_poll", R"sql(
  WITH due AS MATERIALIZED (
    SELECT id
      FROM payments.payments
     WHERE next_poll_at <= clock_timestamp()
     ORDER BY next_poll_at
     LIMIT $1
       FOR UPDATE SKIP LOCKED)
  UPDATE payments.payments payment
     SET next_poll_at = clock_timestamp()
         + least(greatest(clock_timestamp() - created_at, interval '1 minute'),
                 CASE WHEN clock_timestamp() - created_at < interval '1 hour' THEN interval '5 minutes'
                      ELSE interval '10 minutes' END)
    FROM due
   WHERE payment.id = due.id
  RETURNING payment.id
)sql"};

Task<std::vector<PaymentId>> take_due_for_poll(pg::Database& database, int limit) {
  const auto rows = co_await database.run(take_due_for_poll_sql, limit);
  std::vector<PaymentId> ids;
  for (const pg::Row& row : rows) ids.push_back(row.get<PaymentId>(0));
  co_return ids;
}

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
)sql"};

Task<void> store_refund_reference(pg::Database& database, RefundId id, std::string reference) {
  co_await database.run(store_refund_reference_sql, id, reference);
}

static constexpr pg::Statement store_refund_failure_sql{"payments.store_refund_failure", R"sql(
  UPDATE payments.refunds
     SET failure_reason = $4,
         next_attempt_at = clock_timestamp() + $2 * interval '1 microsecond',
         status = CASE WHEN $3 THEN 'failed' ELSE status END,
         updated_at = clock_timestamp()
   WHERE id = $1
     AND status = 'created'
)sql"};

Task<void> store_refund_failure(pg::Database& database, RefundId id, Duration wait, bool is_final,
                                std::string reason) {
  co_await database.run(store_refund_failure_sql, id, wait.count(), is_final, reason);
}

}  // namespace osier::payments
