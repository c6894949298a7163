// Work that comes round: each schedule runs in one process at a time, whoever is first.
//
// A process takes a run by a lease on the schedule's row, and renews it while the work goes on, so
// that a process that dies is followed by another within the lease. The row keeps when the last run
// that went well began, which is what sweeps are measured by. A run that outlives run_max, or whose
// process was cut off from the database, may meet another one: sweeps are safe to repeat.

#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "platform/jobs/nudge.h"
#include "platform/postgres/database.h"

namespace osier::telemetry {
class Log;
}

namespace osier::jobs {

class Schedules {
 public:
  static constexpr Duration lease_usual = std::chrono::seconds(30);
  static constexpr Duration run_max = std::chrono::minutes(5);

  Schedules(pg::Database& database, telemetry::Log& log, Duration lease = lease_usual);

  // Before run(). `work` is one bounded sweep; an exception is logged, kept in the schedule's row
  // and the next run comes as usual.
  void every(Duration interval, std::string name, std::function<Task<void>()> work);

  // Runs all schedules side by side on the current loop until stop(), and then waits for those
  // under way.
  Task<void> run();
  void stop();  // From any thread.
  // Runs that schedule now, whatever its time. Passes its exception on. For tests and subcommands.
  Task<void> run_now(std::string name);

 private:
  struct Entry {
    Duration interval;
    std::string name;
    std::function<Task<void>()> work;
    Nudge nudge;
  };

  Task<void> run_entry(Entry& entry);
  // How long until the next look.
  Task<Duration> look(Entry& entry);
  Task<void> work_under_lease(Entry& entry);
  Task<void> keep_lease(std::string name, Nudge& work_is_over);
  Task<void> work_and_record(Entry& entry);

  pg::Database& database_;
  telemetry::Log& log_;
  const Duration lease_;
  std::deque<Entry> entries_;
};

}  // namespace osier::jobs
