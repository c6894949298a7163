#include <gtest/gtest.h>

#include <set>

#include "audit/listing.h"
#include "audit/test/record.h"
#include "audit/verification.h"
#include "platform/async/loop.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::audit {
namespace {

using test::seal_all;
using test::write_some;

constexpr pg::Statement places_sql{"chain_test.places", R"sql(
  SELECT entry.position FROM audit.chain place JOIN audit.entries entry ON entry.id = place.entry_id ORDER BY place.seq
)sql"};

Task<std::vector<std::int64_t>> positions_by_place(pg::Database& database) {
  std::vector<std::int64_t> positions;
  const auto rows = co_await database.run(places_sql);
  for (const pg::Row row : rows) positions.push_back(row.get<std::int64_t>(0));
  co_return positions;
}

Task<void> expect_holds(pg::Database& database, std::int64_t places) {
  const auto report = co_await check_chain(database, {});
  EXPECT_EQ(report.places_checked, places);
  EXPECT_EQ(report.violations, 0) << (report.findings.empty() ? "" : report.findings[0]);
}

Task<void> seal_and_check(pg::Database& database) {
  co_await expect_holds(database, 0);
  co_await write_some(database, 30);
  co_await expect_holds(database, 0);  // They wait, which is no violation.
  EXPECT_EQ((co_await backlog_of(database)).entries, 30);
  EXPECT_EQ(co_await seal_waiting(database, 20), 20);
  EXPECT_EQ(co_await seal_waiting(database, 20), 10);
  EXPECT_EQ(co_await seal_waiting(database, 20), 0);
  EXPECT_EQ((co_await backlog_of(database)).entries, 0);
  co_await expect_holds(database, 30);
}

// Its position is handed out when it is written, and its place when it is committed.
Task<void> commit_out_of_order(pg::Database& database) {
  auto early = co_await database.begin();
  pg::Batch first;
  add_entries(first, {test::entry_about("early")}, test::noon);
  co_await early.run_all(std::move(first));
  co_await write_some(database, 2);
  co_await seal_all(database);
  EXPECT_EQ(co_await positions_by_place(database), (std::vector<std::int64_t>{2, 3}));
  co_await early.commit();
  co_await write_some(database, 1);
  co_await seal_all(database);
  EXPECT_EQ(co_await positions_by_place(database), (std::vector<std::int64_t>{2, 3, 1, 4}));
  co_await expect_holds(database, 4);
}

Task<void> write_and_leave(pg::Database& database) {
  auto transaction = co_await database.begin();
  pg::Batch batch;
  add_entries(batch, {test::entry_about("never")}, test::noon);
  co_await transaction.run_all(std::move(batch));
}

Task<void> roll_back(pg::Database& database) {
  co_await write_some(database, 1);
  co_await write_and_leave(database);
  co_await write_some(database, 1);
  co_await seal_all(database);
  co_await expect_holds(database, 2);
}

Task<void> seal_for_a_while(pg::Database& database, const bool& is_written) {
  while (!is_written) (void)co_await seal_waiting(database, 7);
}

Task<void> write_as_one_of_many(pg::Database& database, int& writing) {
  co_await write_some(database, 40);
  --writing;
}

Task<void> write_and_seal_at_once(pg::Database& database) {
  bool is_written = false;
  int writing = 4;
  TaskGroup group;
  for (int i = 0; i < 3; ++i) group.spawn(seal_for_a_while(database, is_written));
  for (int i = 0; i < 4; ++i) group.spawn(write_as_one_of_many(database, writing));
  while (writing > 0) co_await sleep_for(5ms);
  is_written = true;
  co_await group.join();
  co_await seal_all(database);
  const auto positions = co_await positions_by_place(database);
  EXPECT_EQ(std::set(positions.begin(), positions.end()).size(), 160U);
  co_await expect_holds(database, 160);
}

Task<void> list_and_export(pg::Database& database) {
  co_await write_some(database, 6);
  co_await seal_all(database);
  co_await write_some(database, 1);
  const auto newest = co_await list_entries(database, {}, 2);
  EXPECT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].entry.object_id, "5");
  EXPECT_EQ(newest[0].seq, 6);
  EXPECT_EQ(newest[1].seq, std::nullopt);
  EntryFilter filter{.object_kind = "coupon", .object_id = "4"};
  const auto about = co_await list_entries(database, filter, 10);
  EXPECT_EQ(about.size(), 1U);
  EXPECT_EQ(about[0].entry.network, "203.0.113.0/24");
  EXPECT_EQ(about[0].entry.request_id, "request-4");
  const auto page = co_await page_of_entries(database, {}, 5, 10);
  EXPECT_EQ(page.size(), 2U);
  EXPECT_NE(to_json_line(page[0]).find(R"("seq":6,)"), std::string::npos);
}

Task<std::optional<std::string>> open_for_anna(SealedFact fact) {
  EXPECT_EQ(fact.name, "email");
  const std::string bytes(fact.sealed.begin(), fact.sealed.end());
  if (bytes != "\x01\x02") co_return std::nullopt;
  co_return "anna@example.org";
}

Task<void> seal_values(pg::Database& database) {
  const Uuid subject = Uuid::v7(test::noon);
  Entry entry = test::entry_about("customer");
  entry.id = Uuid::v7(test::noon);
  entry.before.add_sealed("email", {1, 2}, subject);
  entry.after.add("orders", 3).add_sealed("email", {9}, subject);
  EXPECT_EQ(entry.before.to_line(), "email (sealed)");
  std::vector<Entry> entries{entry};
  co_await test::write_entries(database, std::move(entries));
  const auto listed = co_await list_entries(database, {}, 1);
  const auto& stored = listed[0].entry;
  EXPECT_EQ(stored.id, entry.id->to_string());
  EXPECT_EQ(co_await facts_line(*stored.id, *stored.before, {}), "email (sealed)");
  EXPECT_EQ(co_await facts_line(*stored.id, *stored.before, open_for_anna),
            "email anna@example.org");
  const auto after = co_await facts_line(*stored.id, *stored.after, open_for_anna);
  EXPECT_NE(after.find("orders 3, email (sealed)"), std::string::npos) << after;
}

void run_fresh(std::function<Task<void>(pg::Database&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), std::move(work));
}

TEST(Chain, GivesEveryEntryOnePlace) { run_fresh(seal_and_check); }
TEST(Chain, SkipsNoEntryThatIsCommittedLate) { run_fresh(commit_out_of_order); }
TEST(Chain, KnowsNothingOfWhatWasRolledBack) { run_fresh(roll_back); }
TEST(Chain, IsSealedByOneOfManyAtATime) { run_fresh(write_and_seal_at_once); }
TEST(Entries, AreListedAndExported) { run_fresh(list_and_export); }
TEST(Entries, KeepWhatIsPersonalSealed) { run_fresh(seal_values); }

}  // namespace
}  // namespace osier::audit
