#include <gtest/gtest.h>

#include "audit/audit.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::audit {
namespace {

constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

constexpr pg::Statement select_sql{"audit_test.select", R"sql(
  SELECT actor, actor_kind, action, object_id, before->>'committed' AS before, after->>'committed' AS after, reason
    FROM audit.entries
   ORDER BY position
)sql"};
constexpr pg::Statement update_sql{"audit_test.update",
                                   "UPDATE audit.entries SET reason = 'other'"};
constexpr pg::Statement delete_sql{"audit_test.delete", "DELETE FROM audit.entries"};
constexpr pg::Statement truncate_sql{"audit_test.truncate", "TRUNCATE audit.entries, audit.chain"};

Entry entry_about(std::string object) {
  Entry entry{.actor = {ActorKind::command, "osier verify --repair"},
              .action = "stock_level.repaired",
              .object_kind = "stock_level",
              .object_id = std::move(object)};
  entry.before.add("committed", 3);
  entry.after.add("committed", 5).add("kind", std::string("adjusted"));
  entry.reason = "it was \"wrong\"";
  return entry;
}

Task<void> write(pg::Database& database) {
  auto transaction = co_await database.begin();
  pg::Batch batch;
  add_entries(batch, {entry_about("one"), entry_about("two")}, noon);
  co_await transaction.run_all_and_commit(std::move(batch));
}

Task<void> write_and_read(pg::Database& database) {
  co_await write(database);
  const auto rows = co_await database.run(select_sql);
  EXPECT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].get<std::string>("object_id"), "one");
  EXPECT_EQ(rows[1].get<std::string>("object_id"), "two");
  EXPECT_EQ(rows[0].get<std::string>("actor_kind"), "command");
  EXPECT_EQ(rows[0].get<std::string>("before"), "3");
  EXPECT_EQ(rows[0].get<std::string>("after"), "5");
  EXPECT_EQ(rows[0].get<std::string>("reason"), "it was \"wrong\"");
}

Task<void> expect_refused(pg::Database& database, const pg::Statement& statement) {
  bool is_refused = false;
  try {
    co_await database.run(statement);
  } catch (const pg::StatementFailed& refused) {
    is_refused = refused.sqlstate() == "23001";
  }
  EXPECT_TRUE(is_refused) << statement.name();
}

Task<void> try_to_change(pg::Database& database) {
  co_await write(database);
  for (const pg::Statement* statement : {&update_sql, &delete_sql, &truncate_sql})
    co_await expect_refused(database, *statement);
  const auto rows = co_await database.run(select_sql);
  EXPECT_EQ(rows.size(), 2);
}

TEST(Audit, KeepsEntriesInTheirOrder) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), write_and_read);
}

TEST(Audit, RefusesEveryChangeOfAnEntry) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), try_to_change);
}

TEST(Facts, AreReadOnOneLine) {
  Facts facts;
  facts.add("committed", 5).add("kind", std::string("adjusted"));
  EXPECT_EQ(facts.to_line(), "committed 5, kind adjusted");
  EXPECT_EQ(facts.to_json(), R"({"committed":5,"kind":"adjusted"})");
}

}  // namespace
}  // namespace osier::audit
