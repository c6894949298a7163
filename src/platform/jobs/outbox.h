// Facts, written in the transaction that made them true, and told to listeners after it committed.
//
// At least once, in order per aggregate: an event waits until the earlier ones of its aggregate are delivered. A listener
// that throws is tried again with backoff (1 s doubling to 10 min, with jitter); the others of that event are not run
// again. After attempts_max the event is parked with the reason, visible in `osier verify`'s metrics and the admin, and
// no longer blocks its aggregate. Any number of processes deliver together (SKIP LOCKED); NOTIFY 'outbox' wakes them.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/async/loop.h"
#include "platform/base/uuid.h"
#include "platform/postgres/database.h"

namespace osier::telemetry {
class Log;
}

namespace osier::jobs {

struct Event {
  Uuid id;               // Made by the writer (UUIDv7); listeners recognise a repeat by it.
  std::string topic;     // "order.placed"
  Uuid aggregate_id;     // Order is kept among events of one aggregate.
  std::string payload;   // JSON; ids and codes, never personal data.
};

// Adds the statement that writes `events` (one INSERT for all) to the caller's batch, and the NOTIFY.
void add_events(pg::Batch& batch, const std::vector<Event>& events);

class Outbox {
 public:
  using Listener = std::function<Task<void>(Event)>;

  static constexpr int attempts_max = 12;

  Outbox(pg::Database& database, telemetry::Log& log);

  // Before start. `name` is kept in the event's done_listeners: stable, unique.
  void listen(std::string topic, std::string name, Listener listener);

  // Delivers until stop() on the current loop; a round takes up to 64 due events. Errors of the database are logged
  // and waited out.
  Task<void> run();
  void nudge();  // From any thread: look now.
  void stop();   // From any thread.

  // Delivers what is due now, once, and returns how many events were handled. For tests and subcommands.
  Task<int> run_once();

 private:
  Task<bool> deliver(const pg::Row& row, pg::Transaction& transaction);

  pg::Database& database_;
  telemetry::Log& log_;
  struct Entry {
    std::string topic;
    std::string name;
    Listener listener;
  };
  std::vector<Entry> listeners_;
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace osier::jobs
