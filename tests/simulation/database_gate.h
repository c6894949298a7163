// Stands between one process of the shop and PostgreSQL, and lets one round trip through at a time.
//
// What the process sends is kept until the game opens its gate; then it goes to PostgreSQL, and the
// stage waits until every statement under way has been answered or stands behind another one's
// lock: so says PostgreSQL's table of locks, not a clock. Connecting and the settings of a
// connection pass freely.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "platform/postgres/blocking_connection.h"
#include "simulation/stage.h"

namespace osier::simulation {

// Rules that a broken shop does without: locks of these statements are taken out on their way.
using Unlocked = std::set<std::string>;

struct Pair;
class DatabaseGate;

// Everything that is under way between the shop's processes and PostgreSQL.
class Traffic {
 public:
  // `server` is the folder of the server's socket; `observer` sees the server's locks.
  Traffic(Stage& stage, std::filesystem::path server, std::string database,
          pg::BlockingConnection& observer, Unlocked unlocked);
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

 private:
  friend class DatabaseGate;

  bool pump();
  Pair& connect(int process, int client);
  bool read_client(Pair& pair);
  void hold_requests(Pair& pair);
  void finish_start(Pair& pair);
  void send(Pair& pair);
  // Waits until all that was sent is answered or stands behind a lock, of whatever process; then
  // hands out the answers in the order in which the connections were made.
  void wait_for_answers();
  bool wait_a_moment();
  bool are_locked_out(const std::vector<Pair*>& pairs);
  bool read_server(Pair& pair);
  void deliver(Pair& pair);
  void close_server(Pair& pair);
  void close_client(Pair& pair);

  Stage& stage_;
  const std::filesystem::path server_;
  const std::string database_;
  pg::BlockingConnection& observer_;
  const Unlocked unlocked_;
  std::vector<std::unique_ptr<Pair>> pairs_;  // In the order in which they were made.
  std::vector<DatabaseGate*> gates_;
};

class DatabaseGate {
 public:
  // The traffic outlives the gate.
  DatabaseGate(Traffic& traffic, int process);
  ~DatabaseGate();
  DatabaseGate(const DatabaseGate&) = delete;
  DatabaseGate& operator=(const DatabaseGate&) = delete;

  // A libpq connection string through this gate.
  const std::string& connection() const { return connection_; }

  // Cuts the connection behind a held round trip: before it is sent, or when PostgreSQL has done it
  // and its answer is lost. False if that gate is not of a round trip of this process.
  enum class Cut { before, after };
  bool cut(std::uint64_t held_id, Cut when);
  // The process is killed: PostgreSQL sees all its connections end. What had been sent is still
  // done; so is the held round trip `last_sent`, if it is one of this process.
  void kill(std::uint64_t last_sent);
  // Removes its socket, at the end of the game.
  void clean_up();

 private:
  friend class Traffic;

  void take_new_connections();
  std::vector<Pair*> own_pairs() const;

  Traffic& traffic_;
  Stage& stage_;
  const int process_;
  std::filesystem::path folder_;
  std::string connection_;
  int listener_ = -1;
  bool is_killed_ = false;
};

}  // namespace osier::simulation
