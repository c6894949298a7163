#include <gtest/gtest.h>

#include "app/self_check.h"
#include "app/verify.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::app {
namespace {

constexpr pg::Invariant holds{"test.holds", {"test.holds", R"sql(
  SELECT 'never' WHERE false
)sql"}};
constexpr pg::Invariant takes_too_long{"test.takes_too_long", {"test.takes_too_long", R"sql(
  SELECT 'late' FROM pg_sleep(60)
)sql"}};
constexpr pg::Invariant is_broken{"test.is_broken", {"test.is_broken", R"sql(
  SELECT format('%s', 1 / (n - 1)) FROM generate_series(1, 2) AS n
)sql"}};
constexpr pg::Invariant is_violated{"test.is_violated", {"test.is_violated", R"sql(
  SELECT format('row %s', n) FROM generate_series(1, 200000) AS n
)sql"}};

using Answers = std::vector<InvariantAnswer>;

Task<void> ask_into(pg::Database& database, std::vector<pg::Invariant> invariants, Duration limit,
                    Answers& answers) {
  answers = co_await ask_invariants(database, std::move(invariants), limit);
}

Answers answers_of(std::vector<pg::Invariant> invariants, Duration limit = 1min) {
  const pg::test::Database fresh(migrations());
  auto options = pg::test::options(fresh.connection());
  options.statement_timeout = 2s;
  Answers answers;
  pg::test::run(options, [&](pg::Database& database) {
    return ask_into(database, std::move(invariants), limit, answers);
  });
  return answers;
}

TEST(SelfCheck, TellsWhatCouldNotBeAskedAsUnknownAndAsksTheOthers) {
  const auto answers = answers_of({takes_too_long, is_broken, holds, is_violated});
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0].name, "test.takes_too_long");
  EXPECT_EQ(answers[0].violations, std::nullopt);
  EXPECT_NE(answers[0].why_unknown, "");
  EXPECT_EQ(answers[1].violations, std::nullopt);
  EXPECT_EQ(answers[2].violations, 0);
  EXPECT_EQ(answers[3].violations, 200'000);
}

TEST(SelfCheck, CountsAllViolationsAndFetchesTheFirstLines) {
  const auto answers = answers_of({is_violated});
  EXPECT_EQ(answers[0].violations, 200'000);
  const std::vector<std::string> first = {"row 1", "row 2", "row 3", "row 4", "row 5"};
  EXPECT_EQ(answers[0].lines, first);
}

TEST(SelfCheck, BeginsNoneAfterItsLimit) {
  const auto answers = answers_of({takes_too_long, holds}, 1s);
  EXPECT_EQ(answers[1].violations, std::nullopt);
  EXPECT_NE(answers[1].why_unknown, "");
}

TEST(SelfCheck, FindsNothingInAnEmptyShop) {
  const auto answers = answers_of(all_invariants());
  EXPECT_EQ(answers.size(), all_invariants().size());
  for (const InvariantAnswer& answer : answers) EXPECT_EQ(answer.violations, 0) << answer.name;
}

}  // namespace
}  // namespace osier::app
