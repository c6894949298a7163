// A superuser of the database with the triggers switched off, a thousand times: each act is found,
// and the first bad place named (hardening 129).

#include <gtest/gtest.h>

#include <algorithm>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/test/record.h"
#include "audit/test/vandal.h"
#include "audit/verification.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::audit {
namespace {

using test::places;

constexpr pg::Statement all_hashes_sql{
    "tampering.all_hashes", "SELECT seq, hash, clock_timestamp() AS now FROM audit.chain"};

Task<SignedHeads> heads_of(pg::Database& database) {
  SignedHeads heads;
  const auto rows = co_await database.run(all_hashes_sql);
  for (const pg::Row row : rows) {
    const auto seq = row.get<std::int64_t>("seq");
    if (std::ranges::find(test::signed_places, seq) == test::signed_places.end()) continue;
    heads.heads.push_back({.seq = seq,
                           .hash = *digest_of(row.get<pg::Bytes>("hash")),
                           .at = row.get<Instant>("now")});
  }
  std::ranges::sort(heads.heads, {}, &Head::seq);
  co_return heads;
}

std::string first_of(const ChainReport& report) {
  return report.findings.empty() ? "" : report.findings.front();
}

Task<void> tamper_a_thousand_times(pg::Database& database) {
  constexpr unsigned seed = 20'261'201;
  constexpr int rounds = 1'000;
  co_await test::write_some(database, places);
  co_await test::seal_all(database);
  const auto heads = co_await heads_of(database);
  test::Vandal vandal(database, seed);
  co_await vandal.prepare();
  int found = 0;
  for (int round = 0; round < rounds; ++round) {
    // Every third is an edit; the other kinds in turn.
    const int kind = round % 3 == 0 ? -1 : (round / 3 * 2 + round % 3 - 1) % test::Vandal::deeds;
    const auto deed = co_await vandal.do_one(kind);
    const auto report = co_await check_chain(database, heads);
    EXPECT_GT(report.violations, 0) << "round " << round << ": " << deed.what;
    EXPECT_TRUE(first_of(report).starts_with(deed.finding))
        << "round " << round << ": " << deed.what << ", expected " << deed.finding << ", found "
        << first_of(report);
    found += report.violations > 0;
    co_await vandal.repair();
  }
  EXPECT_EQ(found, rounds);
  const auto whole = co_await check_chain(database, heads);
  EXPECT_EQ(whole.violations, 0) << first_of(whole);
  EXPECT_EQ(whole.places_checked, places);
}

// hardening 129
TEST(Tampering, IsFoundAThousandTimesOutOfAThousand) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), tamper_a_thousand_times);
}

// What a check of the newest places alone can see.
Task<void> tamper_with_the_newest(pg::Database& database) {
  co_await test::write_some(database, places);
  co_await test::seal_all(database);
  const auto heads = co_await heads_of(database);
  test::Vandal vandal(database, 1);
  co_await vandal.prepare();
  co_await vandal.edit_at(55);
  co_await vandal.edit_at(5);
  const auto latest = co_await check_latest(database, heads, 10);
  EXPECT_EQ(latest.places_checked, 10);
  EXPECT_EQ(latest.violations, 1);
  EXPECT_TRUE(first_of(latest).starts_with("place 55:")) << first_of(latest);
  const auto part = co_await check_part(database, heads, 1, 10);
  EXPECT_EQ(part.places_checked, 10);
  EXPECT_EQ(part.violations, 1);
  EXPECT_TRUE(first_of(part).starts_with("place 5:")) << first_of(part);
  const auto past = co_await check_part(database, heads, 200, 10);
  EXPECT_EQ(past.places_checked, 0);
}

TEST(Tampering, IsFoundInThePartThatIsChecked) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), tamper_with_the_newest);
}

}  // namespace
}  // namespace osier::audit
