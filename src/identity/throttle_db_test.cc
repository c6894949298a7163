#include <gtest/gtest.h>

#include "identity/throttle.h"
#include "platform/async/loop.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::identity {
namespace {

using namespace std::chrono_literals;

constexpr ThrottleRule per_account{.name = "test_account", .count = 5, .per = 1min};
constexpr ThrottleRule per_range{.name = "test_range", .count = 20, .per = 1min};

void with_database(std::function<Task<void>(pg::Database&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), std::move(work));
}

std::vector<Bucket> buckets_of(std::string account, std::string range) {
  return {{&per_account, std::move(account)}, {&per_range, std::move(range)}};
}

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

Task<void> count_to_the_limit(pg::Database& database) {
  ManualClock clock(noon);
  SystemRandom random;
  Throttle throttle(database, clock);
  Throttle other_process(database, clock);
  co_await throttle.load(random);
  co_await other_process.load(random);

  for (int i = 0; i < 5; ++i) {
    Throttle& door = i % 2 == 0 ? throttle : other_process;
    EXPECT_TRUE(co_await door.take(buckets_of("ada", "192.0.2.1")));
  }
  const auto sixth = co_await other_process.take(buckets_of("ada", "192.0.2.1"));
  EXPECT_FALSE(sixth);
  EXPECT_EQ(sixth.error().retry_after, 12s);
  EXPECT_TRUE(co_await throttle.take(buckets_of("grace", "192.0.2.1")));

  clock.advance(12s);
  EXPECT_TRUE(co_await throttle.take(buckets_of("ada", "192.0.2.1")));
  EXPECT_FALSE(co_await throttle.take(buckets_of("ada", "192.0.2.1")));
}

// Hardening 27.
TEST(Throttle, CountsForAllProcessesTogether) { with_database(count_to_the_limit); }

Task<void> cost_nothing_when_refused(pg::Database& database) {
  ManualClock clock(noon);
  SystemRandom random;
  Throttle throttle(database, clock);
  co_await throttle.load(random);
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(co_await throttle.take(buckets_of("victim" + std::to_string(i), "192.0.2.9")));
  // The range is exhausted: an attacker behind it cannot use up the account's tries.
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(co_await throttle.take(buckets_of("ada", "192.0.2.9")));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(co_await throttle.take(buckets_of("ada", "192.0.2.1")));
}

TEST(Throttle, TakesFromNoBucketIfOneIsEmpty) { with_database(cost_nothing_when_refused); }

Task<void> give_back_on_success(pg::Database& database) {
  ManualClock clock(noon);
  SystemRandom random;
  Throttle throttle(database, clock);
  co_await throttle.load(random);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(co_await throttle.take(buckets_of("ada", "192.0.2.1")));
    co_await throttle.give_back(buckets_of("ada", "192.0.2.1"));
  }
  clock.advance(1us);
  EXPECT_EQ(co_await throttle.trim(), 2);
}

TEST(Throttle, ForgetsWhatWentWell) { with_database(give_back_on_success); }

Task<void> take_once(Throttle& throttle, int& taken) {
  if (co_await throttle.take(buckets_of("ada", "192.0.2.1"))) ++taken;
}

Task<void> race(pg::Database& database) {
  ManualClock clock(noon);
  SystemRandom random;
  Throttle throttle(database, clock);
  co_await throttle.load(random);
  int taken = 0;
  std::vector<Task<void>> all;
  for (int i = 0; i < 100; ++i) all.push_back(take_once(throttle, taken));
  co_await when_all(std::move(all));
  EXPECT_EQ(taken, 5);
}

TEST(Throttle, LetsNoMoreThroughWhenAllComeAtOnce) { with_database(race); }

constexpr pg::Statement count_plain_sql{"throttle_test.count_plain", R"sql(
  SELECT count(*) FROM identity.throttles WHERE position('ada' in encode(key, 'escape')) > 0
)sql"};

Task<void> keep_no_plain_text(pg::Database& database) {
  ManualClock clock(noon);
  SystemRandom random;
  Throttle throttle(database, clock);
  co_await throttle.load(random);
  EXPECT_TRUE(co_await throttle.take(buckets_of("ada", "ada")));
  const auto row = co_await database.run_one(count_plain_sql);
  EXPECT_EQ(row->get<int>(0), 0);
}

TEST(Throttle, KeepsNoPlainText) { with_database(keep_no_plain_text); }

}  // namespace
}  // namespace osier::identity
