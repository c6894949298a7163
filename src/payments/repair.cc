#include "payments/repair.h"

#include "payments/payments.h"

namespace osier::payments {

namespace {

constexpr pg::Statement select_wrong_sql{"payments.select_wrong_sums", R"sql(
  SELECT payment.id
    FROM payments.payments payment
    LEFT JOIN (SELECT payment_id,
                      sum(amount_minor) FILTER (WHERE kind = 'authorization') AS authorized,
                      sum(amount_minor) FILTER (WHERE kind = 'capture') AS captured,
                      sum(CASE kind WHEN 'refund' THEN amount_minor WHEN 'refund_reversal' THEN -amount_minor END)
                        AS refunded
                 FROM payments.payment_transactions
                GROUP BY payment_id) moved ON moved.payment_id = payment.id
   WHERE (authorized_minor, captured_minor, refunded_minor)
         IS DISTINCT FROM
         (coalesce(moved.authorized, 0), coalesce(moved.captured, 0), coalesce(moved.refunded, 0))
   ORDER BY payment.id
   LIMIT 10000
)sql"};

constexpr pg::Statement lock_payment_sql{"payments.lock_to_repair", R"sql(
  SELECT authorized_minor, captured_minor, refunded_minor FROM payments.payments WHERE id = $1 FOR UPDATE
)sql"};

constexpr pg::Statement select_sums_sql{"payments.select_sums", R"sql(
  SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'authorization'), 0)::bigint AS authorized_minor,
         coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0)::bigint AS captured_minor,
         coalesce(sum(CASE kind WHEN 'refund' THEN amount_minor WHEN 'refund_reversal' THEN -amount_minor END), 0)
           ::bigint AS refunded_minor
    FROM payments.payment_transactions
   WHERE payment_id = $1
)sql"};

constexpr pg::Statement update_sums_sql{"payments.update_sums", R"sql(
  UPDATE payments.payments
     SET authorized_minor = $2, captured_minor = $3, refunded_minor = $4, updated_at = clock_timestamp()
   WHERE id = $1
)sql"};

audit::Facts sums_of(const pg::Row& row) {
  audit::Facts facts;
  for (const char* name : {"authorized_minor", "captured_minor", "refunded_minor"})
    facts.add(name, row.get<std::int64_t>(name));
  return facts;
}

Task<std::vector<audit::Entry>> repair_payment(pg::Database& database, const Clock& clock,
                                               audit::Repair repair, PaymentId id) {
  auto transaction = co_await database.begin();
  const auto now = co_await transaction.run_one(lock_payment_sql, id);
  const auto sums = co_await transaction.run_one(select_sums_sql, id);
  audit::Entry entry{.actor = repair.actor,
                     .action = "payment.repaired",
                     .object_kind = "payment",
                     .object_id = id.value().to_string(),
                     .before = sums_of(*now),
                     .after = sums_of(*sums),
                     .reason = "the sums of its transactions"};
  std::vector<audit::Entry> entries;
  if (entry.before == entry.after) co_return entries;  // Somebody else was here.
  entries.push_back(std::move(entry));
  if (repair.mode == audit::RepairMode::dry_run) co_return entries;
  pg::Batch write;
  write.add(update_sums_sql, id, sums->get<std::int64_t>("authorized_minor"),
            sums->get<std::int64_t>("captured_minor"), sums->get<std::int64_t>("refunded_minor"));
  audit::add_entries(write, entries, clock.now());
  co_await transaction.run_all_and_commit(std::move(write));
  co_return entries;
}

}  // namespace

Task<audit::Repaired> repair_sums(pg::Database& database, const Clock& clock,
                                  audit::Repair repair) {
  audit::Repaired repaired;
  const auto rows = co_await database.run(select_wrong_sql);
  for (const pg::Row row : rows) {
    const auto id = row.get<PaymentId>(0);
    try {
      repaired.add({.entries = co_await repair_payment(database, clock, repair, id)});
    } catch (const pg::StatementFailed& failed) {
      repaired.failures.push_back("payment " + id.value().to_string() + ": " + failed.what());
    }
  }
  co_return repaired;
}

}  // namespace osier::payments
