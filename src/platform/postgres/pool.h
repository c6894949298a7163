// The connections of one loop, lent to one user at a time. Internal to platform/postgres.
//
// Who finds none free waits in line. Connections are opened in the background when somebody waits
// and there is room; after a failed attempt none is tried for 100 ms, and callers who could only
// hope for a new one are refused at once.
//
// Used on its loop's thread only, but for statistics().

#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "platform/postgres/connection.h"

namespace osier::pg {

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(Loop& loop, DatabaseOptions options) : loop_(loop), options_(std::move(options)) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  Loop& loop() { return loop_; }

  // Throws Unavailable if there is none in time or the line is full.
  Task<std::shared_ptr<Connection>> acquire();
  // Gives a connection back, in whatever state: one inside a transaction is rolled back first.
  void release(std::shared_ptr<Connection> connection);
  // Drops what is idle: it may be as dead as the one its caller met.
  void drop_idle();
  void close();

  PoolStatistics statistics() const { return {open_ + opening_, idle_count_, waiting_}; }

 private:
  struct Waiter;

  void open_if_useful();
  static Task<void> open_one(std::shared_ptr<Pool> pool);
  static Task<void> roll_back(std::shared_ptr<Pool> pool, std::shared_ptr<Connection> connection);
  static Task<void> wait_in_line(std::shared_ptr<Waiter> waiter, Duration limit);
  void lend_or_keep(std::shared_ptr<Connection> connection);
  void refuse_waiters();
  void forget(Connection& connection);
  void count_idle() { idle_count_ = static_cast<int>(idle_.size()); }
  bool is_throttled() const { return std::chrono::steady_clock::now() < no_attempt_before_; }
  Connection::Settings settings() const;

  Loop& loop_;
  DatabaseOptions options_;
  std::vector<std::shared_ptr<Connection>>
      idle_;  // The last used is lent first: its caches are warm.
  std::vector<std::shared_ptr<Connection>> busy_;  // Being opened or rolled back.
  std::deque<std::shared_ptr<Waiter>> waiters_;
  bool closed_ = false;
  std::string last_failure_;
  std::chrono::steady_clock::time_point no_attempt_before_;
  std::atomic<int> open_ = 0;  // Lent and idle.
  std::atomic<int> opening_ = 0;
  std::atomic<int> idle_count_ = 0;
  std::atomic<int> waiting_ = 0;
};

}  // namespace osier::pg
