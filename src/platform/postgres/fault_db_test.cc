// What callers see when the server or the connection dies at the worst moment.

#include <gtest/gtest.h>

#include "platform/postgres/database.h"
#include "platform/postgres/test/database.h"

namespace osier::pg {
namespace {

constexpr Statement create_sql{"fault.create",
                               "CREATE TABLE IF NOT EXISTS mugs (id integer PRIMARY KEY)"};
constexpr Statement insert_sql{"fault.insert", "INSERT INTO mugs VALUES ($1)"};
constexpr Statement count_sql{"fault.count", "SELECT count(*) FROM mugs"};
constexpr Statement end_waiting_sql{"fault.end_waiting", R"sql(
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'
)sql"};
constexpr Statement end_sleeping_sql{"fault.end_sleeping", R"sql(
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'
)sql"};
constexpr Statement sleep_sql{"fault.sleep", "SELECT pg_sleep(20)"};
constexpr Statement insert_slowly_sql{"fault.insert_slowly",
                                      "INSERT INTO mugs SELECT 7 FROM pg_sleep(20)"};

enum class Outcome { done, unavailable, unknown, failed };

template <class T>
Task<Outcome> outcome_of(Task<T> task) {
  try {
    co_await std::move(task);
    co_return Outcome::done;
  } catch (const Unavailable&) {
    co_return Outcome::unavailable;
  } catch (const OutcomeUnknown&) {
    co_return Outcome::unknown;
  } catch (const Error&) {
    co_return Outcome::failed;
  }
}

Task<void> note_outcome(Task<void> task, Outcome& outcome) {
  outcome = co_await outcome_of(std::move(task));
}

// Repeats a statement until it changed or found something, for ten seconds at most.
Task<void> end_when_seen(Database& database, const Statement& statement) {
  for (int i = 0; i < 1000; ++i) {
    const auto rows = co_await database.run(statement);
    if (!rows.empty()) co_return;
    co_await sleep_for(10ms);
  }
  ADD_FAILURE() << "nobody was seen waiting";
}

Task<std::int64_t> count_mugs(Database& database) {
  const auto row = co_await database.run_one(count_sql);
  co_return row->get<std::int64_t>(0);
}

Task<void> survive_a_crash(Database& database, test::Server& server) {
  co_await database.run(create_sql);
  auto open = co_await database.begin();
  co_await open.run(insert_sql, 1);
  server.kill();
  EXPECT_EQ(co_await outcome_of(open.run(insert_sql, 2)), Outcome::unavailable);

  // Refused at once while the server is down, not after a timeout.
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(co_await outcome_of(database.run(count_sql)), Outcome::unavailable);
    EXPECT_EQ(co_await outcome_of(database.begin()), Outcome::unavailable);
    EXPECT_FALSE(co_await database.is_reachable());
  }
  EXPECT_LE(std::chrono::steady_clock::now() - started, 2s);

  server.start();
  co_await sleep_for(150ms);
  EXPECT_EQ(co_await count_mugs(database), 0);
  auto again = co_await database.begin();
  co_await again.run(insert_sql, 1);
  co_await again.commit();
  EXPECT_EQ(co_await count_mugs(database), 1);
}

TEST(Fault, OfTheServerIsUnavailableAndHealsByItself) {
  test::Server server;
  test::run(server.connection(),
            [&server](Database& database) { return survive_a_crash(database, server); });
}

Task<void> insert_and_commit(Database& database, int id) {
  auto transaction = co_await database.begin();
  Batch batch;
  batch.add(insert_sql, id);
  co_await transaction.run_all_and_commit(std::move(batch));
}

Task<void> run_discarding(Database& database, const Statement& statement) {
  co_await database.run(statement);
}

// A commit that waits for a standby that is not there hangs after it is on disk: the perfect moment
// to die.
Task<void> lose_commit(Database& database) {
  auto creation = co_await database.begin(Durability::asynchronous);
  co_await creation.run(create_sql);
  co_await creation.commit();

  Outcome outcome = Outcome::done;
  TaskGroup group;
  group.spawn(note_outcome(insert_and_commit(database, 1), outcome));
  co_await end_when_seen(database, end_waiting_sql);
  co_await group.join();
  EXPECT_EQ(outcome, Outcome::unknown);
  EXPECT_EQ(co_await count_mugs(database), 1);  // It was written after all.
}

TEST(Fault, AtCommitLeavesTheOutcomeUnknown) {
  test::Server server({"synchronous_standby_names=nobody"});
  test::run(server.connection(), lose_commit);
}

Task<void> commit_without_standby(Database& database) {
  auto creation = co_await database.begin(Durability::asynchronous);
  co_await creation.run(create_sql);
  co_await creation.commit();
  EXPECT_EQ(co_await outcome_of(insert_and_commit(database, 1)), Outcome::unknown);
}

// The server itself only warns then, and calls the commit a success.
TEST(Fault, OfTheStandbyLeavesTheOutcomeUnknown) {
  test::Server server({"synchronous_standby_names=nobody"});
  auto options = test::options(server.connection());
  options.statement_timeout = 500ms;
  test::run(options, commit_without_standby);
}

Task<void> lose_statements(Database& database) {
  co_await database.run(create_sql);
  Outcome outcome = Outcome::done;
  TaskGroup group;
  // A write on its own commits by itself, so nobody knows.
  group.spawn(note_outcome(run_discarding(database, insert_slowly_sql), outcome));
  co_await end_when_seen(database, end_sleeping_sql);
  co_await group.join();
  EXPECT_EQ(outcome, Outcome::unknown);
  EXPECT_EQ(co_await count_mugs(database), 0);

  // A read is tried once more, and lost again.
  group.spawn(note_outcome(run_discarding(database, sleep_sql), outcome));
  for (int i = 0; i < 1000 && group.running() > 0; ++i) {
    co_await database.run(end_sleeping_sql);
    co_await sleep_for(10ms);
  }
  co_await group.join();
  EXPECT_EQ(outcome, Outcome::unavailable);
}

TEST(Fault, InAStatementIsToldByWhatItMayHaveWritten) {
  test::Server server;
  test::run(server.connection(), lose_statements);
}

Task<void> wait_for_silence(Database& database) {
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(co_await outcome_of(database.run(count_sql)), Outcome::unavailable);
  EXPECT_LE(std::chrono::steady_clock::now() - started, 3s);
}

TEST(Fault, OfAnAddressThatDoesNotAnswerEndsInTime) {
  auto options = test::options("host=192.0.2.1 port=5432 user=osier dbname=osier");
  options.acquire_timeout = 100ms;
  options.connect_timeout = 1s;
  test::run(options, wait_for_silence);
  options.connection = "host=/nowhere port=5432 user=osier dbname=osier";
  test::run(options, wait_for_silence);
}

}  // namespace
}  // namespace osier::pg
