// PostgreSQL for coroutines: pooled connections, pipelined statements, transactions.
//
// A Database has one pool per event loop; begin() and run() use the pool of the loop they are
// awaited on. All SQL is in Statements, prepared on each connection at first use. Server settings
// per connection: statement_timeout, lock_timeout, idle_in_transaction_session_timeout, TimeZone
// UTC, and application_name osier.
//
// Waiting: every function that returns a Task waits for the network, and no longer than its
// deadline.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/async/loop.h"
#include "platform/async/task.h"
#include "platform/postgres/error.h"
#include "platform/postgres/statement.h"
#include "platform/postgres/value.h"

struct pg_result;

namespace osier::pg {

class Connection;

// One row; shares the result it belongs to.
class Row {
 public:
  Row(std::shared_ptr<pg_result> result, int index) : result_(std::move(result)), index_(index) {}

  // The column by position (from 0) or by name. T as in value.h; std::optional<T> for a column that
  // may be NULL.
  template <class T>
  T get(int column) const {
    const auto text = cell(column);
    if constexpr (is_optional<T>) {
      if (!text) return std::nullopt;
      return Reader<typename T::value_type>::read(*text);
    } else {
      if (!text) misread("NULL", "a value");
      return Reader<T>::read(*text);
    }
  }
  template <class T>
  T get(const char* column) const {
    return get<T>(index_of(column));
  }

 private:
  template <class T>
  static constexpr bool is_optional = requires(T t) { t.has_value(); };

  // NULL as nothing. The view lives as long as the row.
  std::optional<std::string_view> cell(int column) const;
  int index_of(const char* column) const;

  std::shared_ptr<pg_result> result_;
  int index_;
};

// All rows of one statement, and how many rows it changed.
class Rows {
 public:
  Rows() = default;
  explicit Rows(std::shared_ptr<pg_result> result) : result_(std::move(result)) {}

  int size() const;
  bool empty() const { return size() == 0; }
  // Rows inserted, updated or deleted.
  std::int64_t affected() const;
  Row operator[](int index) const { return {result_, index}; }

  class Iterator {
   public:
    Iterator(const Rows* rows, int index) : rows_(rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const Rows* rows_;
    int index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  std::shared_ptr<pg_result> result_;
};

// A statement with its parameters, ready to be sent.
struct Call {
  const Statement* statement;
  std::vector<Text> parameters;
};

template <class... Args>
Call call(const Statement& statement, const Args&... args) {
  Call made{&statement, {}};
  made.parameters.reserve(sizeof...(args));
  (made.parameters.push_back(to_text(args)), ...);
  return made;
}

// Several statements that travel together: one round trip, results in order.
class Batch {
 public:
  // Returns the position of its result.
  template <class... Args>
  std::size_t add(const Statement& statement, const Args&... args) {
    calls_.push_back(call(statement, args...));
    return calls_.size() - 1;
  }
  bool empty() const { return calls_.empty(); }
  const std::vector<Call>& calls() const { return calls_; }

 private:
  std::vector<Call> calls_;
};

enum class Durability {
  synchronous,   // commit() returns when the change is on disk (and on the synchronous standby, if
                 // any)
  asynchronous,  // the last moments may be lost in a crash, never torn: for carts, not for orders
                 // or money
};

// One transaction on one pooled connection. Uncommitted at its end, it is rolled back before the
// connection is lent again. BEGIN travels with the first statement. After any exception only
// destruction is allowed. Calls are made one after the other, never two at once.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  template <class... Args>
  Task<Rows> run(const Statement& statement, const Args&... args) {
    return run_call(call(statement, args...));
  }
  // The only row, or nothing. More than one row is a bug.
  template <class... Args>
  Task<std::optional<Row>> run_one(const Statement& statement, const Args&... args) {
    return run_call_for_one(call(statement, args...));
  }
  // All in one round trip. The first failure throws; the later statements did not run.
  Task<std::vector<Rows>> run_all(Batch batch);

  Task<void> commit();
  // The batch and COMMIT in one round trip.
  Task<std::vector<Rows>> run_all_and_commit(Batch batch);

 private:
  friend class Database;
  struct State;
  explicit Transaction(std::unique_ptr<State> state);
  Task<Rows> run_call(Call call);
  Task<std::optional<Row>> run_call_for_one(Call call);

  std::unique_ptr<State> state_;
};

struct DatabaseOptions {
  std::string connection;  // A libpq connection string or URL; may name several hosts.
  int connections_per_loop = 8;
  Duration acquire_timeout = 250ms;
  Duration connect_timeout = 2s;
  Duration statement_timeout =
      2s;  // On the server; the client gives up one second later and drops the connection.
  Duration lock_timeout = 500ms;
  int waiting_max = 512;  // Callers in the queue per loop; one more is refused at once.
};

struct PoolStatistics {
  int open = 0;  // Or being opened.
  int idle = 0;
  int waiting = 0;
};

class Database {
 public:
  // `loops` outlive the database. Connects lazily; a database that is down is an Unavailable at
  // each call, and heals by itself (reconnects are attempted at most every 100 ms per loop).
  Database(DatabaseOptions options, std::vector<Loop*> loops);
  ~Database();

  // Throws Unavailable if no connection is free in time.
  Task<Transaction> begin(Durability durability = Durability::synchronous);

  // One statement on its own, committed at once. Text that begins with SELECT is taken for a read:
  // if it meets a dead pooled connection, it is run once more on a fresh one. So call functions
  // that write in a Transaction. A write whose connection is lost before its answer is an
  // OutcomeUnknown.
  template <class... Args>
  Task<Rows> run(const Statement& statement, const Args&... args) {
    return run_call(call(statement, args...));
  }
  template <class... Args>
  Task<std::optional<Row>> run_one(const Statement& statement, const Args&... args) {
    return run_call_for_one(call(statement, args...));
  }

  // True if a trivial statement is answered in time.
  Task<bool> is_reachable();
  PoolStatistics statistics() const;
  // Closes all idle connections; call on shutdown after the loops' work has ended.
  void close();

 private:
  Task<Rows> run_call(Call call);
  Task<std::optional<Row>> run_call_for_one(Call call);

  struct Pools;
  std::unique_ptr<Pools> pools_;
};

}  // namespace osier::pg
