// Work that comes round: each schedule runs in one process at a time (row lock, SKIP LOCKED), whoever is first.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/async/loop.h"
#include "platform/postgres/database.h"

namespace osier::telemetry {
class Log;
}

namespace osier::jobs {

class Schedules {
 public:
  Schedules(pg::Database& database, telemetry::Log& log);

  // Before run(). `work` is one bounded sweep; an exception is logged, kept in the schedule's row and the next run
  // comes as usual.
  void every(Duration interval, std::string name, std::function<Task<void>()> work);

  Task<void> run();
  void stop();
  // Runs that schedule now, whatever its time. For tests and subcommands.
  Task<void> run_now(std::string name);

 private:
  struct Entry {
    Duration interval;
    std::string name;
    std::function<Task<void>()> work;
  };
  pg::Database& database_;
  telemetry::Log& log_;
  std::vector<Entry> entries_;
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace osier::jobs
