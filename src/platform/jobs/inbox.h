// Messages from outside, each stored once by its sender's id before it is acted on.
//
// A webhook handler stores and answers 200; the worker acts. A handler that throws is tried again
// with backoff and parked with the reason after attempts_max. Any number of processes work
// together: events are taken by a lease, as in the outbox, and handled in no transaction of ours.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/jobs/batcher.h"
#include "platform/jobs/nudge.h"
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
  // Handles a group of due events at once, so that a flood is booked set-based. Throws if any
  // failed: then each is tried alone, so that one bad event does not hold up the others.
  using Handler = std::function<Task<void>(std::vector<InboxEvent>)>;

  static constexpr int attempts_max = 300;  // Some 48 hours.
  static constexpr int group_max = 256;
  // Groups at the same time, so that one is asked about while the other is booked. Two may be about
  // the same object.
  static constexpr int side_by_side = 2;
  static constexpr std::size_t waiting_max = 8'192;  // To be stored.
  static constexpr Duration lease = std::chrono::seconds(60);
  static constexpr Duration start_limit =
      std::chrono::seconds(20);  // Not begun by then: left for the next round.

  // Events are stored on `store_loop`. All outlive the inbox.
  Inbox(pg::Database& database, telemetry::Log& log, Loop& store_loop);

  // Before start; one handler per source. Events of a source without one wait.
  void handle(std::string source, Handler handler);

  // Stores the event; false if it was there already. Whatever arrives while others are being stored
  // is stored in one statement. From any loop. Throws pg::Unavailable and Overloaded (the sender
  // will come again).
  Task<bool> store(InboxEvent event);

  Task<void> run();
  void nudge();  // From any thread: look now.
  void stop();   // From any thread. run() returns when the group under way has ended.
  // Handles what is due now, once, and returns how many events were taken. For tests and
  // subcommands.
  Task<int> run_once();

 private:
  struct Taken {
    InboxEvent event;
    int attempts;
  };

  Task<std::vector<char>> store_all(std::vector<InboxEvent> events);
  Task<void> count_group(std::string source, Handler handler, int& handled);
  Task<int> handle_group(std::string source, Handler handler);
  Task<void> handle_alone(Handler handler, std::vector<Taken> group);
  Task<void> mark_processed(std::vector<Taken> group);
  Task<void> mark_failed(Taken taken, std::string reason);
  Task<void> give_back(std::vector<Taken> group);

  pg::Database& database_;
  telemetry::Log& log_;
  std::vector<std::pair<std::string, Handler>> handlers_;
  Batcher<InboxEvent, char> stores_;  // Replies with 1 for what is new.
  Nudge nudge_;
};

}  // namespace osier::jobs
