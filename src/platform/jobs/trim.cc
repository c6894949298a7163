#include "platform/jobs/trim.h"

namespace osier::jobs {

namespace {

constexpr pg::Statement trim_outbox_sql{"jobs.trim_outbox", R"sql(
  DELETE FROM platform.outbox_events
   WHERE position IN (SELECT position
                        FROM platform.outbox_events
                       WHERE delivered_at < clock_timestamp() - interval '30 days'
                       ORDER BY delivered_at
                       LIMIT 20000)
)sql"};

constexpr pg::Statement trim_inbox_sql{"jobs.trim_inbox", R"sql(
  DELETE FROM platform.inbox_events
   WHERE (source, event_id) IN (SELECT source, event_id
                                  FROM platform.inbox_events
                                 WHERE processed_at < clock_timestamp() - interval '30 days'
                                 ORDER BY processed_at
                                 LIMIT 20000)
)sql"};

}  // namespace

Task<void> trim_done(pg::Database& database) {
  (void)co_await database.run(trim_outbox_sql);
  (void)co_await database.run(trim_inbox_sql);
}

}  // namespace osier::jobs
