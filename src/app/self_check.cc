#include "app/self_check.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "app/audit_chain.h"
#include "app/verify.h"

namespace osier::app {

namespace {

constexpr pg::Statement read_only_sql{"self_check.read_only", "SET TRANSACTION READ ONLY"};
// One core at most.
constexpr pg::Statement one_core_sql{"self_check.one_core",
                                     "SET LOCAL max_parallel_workers_per_gather = 0"};
constexpr pg::Statement ask_sql{"self_check.ask", R"sql(
  SELECT violations, lines FROM platform.ask_invariant($1, $2)
)sql"};

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

Task<void> ask(pg::Database& database, pg::Invariant invariant, InvariantAnswer& answer) {
  constexpr int lines_max = 5;
  auto transaction = co_await database.begin();
  co_await transaction.run(read_only_sql);
  co_await transaction.run(one_core_sql);
  const auto row = co_await transaction.run_one(ask_sql, invariant.query.sql(), lines_max);
  co_await transaction.commit();
  answer.violations = row->get<std::int64_t>("violations");
  answer.lines = row->get<std::vector<std::string>>("lines");
}

// By invariant, in seconds; 0 for one that never was answered.
using Times = std::unordered_map<std::string, std::int64_t>;

Times times_of(const pg::Rows& counts) {
  Times times;
  for (const pg::Invariant& invariant : all_invariants()) times.emplace(invariant.name, 0);
  for (const pg::Row row : counts) {
    const auto found = times.find(row.get<std::string>("invariant"));
    if (found != times.end()) found->second = row.get<std::int64_t>("checked_at");
  }
  return times;
}

// So that those at the end get their turn if not all can be asked in one run.
std::vector<pg::Invariant> oldest_answer_first(const Times& times) {
  auto invariants = all_invariants();
  std::ranges::sort(invariants, {}, [&times](const pg::Invariant& invariant) {
    const std::string name = invariant.name;
    return std::pair(times.at(name), name);
  });
  return invariants;
}

void log_answer(const telemetry::Log& log, const InvariantAnswer& answer) {
  if (!answer.violations)
    log.warning("an invariant could not be checked: whether it holds is unknown",
                {{"invariant", answer.name}, {"reason", answer.why_unknown}});
  for (const std::string& line : answer.lines)
    log.error("an invariant is violated", {{"violation", answer.name + ": " + line}});
}

}  // namespace

Task<std::vector<InvariantAnswer>> ask_invariants(pg::Database& database,
                                                  std::vector<pg::Invariant> invariants,
                                                  Duration limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::vector<InvariantAnswer> answers;
  for (const pg::Invariant& invariant : invariants) {
    InvariantAnswer& answer = answers.emplace_back();
    answer.name = invariant.name;
    if (std::chrono::steady_clock::now() > end) {
      answer.why_unknown = "the others took too long";
      continue;
    }
    try {
      co_await ask(database, invariant, answer);
    } catch (const pg::StatementFailed& failure) {
      answer.why_unknown = failure.what();
    }
  }
  co_return answers;
}

// On a connection of its own, which may take longer than those that shoppers wait for.
Task<void> check_invariants(Shop& shop) {
  // The last one may take its minute, and all is still below what a run may take.
  constexpr Duration limit = jobs::Schedules::run_max - 80s;
  const auto counts = co_await shop.database.run(select_counts_sql);
  auto invariants = oldest_answer_first(times_of(counts));
  std::vector<InvariantAnswer> answers;
  {
    pg::Database patient({.connection = shop.connection,
                          .connections_per_loop = 1,
                          .acquire_timeout = 5s,
                          .statement_timeout = 1min},
                         {&Loop::current()});
    answers = co_await ask_invariants(patient, std::move(invariants), limit);
    answers.push_back(co_await ask_chain(shop, patient));
    patient.close();
  }
  std::vector<std::string> names;
  std::vector<std::string> known;
  std::vector<std::int64_t> violations;
  for (const InvariantAnswer& answer : answers) {
    log_answer(shop.log, answer);
    names.push_back(answer.name);
    if (!answer.violations) continue;
    known.push_back(answer.name);
    violations.push_back(*answer.violations);
  }
  auto transaction = co_await shop.database.begin();
  pg::Batch write;
  write.add(replace_counts_sql, known, violations);
  write.add(forget_counts_sql, names);
  co_await transaction.run_all_and_commit(std::move(write));
}

Task<void> write_check_metrics(Shop& shop) {
  try {
    const auto rows = co_await shop.database.run(select_counts_sql);
    for (const pg::Row row : rows) {
      shop.metrics
          .gauge("osier_invariant_violations", "Violations found by the last check of the books.",
                 {{"invariant", row.get<std::string>("invariant")}})
          .Set(static_cast<double>(row.get<std::int64_t>("violations")));
    }
    const Times times = times_of(rows);
    const auto oldest = std::ranges::min_element(times, {}, &Times::value_type::second);
    shop.metrics
        .gauge("osier_invariants_checked_timestamp_seconds",
               "When the books were last checked, of the invariant with the oldest answer; 0: one "
               "was never answered.")
        .Set(static_cast<double>(oldest->second));
  } catch (const pg::Error&) {
    co_return;  // The other metrics tell that the database is away.
  }
}

}  // namespace osier::app
