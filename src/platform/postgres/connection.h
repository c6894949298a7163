// One connection to PostgreSQL in pipeline mode, driven by a loop. Internal to platform/postgres.
//
// An exchange is one round trip: all its steps are sent, then one Sync, and the answers are read
// while the rest is still being written (a server that waits for us to read would otherwise wait
// for ever). The server runs the steps in order and skips all after the first that fails.
//
// The socket belongs to libpq; Asio only watches it. An idle connection is watched for the server's
// end, so that a dead one leaves the pool at once. Every wait has a deadline: past it the
// connection is dropped.
//
// Used on its loop's thread only.

#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/async/loop.h"
#include "platform/postgres/database.h"

struct pg_conn;

namespace osier::pg {

// What an exchange sends. `name` "" is sent without preparing. All pointers live until the exchange
// has ended.
struct Step {
  const char* name;
  const char* sql;
  const std::vector<Text>* parameters;
};

// How an exchange ends, which decides what is known if the connection is lost in it.
enum class Ending {
  open,             // Nothing is committed: Unavailable.
  commits_by_step,  // The last step is COMMIT: once sent, OutcomeUnknown until its answer has come.
  commits_by_itself,  // Statements outside a transaction: once sent, OutcomeUnknown until the end.
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Settings {
    std::string connection;
    Duration connect_timeout;
    Duration statement_timeout;
    Duration lock_timeout;
  };

  Connection(Loop& loop, Settings settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects and applies the settings. Throws Unavailable; the connection is closed then.
  Task<void> open();

  // Steps of the next exchange. Filled before it, emptied by it.
  std::vector<Step>& steps() { return steps_; }
  void add(const Statement& statement);
  void add(const Call& call);

  // Sends the steps and leaves one result per step in results(). Throws StatementFailed for the
  // first that failed (the connection is usable again), Unavailable or OutcomeUnknown if the
  // connection was lost (it is closed).
  Task<void> exchange(Ending ending);
  std::vector<Rows>& results() { return results_; }

  bool is_closed() const { return connection_ == nullptr; }
  // Whether it was closed because an answer did not come in time.
  bool is_timed_out() const { return timed_out_; }
  // False while a transaction, failed or not, is open on the server.
  bool is_outside_transaction() const;
  // True if the connection should not be used again, e.g. since its prepared statements no longer
  // fit the schema.
  bool is_worn() const { return worn_; }
  void close();
  // Closes it under whoever waits on it, who learns so before this returns.
  void abort();

  // Watches the idle connection until the next exchange: `died` is called when the server has
  // closed it (it is closed here by then), `notified` for each NOTIFY.
  struct IdleHandlers {
    std::function<void(Connection&)> died;
    std::function<void(std::string channel, std::string payload)> notified;
  };
  void watch(IdleHandlers handlers);
  void watch();

 private:
  struct Ready;
  struct Progress;

  Task<void> connect();
  Task<void> apply_settings();
  void send_steps();
  void send(const Step& step);
  // Takes all answers that have come. True at the end of the exchange.
  bool take_answers(Progress& progress);
  void take_result(std::shared_ptr<pg_result> result, Progress& progress);
  void record_failure(const pg_result* result, Progress& progress);
  void finish(Progress& progress);
  void lose(Progress& progress, std::string why);

  void arm_read();
  void arm_write();
  void woken();
  void set_deadline(Duration from_now);
  void arm_timer();
  void idle_input();
  void deliver_notifications();
  std::string last_error() const;
  static void take_notice(void* self, const pg_result* notice);

  Settings settings_;
  pg_conn* connection_ = nullptr;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point deadline_;
  std::coroutine_handle<> waiter_;
  IdleHandlers idle_;
  bool reading_ = false;
  bool writing_ = false;
  bool timer_armed_ = false;
  bool exchanging_ = false;
  bool timed_out_ = false;
  bool worn_ = false;
  bool commit_not_replicated_ = false;

  std::unordered_map<std::string_view, const char*> prepared_;  // Name to SQL.
  std::vector<Step> steps_;
  std::vector<Rows> results_;
  struct Sent {
    int step;         // Position in steps_.
    bool is_prepare;  // Else the execution.
  };
  std::vector<Sent> sent_;
  std::vector<const char*> values_;  // Of the step being sent.
};

// Resumes when the socket is readable or writable, as asked for, or when the deadline has passed.
struct Connection::Ready {
  Connection& connection;
  bool read;
  bool write;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    connection.waiter_ = handle;
    if (read) connection.arm_read();
    if (write) connection.arm_write();
    connection.arm_timer();
  }
  void await_resume() const noexcept {}
};

// libpq's messages end in a newline.
std::string without_newline(const char* message);

}  // namespace osier::pg
