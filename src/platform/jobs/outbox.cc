#include "platform/jobs/outbox.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "platform/jobs/backoff.h"
#include "platform/telemetry/log.h"

namespace osier::jobs {

namespace {

constexpr pg::Statement insert_events_sql{"jobs.insert_events", R"sql(
  INSERT INTO platform.outbox_events (id, topic, aggregate_id, payload)
  SELECT id, topic, aggregate_id, payload::jsonb
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[])
         WITH ORDINALITY AS event (id, topic, aggregate_id, payload, position)
   ORDER BY position
)sql"};

// Notifications of one transaction with the same payload are one.
constexpr pg::Statement notify_outbox_sql{"jobs.notify_outbox", R"sql(
  SELECT pg_notify('outbox', '')
)sql"};

}  // namespace

void add_events(pg::Batch& batch, const std::vector<Event>& events) {
  if (events.empty()) return;
  std::vector<Uuid> ids;
  std::vector<std::string> topics;
  std::vector<Uuid> aggregates;
  std::vector<std::string> payloads;
  for (const Event& event : events) {
    ids.push_back(event.id);
    topics.push_back(event.topic);
    aggregates.push_back(event.aggregate_id);
    payloads.push_back(event.payload);
  }
  batch.add(insert_events_sql, ids, topics, aggregates, payloads);
  batch.add(notify_outbox_sql);
}

struct Outbox::Taken {
  std::int64_t position;
  int attempts;
  std::vector<std::string> done;
  Event event;
  pg::Text failure;  // Of the last listener that failed.

  // Taken more often than it can have failed: whoever took it did not live to tell. Not once more.
  bool is_deadly() const { return attempts > attempts_max; }
  bool has_told(const std::string& name) const {
    return std::ranges::find(done, name) != done.end();
  }
};

// Events taken together, worked through by several coroutines of one loop. One of them at a time
// writes what is to be marked.
struct Outbox::Round {
  std::vector<Taken> events;
  std::size_t next = 0;
  std::chrono::steady_clock::time_point taken_at;
  std::vector<Taken> to_mark;
  bool is_marking = false;

  // What has not begun is left for the next round: the lease would run out.
  bool is_late() const { return std::chrono::steady_clock::now() - taken_at > start_limit; }
};

Outbox::Outbox(pg::Database& database, telemetry::Log& log) : database_(database), log_(log) {}

void Outbox::listen(std::string topic, std::string name, Listener listener) {
  for (const Entry& entry : listeners_) {
    require(entry.name != name || entry.topic != topic, "a listener has a name of its own");
  }
  listeners_.push_back({std::move(topic), std::move(name), std::move(listener), {}});
}

void Outbox::listen_in_groups(std::string topic, std::string name, GroupListener listener) {
  listen(std::move(topic), std::move(name), {});
  listeners_.back().group_listener = std::move(listener);
}

void Outbox::nudge() { nudge_.wake(); }
void Outbox::stop() { nudge_.stop(); }

Task<void> Outbox::run() {
  while (!nudge_.is_stopped()) {
    int handled = 0;
    bool is_down = false;
    try {
      handled = co_await run_once();
    } catch (const std::exception& error) {
      log_.warning("the outbox could not be read", {{"error", error.what()}});
      is_down = true;
    }
    // NOTIFY wakes us at once; the second is for what becomes due by time and for a lost
    // notification.
    if (handled == 0) co_await nudge_.sleep(is_down ? Duration(3s) : Duration(1s));
  }
}

// One event per aggregate at a time: the earliest that waits. It blocks the later ones until it is
// delivered or parked.
static constexpr pg::Statement take_events_sql{"jobs.take_events", R"sql(
  UPDATE platform.outbox_events
     SET next_attempt_at = clock_timestamp() + $2 * interval '1 microsecond',
         attempts = attempts + 1
   WHERE position = ANY (ARRAY(
         SELECT due.position
           FROM platform.outbox_events due
          WHERE due.delivered_at IS NULL
            AND due.parked_at IS NULL
            AND due.next_attempt_at <= clock_timestamp()
            AND NOT EXISTS (
                SELECT 1
                  FROM platform.outbox_events earlier
                 WHERE earlier.aggregate_id = due.aggregate_id
                   AND earlier.position < due.position
                   AND earlier.delivered_at IS NULL
                   AND earlier.parked_at IS NULL)
          ORDER BY due.next_attempt_at, due.position
          LIMIT $1
            FOR UPDATE SKIP LOCKED))
  RETURNING position, attempts, done_listeners, id, topic, aggregate_id, payload::text
)sql"};

