#include "platform/postgres/transaction.h"

#include "platform/postgres/error.h"

namespace osier::pg {

namespace {

constexpr Statement begin_sql{"osier.begin", "BEGIN"};
constexpr Statement asynchronous_sql{"osier.asynchronous", "SET LOCAL synchronous_commit TO off"};
constexpr Statement commit_sql{"osier.commit", "COMMIT"};

}  // namespace

std::optional<Row> only_row(const Rows& rows) {
  require(rows.size() <= 1, "a statement run for one row yields no second");
  if (rows.empty()) return std::nullopt;
  return rows[0];
}

void Transaction::State::end() {
  phase = Phase::ended;
  if (connection) pool->release(std::move(connection));
}

Task<void> Transaction::State::try_exchange(State& state, const std::vector<Call>& calls, Last last,
                                            std::vector<Rows>& results) {
  Connection& connection = *state.connection;
  const bool begins = state.phase == Phase::unbegun;
  std::size_t first = 0;
  if (begins) {
    connection.add(begin_sql);
    first = 1;
    if (state.durability == Durability::asynchronous) {
      connection.add(asynchronous_sql);
      first = 2;
    }
  }
  for (const Call& call : calls) connection.add(call);
  if (last == Last::commit) connection.add(commit_sql);
  state.phase = Phase::busy;
  const auto ending = last == Last::commit ? Ending::commits_by_step : Ending::open;
  try {
    co_await connection.exchange(ending);
  } catch (...) {
    // A connection that was dead before the transaction began is no reason to fail: another one
    // will do.
    if (begins && last == Last::statement && connection.is_closed()) state.phase = Phase::unbegun;
    throw;
  }
  state.phase = Phase::begun;
  auto& all = connection.results();
  for (std::size_t i = 0; i < calls.size(); ++i) results.push_back(std::move(all[first + i]));
}

Task<void> Transaction::State::exchange(State& state, const std::vector<Call>& calls, Last last,
                                        std::vector<Rows>& results) {
  require(state.phase != Phase::busy, "a transaction's calls are made one after the other");
  require(state.phase != Phase::ended, "a transaction that has ended is not used again");
  bool is_second_try = false;
  for (;;) {
    bool try_again = false;
    try {
      co_await try_exchange(state, calls, last, results);
    } catch (const Unavailable&) {
      try_again =
          !is_second_try && state.phase == Phase::unbegun && !state.connection->is_timed_out();
      if (!try_again) {
        state.end();
        throw;
      }
    } catch (...) {
      state.end();  // At once, since the failed transaction still holds its locks.
      throw;
    }
    if (!try_again) break;
    is_second_try = true;
    state.pool->release(std::move(state.connection));
    state.pool->drop_idle();
    state.phase = Phase::ended;  // Unless there is another connection.
    state.connection = co_await state.pool->acquire();
    state.phase = Phase::unbegun;
  }
  if (last == Last::commit) state.end();
}

Task<Rows> Transaction::State::run(State& state, Call call) {
  std::vector<Call> calls;
  calls.push_back(std::move(call));
  std::vector<Rows> results;
  co_await exchange(state, calls, Last::statement, results);
  co_return std::move(results[0]);
}

Task<std::optional<Row>> Transaction::State::run_for_one(State& state, Call call) {
  const Rows rows = co_await run(state, std::move(call));
  co_return only_row(rows);
}

Task<std::vector<Rows>> Transaction::State::run_all(State& state, Batch batch, Last last) {
  std::vector<Rows> results;
  results.reserve(batch.calls().size());
  // A transaction in which nothing was said needs no word to the server.
  const bool is_silent =
      batch.empty() && (last == Last::statement || state.phase == Phase::unbegun);
  if (!is_silent) {
    co_await exchange(state, batch.calls(), last, results);
  } else if (last == Last::commit) {
    state.end();
  }
  co_return results;
}

Task<void> Transaction::State::commit(State& state) {
  Batch nothing_more;
  co_await run_all(state, std::move(nothing_more), Last::commit);
}

Transaction::Transaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Task<Rows> Transaction::run_call(Call call) { return State::run(*state_, std::move(call)); }

Task<std::optional<Row>> Transaction::run_call_for_one(Call call) {
  return State::run_for_one(*state_, std::move(call));
}

Task<std::vector<Rows>> Transaction::run_all(Batch batch) {
  return State::run_all(*state_, std::move(batch), State::Last::statement);
}

Task<void> Transaction::commit() { return State::commit(*state_); }

Task<std::vector<Rows>> Transaction::run_all_and_commit(Batch batch) {
  return State::run_all(*state_, std::move(batch), State::Last::commit);
}

}  // namespace osier::pg
