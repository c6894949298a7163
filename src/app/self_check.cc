#include "app/self_check.h"

#include <algorithm>
#include <chrono>

#include "app/verify.h"

namespace osier::app {

namespace {

constexpr Duration check_limit = 4min;  // Below the lease of a schedule.

// One core at most, and no statement for longer than a minute.
constexpr pg::Statement one_snapshot_sql{
    "self_check.one_snapshot", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr pg::Statement one_core_sql{"self_check.one_core",
                                     "SET LOCAL max_parallel_workers_per_gather = 0"};

constexpr pg::Statement replace_counts_sql{"self_check.replace_counts", R"sql(
  INSERT INTO platform.invariant_counts (invariant, violations, checked_at)
  SELECT invariant, violations, clock_timestamp() FROM unnest($1::text[], $2::bigint[]) AS found (invariant, violations)
  ON CONFLICT (invariant) DO UPDATE SET violations = excluded.violations, checked_at = excluded.checked_at
)sql"};
constexpr pg::Statement forget_counts_sql{"self_check.forget_counts", R"sql(
  DELETE FROM platform.invariant_counts WHERE NOT invariant = ANY ($1)
)sql"};
constexpr pg::Statement select_counts_sql{"self_check.select_counts", R"sql(
  SELECT invariant, violations, extract(epoch FROM checked_at)::bigint AS checked_at FROM platform.invariant_counts
)sql"};

struct Found {
  std::vector<std::string> names;
  std::vector<std::int64_t> counts;
  std::vector<std::string> lines;  // Of the first violations of each.
};

Task<void> ask_all(pg::Database& database, Found& found) {
  constexpr int lines_max = 5;
  const auto end = std::chrono::steady_clock::now() + check_limit;
  auto transaction = co_await database.begin();
  co_await transaction.run(one_snapshot_sql);
  co_await transaction.run(one_core_sql);
  for (const pg::Invariant& invariant : all_invariants()) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("checking the invariants takes longer than four minutes");
    const auto rows = co_await transaction.run(invariant.query);
    found.names.emplace_back(invariant.name);
    found.counts.push_back(rows.size());
    for (int i = 0; i < std::min(rows.size(), lines_max); ++i)
      found.lines.push_back(std::string(invariant.name) + ": " + rows[i].get<std::string>(0));
  }
  co_await transaction.commit();
}

}  // namespace

// On a connection of its own, which may take longer than those that shoppers wait for.
Task<void> check_invariants(Shop& shop) {
  Found found;
  {
    pg::Database patient({.connection = shop.connection,
                          .connections_per_loop = 1,
                          .acquire_timeout = 5s,
                          .statement_timeout = 1min},
                         {&Loop::current()});
    co_await ask_all(patient, found);
    patient.close();
  }
  for (const std::string& line : found.lines)
    shop.log.error("an invariant is violated", {{"violation", line}});
  auto transaction = co_await shop.database.begin();
  pg::Batch write;
  write.add(replace_counts_sql, found.names, found.counts);
  write.add(forget_counts_sql, found.names);
  co_await transaction.run_all_and_commit(std::move(write));
}

Task<void> write_check_metrics(Shop& shop) {
  try {
    const auto rows = co_await shop.database.run(select_counts_sql);
    std::int64_t checked_at = 0;
    for (const pg::Row row : rows) {
      shop.metrics
          .gauge("osier_invariant_violations", "Violations found by the last check of the books.",
                 {{"invariant", row.get<std::string>("invariant")}})
          .Set(static_cast<double>(row.get<std::int64_t>("violations")));
      checked_at = std::max(checked_at, row.get<std::int64_t>("checked_at"));
    }
    shop.metrics
        .gauge("osier_invariants_checked_timestamp_seconds",
               "When the books were last checked; 0: never.")
        .Set(static_cast<double>(checked_at));
  } catch (const pg::Error&) {
    co_return;  // The other metrics tell that the database is away.
  }
}

}  // namespace osier::app