Task<int> Outbox::run_once() {
  const int passed = co_await pass_over_unheard();
  const auto rows = co_await database_.run(take_events_sql, round_max, lease.count());

  Round round;
  round.taken_at = std::chrono::steady_clock::now();
  for (const pg::Row& row : rows) {
    Event event{.id = row.get<Uuid>("id"),
                .topic = row.get<std::string>("topic"),
                .aggregate_id = row.get<Uuid>("aggregate_id"),
                .payload = row.get<std::string>("payload")};
    round.events.push_back({.position = row.get<std::int64_t>("position"),
                            .attempts = row.get<int>("attempts"),
                            .done = row.get<std::vector<std::string>>("done_listeners"),
                            .event = std::move(event),
                            .failure = std::nullopt});
  }
  std::ranges::sort(round.events, {}, &Taken::position);
  co_await tell_groups(round);

  std::vector<Task<void>> workers;
  const auto wanted = std::min<std::size_t>(side_by_side, round.events.size());
  for (std::size_t i = 0; i < wanted; ++i) workers.push_back(work_through(round));
  co_await when_all(std::move(workers));
  co_return passed + static_cast<int>(round.events.size());
}

// Delivered by having nobody to tell. Set-based, since most facts of a busy shop are of this kind.
static constexpr pg::Statement pass_over_sql{"jobs.pass_over_events", R"sql(
  UPDATE platform.outbox_events
     SET delivered_at = clock_timestamp()
   WHERE position = ANY (ARRAY(
         SELECT position
           FROM platform.outbox_events
          WHERE delivered_at IS NULL
            AND parked_at IS NULL
            AND next_attempt_at <= clock_timestamp()
            AND topic <> ALL ($1)
          ORDER BY next_attempt_at, position
          LIMIT 1024
            FOR UPDATE SKIP LOCKED))
)sql"};

Task<int> Outbox::pass_over_unheard() {
  std::vector<std::string> topics;
  for (const Entry& entry : listeners_) topics.push_back(entry.topic);
  const auto rows = co_await database_.run(pass_over_sql, topics);
  co_return static_cast<int>(rows.affected());
}

Task<void> Outbox::tell_groups(Round& round) {
  for (const Entry& entry : listeners_) {
    if (entry.group_listener && !nudge_.is_stopped()) co_await tell_group(entry, round);
  }
}

Task<void> Outbox::tell_group(const Entry& entry, Round& round) {
  std::vector<Taken*> waiting;
  std::vector<Event> events;
  for (Taken& taken : round.events) {
    if (taken.event.topic != entry.topic || taken.is_deadly() || taken.has_told(entry.name))
      continue;
    waiting.push_back(&taken);
    events.push_back(taken.event);
  }
  if (events.empty()) co_return;
  bool is_told = false;
  try {
    co_await entry.group_listener(std::move(events));
    is_told = true;
  } catch (const std::exception& error) {
    if (waiting.size() == 1) waiting.front()->failure = entry.name + ": " + error.what();
  }
  for (Taken* taken : waiting) {
    if (!is_told && round.is_late()) co_return;
    try {
      std::vector<Event> alone{taken->event};
      if (!is_told && waiting.size() > 1) co_await entry.group_listener(std::move(alone));
      if (!taken->failure) taken->done.push_back(entry.name);
    } catch (const std::exception& error) {
      taken->failure = entry.name + ": " + error.what();
    }
  }
}

Task<void> Outbox::work_through(Round& round) {
  while (round.next < round.events.size()) {
    Taken taken = std::move(round.events[round.next++]);
    // A failure counts, also in a round that ends early: else it would never be parked.
    const bool is_left = (round.is_late() || nudge_.is_stopped()) && !taken.failure;
    if (is_left) {
      co_await give_back(std::move(taken));
    } else {
      co_await deliver(round, std::move(taken));
    }
  }
}

