#include "platform/postgres/database.h"

#include <cctype>

#include "platform/postgres/pool.h"
#include "platform/postgres/transaction.h"

namespace osier::pg {

namespace {

constexpr Statement reachable_sql{"osier.is_reachable", "SELECT 1"};

// Whether running the statement a second time does no harm. Functions that write belong into a
// Transaction.
bool is_read(const char* sql) {
  std::string_view text = sql;
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  return text.starts_with("SELECT") || text.starts_with("select");
}

}  // namespace

struct Database::Pools {
  std::vector<std::shared_ptr<Pool>> of_loops;

  std::shared_ptr<Pool> current() const {
    const Loop* const loop = &Loop::current();
    for (const auto& pool : of_loops) {
      if (&pool->loop() == loop) return pool;
    }
    require(false, "a database is used on the loops it was made for");
    return nullptr;
  }

  static Task<Rows> run(const Pools& pools, Call call);
  static Task<std::optional<Row>> run_for_one(const Pools& pools, Call call);
};

// A read that met a connection that was dead already is run once more on another.
Task<Rows> Database::Pools::run(const Pools& pools, Call call) {
  const auto pool = pools.current();
  const bool reads = is_read(call.statement->sql());
  for (bool is_second_try = false;; is_second_try = true) {
    auto connection = co_await pool->acquire();
    connection->add(call);
    std::exception_ptr error;
    Rows rows;
    try {
      co_await connection->exchange(reads ? Ending::open : Ending::commits_by_itself);
      rows = std::move(connection->results()[0]);
    } catch (...) {
      error = std::current_exception();
    }
    const bool is_lost = connection->is_closed() && !connection->is_timed_out();
    pool->release(std::move(connection));
    if (!error) co_return rows;
    if (is_lost) pool->drop_idle();
    if (!is_lost || !reads || is_second_try) std::rethrow_exception(error);
  }
}

Task<std::optional<Row>> Database::Pools::run_for_one(const Pools& pools, Call call) {
  const Rows rows = co_await run(pools, std::move(call));
  co_return only_row(rows);
}

Database::Database(DatabaseOptions options, std::vector<Loop*> loops)
    : pools_(std::make_unique<Pools>()) {
  for (Loop* const loop : loops) {
    pools_->of_loops.push_back(std::make_shared<Pool>(*loop, options));
  }
}

Database::~Database() { close(); }

Task<Transaction> Database::begin(Durability durability) {
  auto pool = pools_->current();
  auto connection = co_await pool->acquire();
  co_return Transaction(
      std::make_unique<Transaction::State>(std::move(pool), std::move(connection), durability));
}

Task<Rows> Database::run_call(Call call) { return Pools::run(*pools_, std::move(call)); }

Task<std::optional<Row>> Database::run_call_for_one(Call call) {
  return Pools::run_for_one(*pools_, std::move(call));
}

Task<bool> Database::is_reachable() {
  try {
    co_await run(reachable_sql);
    co_return true;
  } catch (const Error&) {
    co_return false;
  }
}

PoolStatistics Database::statistics() const {
  PoolStatistics sum;
  for (const auto& pool : pools_->of_loops) {
    const auto statistics = pool->statistics();
    sum.open += statistics.open;
    sum.idle += statistics.idle;
    sum.waiting += statistics.waiting;
  }
  return sum;
}

void Database::close() {
  for (const auto& pool : pools_->of_loops) pool->close();
}

}  // namespace osier::pg
