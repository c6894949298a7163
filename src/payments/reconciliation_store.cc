// The statements of reconciliation.

#include <fmt/format.h>

#include <chrono>

#include "payments/payment_store.h"
#include "payments/reconciliation.h"

namespace osier::payments {

static constexpr pg::Statement select_shop_id_sql{"payments.select_shop_id", R"sql(
  SELECT shop_id FROM payments.shop_identity
)sql"};

Task<std::string> shop_id(pg::Database& database) {
  const auto row = co_await database.run_one(select_shop_id_sql);
  if (!row) co_return std::string();
  co_return row->get<Uuid>(0).to_string();
}

static constexpr pg::Statement select_all_sql{"payments.select_all", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason
    FROM payments.payments
   WHERE id = ANY ($1)
   ORDER BY id
)sql"};

Task<std::vector<Payment>> find_all(pg::Database& database, std::vector<PaymentId> ids) {
  co_return payments_of(co_await database.run(select_all_sql, ids));
}

static constexpr pg::Statement select_lacking_refunds_sql{"payments.select_lacking_refunds", R"sql(
  SELECT DISTINCT payment.id
    FROM unnest($1::text[], $2::text[], $3::boolean[]) AS there (refund_id, payment_id, has_failed)
    JOIN payments.payments payment ON payment.provider_payment_id = there.payment_id
    LEFT JOIN payments.payment_transactions moved
           ON moved.payment_id = payment.id
          AND moved.kind = 'refund'
          AND moved.provider_reference = there.refund_id
   WHERE CASE WHEN NOT has_failed THEN moved.id IS NULL
              ELSE moved.id IS NOT NULL
                   AND NOT EXISTS (SELECT 1
                                     FROM payments.payment_transactions reversal
                                    WHERE reversal.payment_id = payment.id
                                      AND reversal.kind = 'refund_reversal'
                                      AND reversal.provider_reference = there.refund_id)
                   OR EXISTS (SELECT 1
                                FROM payments.refunds decided
                               WHERE decided.payment_id = payment.id
                                 AND decided.provider_reference = there.refund_id
                                 AND decided.status <> 'failed') END
)sql"};

static std::vector<PaymentId> ids_of(const pg::Rows& rows) {
  std::vector<PaymentId> ids;
  for (const pg::Row row : rows) ids.push_back(row.get<PaymentId>(0));
  return ids;
}

Task<std::vector<PaymentId>> lacking_refunds(pg::Database& database,
                                             std::vector<ProviderRefund> refunds) {
  std::vector<std::string> ids, of;
  std::vector<bool> failed;
  for (const ProviderRefund& refund : refunds) {
    ids.push_back(refund.id);
    of.push_back(refund.payment_id);
    failed.push_back(refund.has_failed);
  }
  co_return ids_of(co_await database.run(select_lacking_refunds_sql, ids, of, failed));
}

static constexpr pg::Statement select_open_before_sql{"payments.select_open_before", R"sql(
  SELECT id
    FROM payments.payments
   WHERE next_poll_at IS NOT NULL
     AND status IN ('requires_action', 'processing')
     AND provider = 'stripe'
     AND created_at < $1
   ORDER BY created_at
   LIMIT $2
)sql"};

Task<std::vector<PaymentId>> open_before(pg::Database& database, Instant before, int limit) {
  co_return ids_of(co_await database.run(select_open_before_sql, before, limit));
}

// By their ids, which are made in the order of time.
static constexpr pg::Statement select_with_money_sql{"payments.select_with_money", R"sql(
  SELECT id, coalesce(provider_payment_id, '') AS provider_payment_id
    FROM payments.payments
   WHERE id > $1
     AND captured_minor > 0
     AND provider = 'stripe'
   ORDER BY id
   LIMIT $2
)sql"};

static constexpr pg::Statement select_with_findings_sql{"payments.select_with_findings", R"sql(
  SELECT DISTINCT object_id::uuid
    FROM payments.reconciliation_findings
   WHERE resolved_at IS NULL
     AND kind NOT IN ('money_without_order', 'refund_overdue', 'order_overdue')
   LIMIT 1000
)sql"};

Task<std::vector<PaymentId>> payments_with_findings(pg::Database& database) {
  co_return ids_of(co_await database.run(select_with_findings_sql));
}

PaymentId first_id_of(Instant instant) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(instant);
  const auto text =
      fmt::format("{:012x}70008000000000000000", milliseconds.time_since_epoch().count());
  const auto id =
      Uuid::parse(text.substr(0, 8) + "-" + text.substr(8, 4) + "-" + text.substr(12, 4) + "-" +
                  text.substr(16, 4) + "-" + text.substr(20));
  require(id.has_value(), "a time of our era makes an id");
  return PaymentId{*id};
}