Task<void> Outbox::deliver(Round& round, Taken taken) {
  if (taken.is_deadly()) taken.failure = "no attempt came to its end";
  for (const Entry& entry : listeners_) {
    if (!entry.listener || taken.is_deadly() || (taken.failure && round.is_late())) continue;
    if (entry.topic != taken.event.topic || taken.has_told(entry.name)) continue;
    try {
      co_await entry.listener(taken.event);
      taken.done.push_back(entry.name);
    } catch (const std::exception& error) {
      taken.failure = entry.name + ": " + error.what();
    }
  }
  if (taken.failure) {
    log_.warning(
        taken.attempts >= attempts_max ? "an event is parked" : "an event will be tried again",
        {{"event_id", taken.event.id.to_string()},
         {"topic", taken.event.topic},
         {"attempts", taken.attempts},
         {"error", *taken.failure}});
  }
  round.to_mark.push_back(std::move(taken));
  if (!round.is_marking) co_await write_marks(round);
}

// `attempts` alone tells that nobody else has taken the event since. Were undelivered ones asked
// for, PostgreSQL would go by their index, which it takes for nearly empty, and read all of it.
static constexpr pg::Statement finish_events_sql{"jobs.finish_events", R"sql(
  UPDATE platform.outbox_events event
     SET done_listeners = string_to_array(mark.done, ','),
         delivered_at = CASE WHEN mark.failure IS NULL THEN clock_timestamp() END,
         next_attempt_at = clock_timestamp() + mark.wait * interval '1 microsecond',
         parked_at = CASE WHEN mark.is_parked THEN clock_timestamp() END,
         parked_reason = CASE WHEN mark.is_parked THEN mark.failure END
    FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::bigint[], $6::boolean[])
         AS mark(position, attempts, done, failure, wait, is_parked)
   WHERE event.position = mark.position
     AND event.attempts = mark.attempts
)sql"};

// What came to be marked while the last marks were being written goes along. A mark that a crash
// takes back is an event told again: that needs no wait for the disk.
Task<void> Outbox::write_marks(Round& round) {
  round.is_marking = true;
  while (!round.to_mark.empty()) {
    const std::vector<Taken> marked = std::exchange(round.to_mark, {});
    std::vector<std::int64_t> positions;
    std::vector<int> attempts;
    std::vector<std::string> done;
    std::vector<pg::Text> failures;
    std::vector<std::int64_t> waits;
    std::vector<bool> parked;
    for (const Taken& taken : marked) {
      const auto chance = static_cast<std::uint32_t>(random_());
      positions.push_back(taken.position);
      attempts.push_back(taken.attempts);
      done.push_back(fmt::format("{}", fmt::join(taken.done, ",")));
      failures.push_back(taken.failure);
      waits.push_back(backoff(taken.attempts, chance).count());
      parked.push_back(taken.failure && taken.attempts >= attempts_max);
    }
    try {
      pg::Batch batch;
      batch.add(finish_events_sql, positions, attempts, done, failures, waits, parked);
      auto transaction = co_await database_.begin(pg::Durability::asynchronous);
      co_await transaction.run_all_and_commit(std::move(batch));
    } catch (const pg::Error& error) {
      // They are told again after the lease; listeners know repeats.
      log_.warning("events could not be marked", {{"error", error.what()}});
    }
  }
  round.is_marking = false;
}

static constexpr pg::Statement give_back_sql{"jobs.give_back_event", R"sql(
  UPDATE platform.outbox_events
     SET attempts = attempts - 1, next_attempt_at = clock_timestamp(),
         done_listeners = string_to_array($3, ',')
   WHERE position = $1
     AND attempts = $2
     AND delivered_at IS NULL
)sql"};

Task<void> Outbox::give_back(Taken taken) {
  try {
    const std::string done = fmt::format("{}", fmt::join(taken.done, ","));
    co_await database_.run(give_back_sql, taken.position, taken.attempts, done);
  } catch (const pg::Error& error) {
    log_.warning("an event could not be given back", {{"error", error.what()}});
  }
}

}  // namespace osier::jobs
