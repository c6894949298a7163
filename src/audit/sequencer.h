// Gives every entry its place in the chain, within a second of its commit.
//
// An entry waits in audit.unchained from its own transaction on. The sequencer takes what it sees
// there, in the order of positions, and writes places behind the last one; an entry whose position
// was handed out early and committed late is seen later, and gets a later place. No transaction of
// the trade waits for it. Any number of processes may run one: an advisory lock lets one at a time
// through, and the chain's key would refuse a second in any case.

#pragma once

#include <chrono>

#include "platform/crypto/crypto.h"
#include "platform/jobs/nudge.h"
#include "platform/postgres/database.h"

namespace osier::telemetry {
class Log;
}

namespace osier::audit {

class Sequencer {
 public:
  static constexpr Duration look_interval = std::chrono::milliseconds(500);
  static constexpr int round_max = 1'000;  // Places written in one transaction.

  Sequencer(pg::Database& database, telemetry::Log& log);

  // Seals until stop() on the current loop. Errors of the database are logged and waited out.
  Task<void> run();
  void stop();  // From any thread. run() returns when the round under way has ended.

 private:
  pg::Database& database_;
  telemetry::Log& log_;
  jobs::Nudge nudge_;
};

// Writes places for what waits now, `round_max` at most, and returns how many; 0 also if another
// process is at it. Throws pg::Error.
Task<int> seal_waiting(pg::Database& database, int round_max = Sequencer::round_max);

struct LastPlace {
  std::int64_t seq = 0;  // 0: there is none yet.
  crypto::Digest hash{};
};
Task<LastPlace> last_place(pg::Database& database);

// What waits for a place.
struct Backlog {
  std::int64_t entries = 0;
  Duration oldest{};
};
Task<Backlog> backlog_of(pg::Database& database);

}  // namespace osier::audit
