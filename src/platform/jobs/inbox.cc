#include "platform/jobs/inbox.h"

#include <iterator>
#include <random>
#include <set>

#include "platform/jobs/backoff.h"
#include "platform/telemetry/log.h"

namespace osier::jobs {

Inbox::Inbox(pg::Database& database, telemetry::Log& log, Loop& store_loop)
    : database_(database),
      log_(log),
      stores_(store_loop, group_max, waiting_max,
              [this](std::vector<InboxEvent> events) { return store_all(std::move(events)); }) {}

void Inbox::handle(std::string source, Handler handler) {
  for (const auto& [known, ignored] : handlers_)
    require(known != source, "a source has one handler");
  handlers_.emplace_back(std::move(source), std::move(handler));
}

void Inbox::nudge() { nudge_.wake(); }
void Inbox::stop() { nudge_.stop(); }

// The rows are those that are new: the repeat of an event writes nothing and wakes nobody. Sorted,
// so that two processes that store the same events wait for each other and never in a circle. The
// notices of one transaction are one.
static constexpr pg::Statement store_events_sql{"jobs.store_inbox_events", R"sql(
  WITH stored AS (
    INSERT INTO platform.inbox_events (source, event_id, type, object_id, is_live, sent_at)
    SELECT *
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[])
           AS event (source, event_id, type, object_id, is_live, sent_at)
     ORDER BY source, event_id
    ON CONFLICT (source, event_id) DO NOTHING
    RETURNING source, event_id)
  SELECT source, event_id, pg_notify('inbox', '')::text FROM stored
)sql"};

Task<bool> Inbox::store(InboxEvent event) {
  const char is_new = co_await stores_.add(std::move(event));
  co_return is_new != 0;
}

Task<std::vector<char>> Inbox::store_all(std::vector<InboxEvent> events) {
  std::vector<std::string_view> sources, ids, types, objects;
  std::vector<bool> live;
  std::vector<std::optional<Instant>> times;
  for (const InboxEvent& event : events) {
    sources.emplace_back(event.source);
    ids.emplace_back(event.event_id);
    types.emplace_back(event.type);
    objects.emplace_back(event.object_id);
    live.push_back(event.is_live);
    times.push_back(event.sent_at);
  }
  const auto rows =
      co_await database_.run(store_events_sql, sources, ids, types, objects, live, times);
  std::set<std::pair<std::string, std::string>> stored;
  for (const pg::Row& row : rows) stored.emplace(row.get<std::string>(0), row.get<std::string>(1));

  // Of an event that came twice at once, the first is the new one.
  std::vector<char> is_new;
  for (const InboxEvent& event : events)
    is_new.push_back(stored.erase({event.source, event.event_id}) > 0 ? 1 : 0);
  co_return is_new;
}

Task<void> Inbox::run() {
  while (!nudge_.is_stopped()) {
    int handled = 0;
    bool is_down = false;
    try {
      handled = co_await run_once();
    } catch (const std::exception& error) {
      log_.warning("the inbox could not be read", {{"error", error.what()}});
      is_down = true;
    }
    if (handled == 0) co_await nudge_.sleep(is_down ? Duration(3s) : Duration(1s));
  }
}

Task<int> Inbox::run_once() {
  int handled = 0;
  for (std::size_t i = 0; i < handlers_.size(); ++i) {
    std::vector<Task<void>> groups;
    for (int group = 0; group < side_by_side; ++group)
      groups.push_back(count_group(handlers_[i].first, handlers_[i].second, handled));
    co_await when_all(std::move(groups));
  }
  co_return handled;
}

Task<void> Inbox::count_group(std::string source, Handler handler, int& handled) {
  const int taken = co_await handle_group(std::move(source), std::move(handler));
  handled += taken;
}

static constexpr pg::Statement take_inbox_events_sql{"jobs.take_inbox_events", R"sql(
  WITH due AS MATERIALIZED (
    SELECT source, event_id
      FROM platform.inbox_events
     WHERE processed_at IS NULL
       AND parked_at IS NULL
       AND next_attempt_at <= clock_timestamp()
       AND source = $1
     ORDER BY next_attempt_at
     LIMIT $2
       FOR UPDATE SKIP LOCKED)
  UPDATE platform.inbox_events inbox
     SET next_attempt_at = clock_timestamp() + $3 * interval '1 microsecond',
         attempts = attempts + 1
    FROM due
   WHERE inbox.source = due.source
     AND inbox.event_id = due.event_id
  RETURNING inbox.event_id, type, object_id, is_live, sent_at, attempts
)sql"};