Task<std::vector<KnownPayment>> with_money_after(pg::Database& database, PaymentId after,
                                                 int limit) {
  const auto rows = co_await database.run(select_with_money_sql, after, limit);
  std::vector<KnownPayment> known;
  for (const pg::Row row : rows) {
    known.push_back({.id = row.get<PaymentId>("id"),
                     .provider_payment_id = row.get<std::string>("provider_payment_id")});
  }
  co_return known;
}

static constexpr pg::Statement note_provider_id_sql{"payments.note_provider_id", R"sql(
  UPDATE payments.payments
     SET provider_payment_id = $2, updated_at = clock_timestamp()
   WHERE id = $1
     AND provider_payment_id IS NULL
)sql"};

Task<void> note_provider_id(pg::Database& database, PaymentId id, std::string provider_id) {
  co_await database.run(note_provider_id_sql, id, provider_id);
}

static constexpr pg::Statement select_overdue_refunds_sql{"payments.select_overdue_refunds", R"sql(
  SELECT refund.id, format('%s minor units of %s, decided at %s, %s after %s attempts', refund.amount_minor,
                           payment.currency, refund.created_at, refund.status, refund.attempts) AS detail
    FROM payments.refunds refund
    JOIN payments.payments payment ON payment.id = refund.payment_id
   WHERE payment.provider <> 'manual'
     AND (refund.status = 'failed' AND payment.payable_id = ANY ($2)
          OR (refund.status = 'created'
              AND refund.created_at < clock_timestamp() - $1 * interval '1 microsecond'))
   ORDER BY refund.id
   LIMIT 10000
)sql"};

Task<std::vector<Finding>> overdue_refunds(pg::Database& database,
                                           std::vector<PayableId> failed_of) {
  const auto rows =
      co_await database.run(select_overdue_refunds_sql, refund_overdue_after.count(), failed_of);
  std::vector<Finding> findings;
  for (const pg::Row row : rows) {
    findings.push_back({FindingKind::refund_overdue, row.get<Uuid>("id").to_string(),
                        row.get<std::string>("detail")});
  }
  co_return findings;
}

static constexpr pg::Statement select_open_findings_sql{"payments.select_open_findings", R"sql(
  SELECT object_id
    FROM payments.reconciliation_findings
   WHERE kind = $1
     AND resolved_at IS NULL
     AND first_seen <= clock_timestamp() - $2 * interval '1 microsecond'
   LIMIT 1000
)sql"};

Task<std::vector<std::string>> open_findings(pg::Database& database, FindingKind kind,
                                             Duration age) {
  const auto rows = co_await database.run(select_open_findings_sql, to_string(kind), age.count());
  std::vector<std::string> objects;
  for (const pg::Row row : rows) objects.push_back(row.get<std::string>(0));
  co_return objects;
}

// One that had ended begins anew.
static constexpr pg::Statement upsert_findings_sql{"payments.upsert_findings", R"sql(
  INSERT INTO payments.reconciliation_findings AS known (kind, object_id, detail)
  SELECT DISTINCT ON (kind, object_id) kind, object_id, detail
    FROM unnest($1::text[], $2::text[], $3::text[]) AS found (kind, object_id, detail)
  ON CONFLICT (kind, object_id) DO UPDATE
     SET detail = excluded.detail,
         first_seen = CASE WHEN known.resolved_at IS NULL THEN known.first_seen ELSE excluded.first_seen END,
         last_seen = excluded.last_seen,
         resolved_at = NULL
)sql"};

static constexpr pg::Statement resolve_findings_sql{"payments.resolve_findings", R"sql(
  UPDATE payments.reconciliation_findings
     SET resolved_at = clock_timestamp()
   WHERE resolved_at IS NULL
     AND (kind, object_id) NOT IN (SELECT * FROM unnest($1::text[], $2::text[]))
)sql"};

Task<void> keep_findings(pg::Database& database, std::vector<Finding> findings,
                         FindingScope scope) {
  std::vector<std::string_view> kinds;
  std::vector<std::string> objects, details;
  for (const Finding& finding : findings) {
    kinds.push_back(to_string(finding.kind));
    objects.push_back(finding.object_id);
    details.push_back(finding.detail);
  }
  auto transaction = co_await database.begin();
  pg::Batch write;
  write.add(upsert_findings_sql, kinds, objects, details);
  if (scope == FindingScope::everything) write.add(resolve_findings_sql, kinds, objects);
  co_await transaction.run_all_and_commit(std::move(write));
}

static constexpr pg::Statement count_findings_sql{"payments.count_findings", R"sql(
  SELECT count(*) FROM payments.reconciliation_findings WHERE resolved_at IS NULL
)sql"};

Task<std::int64_t> count_open_findings(pg::Database& database) {
  const auto row = co_await database.run_one(count_findings_sql);
  co_return row->get<std::int64_t>(0);
}

}  // namespace osier::payments
