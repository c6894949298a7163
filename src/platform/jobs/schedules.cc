#include "platform/jobs/schedules.h"

#include <algorithm>
#include <optional>

#include "platform/telemetry/log.h"

namespace osier::jobs {

Schedules::Schedules(pg::Database& database, telemetry::Log& log, Duration lease)
    : database_(database), log_(log), lease_(lease) {}

void Schedules::every(Duration interval, std::string name, std::function<Task<void>()> work) {
  require(interval > Duration::zero(), "a schedule comes round after some time");
  for (const Entry& entry : entries_)
    require(entry.name != name, "a schedule has a name of its own");
  Entry& entry = entries_.emplace_back();
  entry.interval = interval;
  entry.name = std::move(name);
  entry.work = std::move(work);
}

void Schedules::stop() {
  for (Entry& entry : entries_) entry.nudge.stop();
}

Task<void> Schedules::run() {
  TaskGroup group;
  for (Entry& entry : entries_) group.spawn(run_entry(entry));
  co_await group.join();
}

Task<void> Schedules::run_entry(Entry& entry) {
  while (!entry.nudge.is_stopped()) {
    Duration wait = 3s;
    try {
      wait = co_await look(entry);
    } catch (const std::exception& error) {
      log_.warning("a schedule did not run", {{"schedule", entry.name}, {"error", error.what()}});
    }
    co_await entry.nudge.sleep(wait);
  }
}

// Takes the run if it is due and nobody is at it; the row is made at the first look.
static constexpr pg::Statement take_run_sql{"jobs.take_schedule", R"sql(
  INSERT INTO platform.schedules AS schedule (name, next_run_at, leased_until)
  VALUES ($1, clock_timestamp() + $2 * interval '1 microsecond', clock_timestamp() + $3 * interval '1 microsecond')
  ON CONFLICT (name) DO UPDATE
     SET next_run_at = excluded.next_run_at, leased_until = excluded.leased_until
   WHERE schedule.next_run_at <= clock_timestamp()
     AND (schedule.leased_until IS NULL OR schedule.leased_until <= clock_timestamp())
  RETURNING name
)sql"};

static constexpr pg::Statement time_left_sql{"jobs.schedule_time_left", R"sql(
  SELECT ceil(extract(epoch FROM greatest(next_run_at, leased_until) - clock_timestamp()) * 1000000)::bigint
    FROM platform.schedules
   WHERE name = $1
)sql"};

Task<Duration> Schedules::look(Entry& entry) {
  const auto taken =
      co_await database_.run_one(take_run_sql, entry.name, entry.interval.count(), lease_.count());
  if (taken) {
    try {
      co_await work_under_lease(entry);
    } catch (const std::exception& error) {
      log_.warning("a schedule failed", {{"schedule", entry.name}, {"error", error.what()}});
    }
  }
  const auto left = co_await database_.run_one(time_left_sql, entry.name);
  const Duration until_due = left ? Duration(left->get<std::int64_t>(0)) : Duration::zero();
  // A lease of another process may end early, so look again after an interval at the latest.
  co_return std::clamp<Duration>(until_due, 10ms, std::max<Duration>(entry.interval, 10ms));
}

Task<void> Schedules::work_under_lease(Entry& entry) {
  Nudge work_is_over;
  TaskGroup keeper;
  keeper.spawn(keep_lease(entry.name, work_is_over));
  std::exception_ptr error;
  try {
    co_await work_and_record(entry);
  } catch (...) {
    error = std::current_exception();
  }
  work_is_over.stop();
  co_await keeper.join();
  if (error) std::rethrow_exception(error);
}

static constexpr pg::Statement renew_lease_sql{"jobs.renew_schedule_lease", R"sql(
  UPDATE platform.schedules
     SET leased_until = clock_timestamp() + $2 * interval '1 microsecond'
   WHERE name = $1
     AND leased_until IS NOT NULL
)sql"};

Task<void> Schedules::keep_lease(std::string name, Nudge& work_is_over) {
  const auto give_up_at = std::chrono::steady_clock::now() + run_max - lease_;
  while (std::chrono::steady_clock::now() < give_up_at) {
    co_await work_is_over.sleep(lease_ / 3);
    if (work_is_over.is_stopped()) co_return;
    try {
      co_await database_.run(renew_lease_sql, name, lease_.count());
    } catch (const pg::Error&) {
      // The next time, or the lease runs out.
    }
  }
}

static constexpr pg::Statement now_sql{"jobs.schedule_now", R"sql(
  SELECT clock_timestamp()
)sql"};

static constexpr pg::Statement record_run_sql{"jobs.record_schedule", R"sql(
  INSERT INTO platform.schedules AS schedule (name, next_run_at, last_run_at, last_error, failures)
  VALUES ($1, clock_timestamp() + $2 * interval '1 microsecond', CASE WHEN $4::text IS NULL THEN $3::timestamptz END,
          $4, CASE WHEN $4::text IS NULL THEN 0 ELSE 1 END)
  ON CONFLICT (name) DO UPDATE
     SET leased_until = NULL,
         last_run_at = coalesce(excluded.last_run_at, schedule.last_run_at),
         last_error = excluded.last_error,
         failures = CASE WHEN excluded.last_error IS NULL THEN 0 ELSE schedule.failures + 1 END
)sql"};

Task<void> Schedules::work_and_record(Entry& entry) {
  const auto started = (co_await database_.run_one(now_sql))->get<Instant>(0);
  pg::Text failure;
  std::exception_ptr error;
  try {
    co_await entry.work();
  } catch (const std::exception& thrown) {
    failure = thrown.what();
    error = std::current_exception();
  }
  co_await database_.run(record_run_sql, entry.name, entry.interval.count(), started, failure);
  if (error) std::rethrow_exception(error);
}

Task<void> Schedules::run_now(std::string name) {
  const auto entry = std::ranges::find(entries_, name, &Entry::name);
  require(entry != entries_.end(), "a schedule that is run is known");
  co_await work_and_record(*entry);
}

}  // namespace osier::jobs
