// What a Transaction holds. Internal to platform/postgres.

#pragma once

#include <memory>
#include <vector>

#include "platform/postgres/pool.h"

namespace osier::pg {

struct Transaction::State {
  enum class Phase {
    unbegun,  // BEGIN travels with the first statement.
    begun,
    busy,   // An exchange is under way.
    ended,  // Committed, or failed: the connection is back in the pool.
  };

  State(std::shared_ptr<Pool> home, std::shared_ptr<Connection> lent, Durability how)
      : pool(std::move(home)), connection(std::move(lent)), durability(how) {}
  ~State() { end(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  enum class Last { statement, commit };

  // One round trip: BEGIN if needed, the calls, COMMIT if asked for. Leaves the results of the
  // calls.
  static Task<void> exchange(State& state, const std::vector<Call>& calls, Last last,
                             std::vector<Rows>& results);

  // Coroutines over the state rather than members of Transaction, which may be moved before they
  // are awaited.
  static Task<Rows> run(State& state, Call call);
  static Task<std::optional<Row>> run_for_one(State& state, Call call);
  static Task<std::vector<Rows>> run_all(State& state, Batch batch, Last last);
  static Task<void> commit(State& state);

  // Gives the connection back; an open transaction is rolled back by the pool.
  void end();

  std::shared_ptr<Pool> pool;
  std::shared_ptr<Connection> connection;
  Durability durability;
  Phase phase = Phase::unbegun;

 private:
  static Task<void> try_exchange(State& state, const std::vector<Call>& calls, Last last,
                                 std::vector<Rows>& results);
};

// The only row of a statement that yields at most one.
std::optional<Row> only_row(const Rows& rows);

}  // namespace osier::pg
