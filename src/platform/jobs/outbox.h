// Facts, written in the transaction that made them true, and told to listeners after it committed.
//
// At least once, in order per aggregate: an event waits until the earlier ones of its aggregate are
// delivered. A listener that throws is tried again with backoff (1 s doubling to 10 min, with
// jitter); the others of that event are not run again. After attempts_max the event is parked with
// the reason, visible in the admin and in metrics, and no longer blocks its aggregate. Any number
// of processes deliver together; NOTIFY 'outbox' wakes them.
//
// Listeners may call the outside, so they run in no transaction: an event is taken by moving its
// next attempt a lease ahead (one short transaction), and marked when its listeners are done
// (another). A process that dies in between leaves the event to the next one, after the lease.
// `attempts` rises when the event is taken and fences the mark of whoever lost the lease.

#pragma once

#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "platform/base/uuid.h"
#include "platform/jobs/nudge.h"
#include "platform/postgres/database.h"

namespace osier::telemetry {
class Log;
}

namespace osier::jobs {

struct Event {
  Uuid id;              // Made by the writer (UUIDv7); listeners recognise a repeat by it.
  std::string topic;    // "order.placed"
  Uuid aggregate_id;    // Order is kept among events of one aggregate.
  std::string payload;  // JSON; ids and codes, never personal data.
};

// Adds the statement that writes `events` (one INSERT for all) to the caller's batch, and the
// NOTIFY.
void add_events(pg::Batch& batch, const std::vector<Event>& events);

class Outbox {
 public:
  using Listener = std::function<Task<void>(Event)>;
  // Hears of several events at once, so that what follows from them is written set-based. Throws if
  // any failed: then it is told of each alone.
  using GroupListener = std::function<Task<void>(std::vector<Event>)>;

  static constexpr int attempts_max = 300;  // Some 48 hours.
  static constexpr int round_max = 64;      // Events taken at once.
  static constexpr int side_by_side = 4;    // Of them, how many are told at the same time.
  static constexpr Duration lease = std::chrono::seconds(60);
  static constexpr Duration start_limit =
      std::chrono::seconds(20);  // Not begun by then: left for the next round.

  Outbox(pg::Database& database, telemetry::Log& log);

  // Before start. `name` is kept in the event's done_listeners: stable, unique. An event that
  // nobody listens to counts as delivered.
  void listen(std::string topic, std::string name, Listener listener);
  void listen_in_groups(std::string topic, std::string name, GroupListener listener);

  // Delivers until stop() on the current loop. Errors of the database are logged and waited out.
  Task<void> run();
  void nudge();  // From any thread: look now.
  void stop();   // From any thread. run() returns when the round under way has ended.

  // Delivers what is due now, once, and returns how many events were handled. For tests and
  // subcommands.
  Task<int> run_once();

 private:
  struct Entry {
    std::string topic;
    std::string name;
    Listener listener;  // One of the two.
    GroupListener group_listener;
  };
  struct Taken;
  struct Round;

  Task<int> pass_over_unheard();
  Task<void> tell_groups(Round& round);
  Task<void> tell_group(const Entry& entry, Round& round);
  Task<void> work_through(Round& round);
  Task<void> deliver(Round& round, Taken taken);
  Task<void> write_marks(Round& round);
  Task<void> give_back(Taken taken);

  pg::Database& database_;
  telemetry::Log& log_;
  std::vector<Entry> listeners_;
  std::minstd_rand random_{std::random_device{}()};  // Jitter.
  Nudge nudge_;
};

}  // namespace osier::jobs
