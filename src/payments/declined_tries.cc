#include "payments/declined_tries.h"

namespace osier::payments {

static constexpr pg::Statement declined_too_often_sql{"payments.declined_too_often", R"sql(
  SELECT payment.payable_id
    FROM platform.inbox_events event
    JOIN payments.payments payment ON payment.provider_payment_id = event.object_id
   WHERE event.type = 'payment_intent.payment_failed'
     AND event.received_at > clock_timestamp() - interval '1 hour'
     AND payment.status IN ('created', 'requires_action', 'processing')
   GROUP BY payment.payable_id
  HAVING count(*) >= $1
   LIMIT $2
)sql"};

Task<std::vector<PayableId>> declined_too_often(pg::Database& database, int limit) {
  const auto rows = co_await database.run(declined_too_often_sql, declined_tries_max, limit);
  std::vector<PayableId> payables;
  for (const pg::Row& row : rows) payables.push_back(row.get<PayableId>(0));
  co_return payables;
}

}  // namespace osier::payments
