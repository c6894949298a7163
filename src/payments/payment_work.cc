// The statements of the work outside any transaction: opening, closing, polling.

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

}  // namespace osier::payments
