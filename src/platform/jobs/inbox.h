// Messages from outside, each stored once by its sender's id before it is acted on.
//
// A webhook handler stores and answers 200; the worker acts. A handler that throws is tried again with backoff and
// parked with the reason after attempts_max. Any number of processes work together (SKIP LOCKED).

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/async/loop.h"
#include "platform/postgres/database.h"

namespace osier::telemetry {
class Log;
}

namespace osier::jobs {

struct InboxEvent {
  std::string source;     // "stripe"
  std::string event_id;   // The sender's: evt_…
  std::string type;       // "checkout.session.completed"
  std::string object_id;  // What it is about; the object itself is fetched anew.
  bool is_live = false;
  std::optional<Instant> sent_at;
};

class Inbox {
 public:
  // Handles a group of due events at once, so that a flood is booked set-based. Throws if any failed: then each is
  // tried alone, so that one bad event does not hold up the others.
  using Handler = std::function<Task<void>(std::vector<InboxEvent>)>;

  static constexpr int attempts_max = 12;
  static constexpr int group_max = 256;

  Inbox(pg::Database& database, telemetry::Log& log);

  void handle(std::string source, Handler handler);

  // Stores the event; false if it was there already. Throws pg::Unavailable (the sender will come again).
  Task<bool> store(InboxEvent event);

  Task<void> run();
  void nudge();
  void stop();
  Task<int> run_once();

 private:
  pg::Database& database_;
  telemetry::Log& log_;
  std::vector<std::pair<std::string, Handler>> handlers_;
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace osier::jobs
