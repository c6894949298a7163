#include "platform/jobs/invariants.h"

namespace osier::jobs {

namespace {

// An event that is neither delivered nor parked waits with its next attempt in sight: the longest
// wait there is is a backoff of 12 minutes. One farther away would never come.
constexpr pg::Statement outbox_waits_sql{"verify.outbox_waits", R"sql(
  SELECT format('outbox event %s (%s) waits for an attempt at %s, which is too far away', id, topic, next_attempt_at)
    FROM platform.outbox_events
   WHERE delivered_at IS NULL
     AND parked_at IS NULL
     AND next_attempt_at > clock_timestamp() + interval '1 hour'
)sql"};

constexpr pg::Statement outbox_order_sql{"verify.outbox_order", R"sql(
  SELECT format('outbox event %s (%s) was delivered before the earlier %s (%s) of the same aggregate',
                later.id, later.topic, earlier.id, earlier.topic)
    FROM platform.outbox_events earlier
    JOIN platform.outbox_events later
      ON later.aggregate_id = earlier.aggregate_id
     AND later.position > earlier.position
   WHERE earlier.delivered_at IS NULL
     AND earlier.parked_at IS NULL
     AND later.delivered_at IS NOT NULL
     AND cardinality(later.done_listeners) > 0
)sql"};

constexpr pg::Statement outbox_attempts_sql{"verify.outbox_attempts", R"sql(
  SELECT format('outbox event %s (%s) was tried %s times and is not parked', id, topic, attempts)
    FROM platform.outbox_events
   WHERE delivered_at IS NULL
     AND parked_at IS NULL
     AND attempts > 400
)sql"};

constexpr pg::Statement inbox_waits_sql{"verify.inbox_waits", R"sql(
  SELECT format('inbox event %s %s (%s) waits for an attempt at %s, which is too far away',
                source, event_id, type, next_attempt_at)
    FROM platform.inbox_events
   WHERE processed_at IS NULL
     AND parked_at IS NULL
     AND next_attempt_at > clock_timestamp() + interval '1 hour'
)sql"};

constexpr pg::Statement inbox_both_sql{"verify.inbox_both", R"sql(
  SELECT format('inbox event %s %s (%s) is both processed and parked', source, event_id, type)
    FROM platform.inbox_events
   WHERE processed_at IS NOT NULL
     AND parked_at IS NOT NULL
)sql"};

constexpr pg::Statement outbox_both_sql{"verify.outbox_both", R"sql(
  SELECT format('outbox event %s (%s) is both delivered and parked', id, topic)
    FROM platform.outbox_events
   WHERE delivered_at IS NOT NULL
     AND parked_at IS NOT NULL
)sql"};

constexpr pg::Invariant all[] = {
    {"jobs.outbox_event_is_delivered_or_waits", outbox_waits_sql},
    {"jobs.outbox_keeps_the_order_of_an_aggregate", outbox_order_sql},
    {"jobs.outbox_event_that_fails_is_parked", outbox_attempts_sql},
    {"jobs.outbox_event_is_delivered_or_parked", outbox_both_sql},
    {"jobs.inbox_event_is_processed_or_waits", inbox_waits_sql},
    {"jobs.inbox_event_is_processed_or_parked", inbox_both_sql},
};

}  // namespace

std::span<const pg::Invariant> invariants() { return all; }

}  // namespace osier::jobs
