#include "orders/reconciliation_store.h"

namespace osier::orders {

static constexpr pg::Statement select_overdue_sql{"orders.select_overdue", R"sql(
  SELECT id, format('pending since %s, its hold ended at %s and all its payments have ended', created_at, expires_at)
               AS detail
    FROM orders.orders
   WHERE status = 'pending'
     AND expires_at < clock_timestamp() - interval '10 minutes'
     AND NOT EXISTS (SELECT 1
                       FROM payments.payable_payments payment
                      WHERE payment.payable_id = orders.id
                        AND payment.status NOT IN ('failed', 'canceled', 'expired'))
   ORDER BY id
   LIMIT 10000
)sql"};

Task<std::vector<payments::Finding>> overdue_orders(pg::Database& database) {
  const auto rows = co_await database.run(select_overdue_sql);
  std::vector<payments::Finding> findings;
  for (const pg::Row row : rows) {
    findings.push_back({payments::FindingKind::order_overdue, row.get<Uuid>("id").to_string(),
                        row.get<std::string>("detail")});
  }
  co_return findings;
}

static constexpr pg::Statement select_held_for_refunds_sql{"orders.select_held_for_refunds", R"sql(
  SELECT DISTINCT order_id
    FROM orders.order_holds
   WHERE reason = 'refund_failed'
     AND released_at IS NULL
)sql"};

Task<std::vector<payments::Finding>> overdue_refunds(pg::Database& database) {
  const auto rows = co_await database.run(select_held_for_refunds_sql);
  std::vector<payments::PayableId> held;
  for (const pg::Row row : rows) held.push_back(payments::PayableId{row.get<Uuid>(0)});
  co_return co_await payments::overdue_refunds(database, std::move(held));
}

// Staff's word stands in the audit entries alone: the books have the reference, whatever it is.
static constexpr pg::Statement select_by_hand_sql{"orders.select_refunded_by_hand", R"sql(
  SELECT coalesce(sum(refund.amount_minor), 0)::bigint
    FROM audit.entries noted
    JOIN payments.refunds refund ON refund.id = (noted.after->>'refund_id')::uuid
   WHERE noted.object_kind = 'order'
     AND noted.object_id = $1
     AND noted.action = 'order.refund_noted'
     AND refund.payment_id = $2
     AND refund.status = 'succeeded'
)sql"};

Task<payments::Payment> without_refunds_by_hand(pg::Database& database, payments::Payment payment) {
  const auto row = co_await database.run_one(select_by_hand_sql,
                                             payment.payable_id.value().to_string(), payment.id);
  payment.refunded -= Money::minor(row->get<std::int64_t>(0), payment.amount.currency());
  co_return payment;
}

}  // namespace osier::orders
