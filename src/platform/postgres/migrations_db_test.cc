#include <gtest/gtest.h>

#include <thread>

#include "platform/postgres/blocking_connection.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::pg {
namespace {

constexpr EmbeddedFile create_mugs{"001_create_mugs.sql",
                                   "CREATE TABLE mugs (id int);\nINSERT INTO mugs VALUES (1);\n"};
constexpr EmbeddedFile create_cups{"002_create_cups.sql", "CREATE TABLE cups (id int);"};
constexpr EmbeddedFile broken{"002_broken.sql",
                              "CREATE TABLE cups (id int);\nINSERT INTO cups SELECT nonsense;\n"};
constexpr EmbeddedFile ends_itself{"002_ends_itself.sql", "CREATE TABLE cups (id int); COMMIT;"};
constexpr EmbeddedFile change_mugs{"002_change_mugs.sql", "ALTER TABLE mugs ADD name text;"};

using Files = std::vector<EmbeddedFile>;
using Names = std::vector<std::string>;

bool has_table(const std::string& connection, const std::string& name) {
  return BlockingConnection(connection).run("SELECT to_regclass($1) IS NOT NULL", {name})[0][0] ==
         "t";
}

std::string failure_of(const std::string& connection, const Files& files) {
  const auto migrated = migrate(connection, files);
  return migrated ? "" : migrated.error().message;
}

TEST(Migrations, AreAppliedOnceAndInOrder) {
  const test::Database fresh;
  EXPECT_FALSE(check_schema(fresh.connection(), Files{create_mugs}));

  EXPECT_EQ(migrate(fresh.connection(), Files{create_mugs})->applied,
            (Names{"001_create_mugs.sql"}));
  EXPECT_TRUE(check_schema(fresh.connection(), Files{create_mugs}));
  const auto behind = check_schema(fresh.connection(), Files{create_mugs, create_cups});
  ASSERT_FALSE(behind);
  EXPECT_NE(behind.error().message.find("not migrated yet"), std::string::npos);

  EXPECT_EQ(migrate(fresh.connection(), Files{create_mugs, create_cups})->applied,
            (Names{"002_create_cups.sql"}));
  EXPECT_TRUE(migrate(fresh.connection(), Files{create_mugs, create_cups})->applied.empty());
  EXPECT_EQ(BlockingConnection(fresh.connection()).run("SELECT count(*) FROM mugs")[0][0], "1");
}

TEST(Migrations, RefuseANewerSchema) {
  const test::Database fresh;
  ASSERT_TRUE(migrate(fresh.connection(), Files{create_mugs, create_cups}));
  EXPECT_NE(failure_of(fresh.connection(), {create_mugs}).find("newer schema than this osier"),
            std::string::npos);
  EXPECT_FALSE(check_schema(fresh.connection(), Files{create_mugs}));
}

TEST(Migrations, RefuseAFileThatWasChanged) {
  const test::Database fresh;
  ASSERT_TRUE(migrate(fresh.connection(), Files{create_mugs}));
  const EmbeddedFile changed{create_mugs.path, "CREATE TABLE mugs (id bigint);"};
  EXPECT_NE(failure_of(fresh.connection(), {changed, create_cups}).find("was changed"),
            std::string::npos);
  EXPECT_FALSE(has_table(fresh.connection(), "cups"));
}

TEST(Migrations, LeaveNothingHalfDone) {
  const test::Database fresh;
  const std::string failure = failure_of(fresh.connection(), {create_mugs, broken});
  EXPECT_NE(failure.find("002_broken.sql failed at line 2"), std::string::npos) << failure;
  EXPECT_TRUE(has_table(fresh.connection(), "mugs"));
  EXPECT_FALSE(has_table(fresh.connection(), "cups"));
  // Mended under its old name, since it was never applied.
  const EmbeddedFile mended{broken.path, create_cups.bytes};
  EXPECT_EQ(migrate(fresh.connection(), Files{create_mugs, mended})->applied,
            (Names{"002_broken.sql"}));
}

TEST(Migrations, MayNotEndTheirTransaction) {
  const test::Database fresh;
  EXPECT_NE(failure_of(fresh.connection(), {ends_itself}).find("ends the transaction"),
            std::string::npos);
}

TEST(Migrations, AreRefusedByADatabaseThatIsNotThere) {
  EXPECT_NE(failure_of(test::server().connection("no_such_database"), {create_mugs}), "");
  EXPECT_FALSE(check_schema("host=/nowhere", Files{create_mugs}));
}

TEST(Migrations, WaitForABusyTable) {
  const test::Database fresh;
  ASSERT_TRUE(migrate(fresh.connection(), Files{create_mugs}));
  BlockingConnection holder(fresh.connection());
  holder.run("BEGIN; LOCK TABLE mugs");
  std::thread release([&holder] {
    std::this_thread::sleep_for(2500ms);  // Longer than one lock_timeout.
    holder.run("COMMIT");
  });
  EXPECT_EQ(failure_of(fresh.connection(), {create_mugs, change_mugs}), "");
  release.join();
}

TEST(Migrations, OfTwoProcessesTakeTurns) {
  const test::Database fresh;
  std::vector<std::thread> processes;
  std::atomic<int> applied = 0;
  for (int i = 0; i < 4; ++i) {
    processes.emplace_back([&] {
      const auto migrated = migrate(fresh.connection(), Files{create_mugs, create_cups});
      if (migrated) applied += static_cast<int>(migrated->applied.size());
    });
  }
  for (auto& process : processes) process.join();
  EXPECT_EQ(applied, 2);
}

// The files of db/migrations themselves.
TEST(Migrations, OfThisBinaryApply) {
  const test::Database fresh;
  const auto migrated = migrate(fresh.connection(), migrations());
  ASSERT_TRUE(migrated) << migrated.error().message;
  EXPECT_TRUE(check_schema(fresh.connection(), migrations()));
}

}  // namespace
}  // namespace osier::pg