Task<int> Inbox::handle_group(std::string source, Handler handler) {
  const auto rows = co_await database_.run(take_inbox_events_sql, source, group_max, lease.count());
  if (rows.empty()) co_return 0;

  std::vector<Taken> group;
  std::vector<InboxEvent> events;
  for (const pg::Row& row : rows) {
    InboxEvent event{.source = source,
                     .event_id = row.get<std::string>("event_id"),
                     .type = row.get<std::string>("type"),
                     .object_id = row.get<std::string>("object_id"),
                     .is_live = row.get<bool>("is_live"),
                     .sent_at = row.get<std::optional<Instant>>("sent_at")};
    const int attempts = row.get<int>("attempts");
    if (attempts > attempts_max) {
      // Taken more often than it can have failed: whoever took it did not live to tell. Not once
      // more.
      Taken deadly{.event = std::move(event), .attempts = attempts};
      co_await mark_failed(std::move(deadly), "no attempt came to its end");
      continue;
    }
    events.push_back(event);
    group.push_back({.event = std::move(event), .attempts = attempts});
  }
  const int taken = static_cast<int>(group.size());
  if (group.empty()) co_return rows.size();

  std::string failure;
  try {
    co_await handler(std::move(events));
  } catch (const std::exception& error) {
    failure = error.what();
    if (failure.empty()) failure = "unknown";
  }
  if (failure.empty()) {
    co_await mark_processed(std::move(group));
  } else if (taken == 1) {
    co_await mark_failed(std::move(group.front()), failure);
  } else {
    log_.warning("a group of events failed; each is tried alone",
                 {{"source", source}, {"error", failure}});
    co_await handle_alone(std::move(handler), std::move(group));
  }
  co_return rows.size();
}

Task<void> Inbox::handle_alone(Handler handler, std::vector<Taken> group) {
  const auto started = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (nudge_.is_stopped() || std::chrono::steady_clock::now() - started > start_limit) {
      const auto from = std::next(group.begin(), static_cast<std::ptrdiff_t>(i));
      std::vector<Taken> rest(from, group.end());
      co_await give_back(std::move(rest));
      co_return;
    }
    std::vector<Taken> one{group[i]};
    std::vector<InboxEvent> event{group[i].event};
    std::string failure;
    try {
      co_await handler(std::move(event));
    } catch (const std::exception& error) {
      failure = error.what();
      if (failure.empty()) failure = "unknown";
    }
    if (failure.empty()) {
      co_await mark_processed(std::move(one));
    } else {
      co_await mark_failed(std::move(one.front()), failure);
    }
  }
}

static constexpr pg::Statement mark_processed_sql{"jobs.mark_inbox_processed", R"sql(
  UPDATE platform.inbox_events inbox
     SET processed_at = clock_timestamp()
    FROM unnest($1::text[], $2::text[], $3::integer[]) AS done (source, event_id, attempts)
   WHERE inbox.source = done.source
     AND inbox.event_id = done.event_id
     AND inbox.attempts = done.attempts
     AND inbox.processed_at IS NULL
)sql"};

static constexpr pg::Statement give_back_inbox_events_sql{"jobs.give_back_inbox_events", R"sql(
  UPDATE platform.inbox_events inbox
     SET attempts = inbox.attempts - 1, next_attempt_at = clock_timestamp()
    FROM unnest($1::text[], $2::text[], $3::integer[]) AS back (source, event_id, attempts)
   WHERE inbox.source = back.source
     AND inbox.event_id = back.event_id
     AND inbox.attempts = back.attempts
     AND inbox.processed_at IS NULL
)sql"};

namespace {

struct Columns {
  std::vector<std::string> sources;
  std::vector<std::string> ids;
  std::vector<int> attempts;
};

template <class Group>
Columns columns_of(const Group& group) {
  Columns columns;
  for (const auto& taken : group) {
    columns.sources.push_back(taken.event.source);
    columns.ids.push_back(taken.event.event_id);
    columns.attempts.push_back(taken.attempts);
  }
  return columns;
}

}  // namespace

Task<void> Inbox::mark_processed(std::vector<Taken> group) {
  const auto columns = columns_of(group);
  co_await database_.run(mark_processed_sql, columns.sources, columns.ids, columns.attempts);
}

Task<void> Inbox::give_back(std::vector<Taken> group) {
  const auto columns = columns_of(group);
  co_await database_.run(give_back_inbox_events_sql, columns.sources, columns.ids,
                         columns.attempts);
}

static constexpr pg::Statement mark_failed_sql{"jobs.mark_inbox_failed", R"sql(
  UPDATE platform.inbox_events
     SET next_attempt_at = clock_timestamp() + $4 * interval '1 microsecond',
         parked_at = CASE WHEN $5 THEN clock_timestamp() END,
         parked_reason = CASE WHEN $5 THEN $6::text END
   WHERE source = $1
     AND event_id = $2
     AND attempts = $3
     AND processed_at IS NULL
)sql"};

Task<void> Inbox::mark_failed(Taken taken, std::string reason) {
  const bool is_parked = taken.attempts >= attempts_max;
  log_.warning(
      is_parked ? "an event from outside is parked" : "an event from outside will be tried again",
      {{"source", taken.event.source},
       {"event_id", taken.event.event_id},
       {"type", taken.event.type},
       {"attempts", taken.attempts},
       {"error", reason}});
  const auto wait = backoff(taken.attempts, std::random_device{}());
  co_await database_.run(mark_failed_sql, taken.event.source, taken.event.event_id, taken.attempts,
                         wait.count(), is_parked, reason);
}

}  // namespace osier::jobs
