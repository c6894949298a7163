#include <gtest/gtest.h>

#include <thread>

#include "platform/postgres/database.h"
#include "platform/postgres/test/database.h"

namespace osier::pg {
namespace {

constexpr Statement create_mugs_sql{"test.create_mugs", R"sql(
  CREATE TABLE IF NOT EXISTS mugs (
    id     integer CONSTRAINT mugs_key PRIMARY KEY,
    name   text NOT NULL DEFAULT '',
    twin   integer CONSTRAINT mugs_twin REFERENCES mugs DEFERRABLE INITIALLY DEFERRED
  )
)sql"};
constexpr Statement insert_sql{"test.insert", "INSERT INTO mugs (id, name) VALUES ($1, $2)"};
constexpr Statement insert_twin_sql{"test.insert_twin",
                                    "INSERT INTO mugs (id, twin) VALUES ($1, $2)"};
constexpr Statement count_sql{"test.count", "SELECT count(*) AS n FROM mugs"};
constexpr Statement add_sql{"test.add", "SELECT $1::bigint + 1"};
constexpr Statement echo_sql{"test.echo", "SELECT $1::text AS text"};
constexpr Statement echo_names_sql{"test.echo_names", "SELECT $1::text[] AS names"};
constexpr Statement echo_values_sql{"test.echo_values",
                                    "SELECT $1::timestamptz, $2::uuid, $3::bytea, $4::boolean"};
constexpr Statement broken_sql{"test.broken", "SELECT * FROM no_such_table"};
constexpr Statement settings_sql{"test.settings", R"sql(
  SELECT current_setting('TimeZone'), current_setting('application_name'),
         current_setting('statement_timeout'), current_setting('synchronous_commit')
)sql"};
constexpr Statement pid_sql{"test.pid", "SELECT pg_backend_pid()"};
constexpr Statement end_sql{"test.end", "SELECT pg_terminate_backend($1)"};
constexpr Statement sleep_sql{"test.sleep", "SELECT pg_sleep($1::double precision)"};
constexpr Statement lock_sql{"test.lock", "LOCK TABLE mugs IN ACCESS EXCLUSIVE MODE"};

// Runs the task on a fresh database with a table of mugs.
Task<void> with_mugs(Database& database, std::function<Task<void>(Database&)> work) {
  co_await database.run(create_mugs_sql);
  co_await work(database);
}
void run(std::function<Task<void>(Database&)> work) {
  const test::Database fresh;
  test::run(fresh.connection(), [&](Database& database) { return with_mugs(database, work); });
}

Task<std::int64_t> count_mugs(Database& database) {
  const auto row = co_await database.run_one(count_sql);
  co_return row->get<std::int64_t>("n");
}

// The SQLSTATE a task fails with; empty if it does not.
template <class T>
Task<std::string> sqlstate_of(Task<T> task) {
  try {
    co_await std::move(task);
  } catch (const StatementFailed& failure) {
    co_return failure.sqlstate() + " " + failure.constraint();
  }
  co_return "";
}

Task<void> echo_values(Database& database) {
  const std::vector<std::optional<std::string>> names{"a", std::nullopt, "\"q\\",
                                                      "",  "NULL",       "ü😀"};
  const auto echoed = co_await database.run_one(echo_names_sql, names);
  EXPECT_EQ(echoed->get<std::vector<std::optional<std::string>>>("names"), names);

  const Instant instant{1'700'000'000'123'456us};
  const Uuid id = Uuid::v7(instant);
  const Bytes bytes{0, 255, 39};
  const auto row = co_await database.run_one(echo_values_sql, instant, id, bytes, true);
  EXPECT_EQ(row->get<Instant>(0), instant);
  EXPECT_EQ(row->get<Uuid>(1), id);
  EXPECT_EQ(row->get<Bytes>(2), bytes);
  EXPECT_TRUE(row->get<bool>(3));

  const auto nothing = co_await database.run_one(echo_sql, std::nullopt);
  EXPECT_EQ(nothing->get<std::optional<std::string>>("text"), std::nullopt);
}
TEST(Database, CarriesValuesThereAndBack) { run(echo_values); }

Task<void> look_at_settings(Database& database) {
  const auto row = co_await database.run_one(settings_sql);
  EXPECT_EQ(row->get<std::string>(0), "UTC");
  EXPECT_EQ(row->get<std::string>(1), "osier");
  EXPECT_EQ(row->get<std::string>(2), "20s");

  auto transaction = co_await database.begin(Durability::asynchronous);
  const auto inside = co_await transaction.run_one(settings_sql);
  EXPECT_EQ(inside->get<std::string>(3), "off");
  co_await transaction.commit();
  const auto after = co_await database.run_one(settings_sql);
  EXPECT_EQ(after->get<std::string>(3), "on");
}
TEST(Database, SetsUpItsConnections) { run(look_at_settings); }

Task<void> pipeline_many(Database& database) {
  constexpr std::int64_t count = 10'000;
  Batch batch;
  for (std::int64_t i = 0; i < count; ++i) batch.add(add_sql, i);
  auto transaction = co_await database.begin();
  const auto results = co_await transaction.run_all(std::move(batch));
  EXPECT_EQ(results.size(), static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)][0].get<std::int64_t>(0), i + 1);
  }
  co_await transaction.commit();
}
TEST(Database, PipelinesTenThousandStatements) { run(pipeline_many); }

// Both sides send more than sockets hold: whoever only wrote would wait for ever.
Task<void> echo_megabytes(Database& database) {
  Batch batch;
  for (int i = 0; i < 100; ++i)
    batch.add(echo_sql, std::string(200'000, static_cast<char>('a' + i % 26)));
  auto transaction = co_await database.begin();
  const auto results = co_await transaction.run_all_and_commit(std::move(batch));
  EXPECT_EQ(results.size(), 100U);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto text = results[i][0].get<std::string>(0);
    EXPECT_EQ(text.size(), 200'000U);
    EXPECT_EQ(text.back(), static_cast<char>('a' + i % 26));
  }
}
TEST(Database, EchoesTwentyMegabytesInOneBatch) { run(echo_megabytes); }

Task<void> name_failures(Database& database) {
  co_await database.run(insert_sql, 1, "red");
  EXPECT_EQ(co_await sqlstate_of(database.run(insert_sql, 1, "again")), "23505 mugs_key");
  EXPECT_EQ(co_await sqlstate_of(database.run(broken_sql)), "42P01 ");
  EXPECT_EQ(co_await sqlstate_of(database.run(broken_sql)), "42P01 ");
  // A commit that fails: the constraint is looked at when the statement is over.
  EXPECT_EQ(co_await sqlstate_of(database.run(insert_twin_sql, 2, 99)), "23503 mugs_twin");
  // Text with a NUL is refused, not cut off.
  EXPECT_EQ(co_await sqlstate_of(database.run(insert_sql, 3, std::string("a\0b", 3))), "22021 ");
  EXPECT_EQ(co_await count_mugs(database), 1);
}
TEST(Database, NamesTheFailureAndTheConstraint) { run(name_failures); }

Task<void> fail_in_a_batch(Database& database) {
  auto transaction = co_await database.begin();
  Batch batch;
  batch.add(insert_sql, 1, "red");
  batch.add(broken_sql);
  batch.add(insert_sql, 1, "never reached");
  EXPECT_EQ(co_await sqlstate_of(transaction.run_all_and_commit(std::move(batch))), "42P01 ");
  EXPECT_EQ(co_await count_mugs(database), 0);
}
TEST(Transaction, GivesUpAtTheFirstFailureOfABatch) { run(fail_in_a_batch); }

Task<void> fail_at_commit(Database& database) {
  auto transaction = co_await database.begin();
  co_await transaction.run(insert_twin_sql, 1, 99);
  EXPECT_EQ(co_await sqlstate_of(transaction.commit()), "23503 mugs_twin");
  EXPECT_EQ(co_await count_mugs(database), 0);
}
TEST(Transaction, MayFailAtItsCommit) { run(fail_at_commit); }

Task<void> forget_to_commit(Database& database) {
  {
    auto transaction = co_await database.begin();
    co_await transaction.run(insert_sql, 1, "red");
    auto moved = std::move(transaction);
    co_await moved.run(insert_sql, 2, "blue");
  }
  EXPECT_EQ(co_await count_mugs(database), 0);
  auto transaction = co_await database.begin();
  co_await transaction.run(insert_sql, 1, "red");
  co_await transaction.commit();
  EXPECT_EQ(co_await count_mugs(database), 1);
  EXPECT_EQ(database.statistics().idle, database.statistics().open);
}
TEST(Transaction, IsRolledBackIfItIsDropped) {
  // With one connection, the next user gets the very connection that was left in a transaction.
  const test::Database fresh;
  auto options = test::options(fresh.connection());
  options.connections_per_loop = 1;
  test::run(options, [](Database& database) { return with_mugs(database, forget_to_commit); });
}

Task<void> say_nothing(Database& database) {
  auto transaction = co_await database.begin();
  co_await transaction.commit();
  auto other = co_await database.begin();
  Batch nothing;
  EXPECT_TRUE((co_await other.run_all(std::move(nothing))).empty());
}
TEST(Transaction, MayBeEmpty) { run(say_nothing); }

template <class E, class T>
Task<bool> throws(Task<T> task) {
  try {
    co_await std::move(task);
  } catch (const E&) {
    co_return true;
  }
  co_return false;
}

Task<void> count_refusal(Database& database, int& refusals) {
  try {
    auto transaction = co_await database.begin();
  } catch (const Unavailable&) {
    ++refusals;
  }
}

Task<void> wait_in_vain(Database& database) {
  auto first = co_await database.begin();
  co_await first.run(add_sql, 1);
  const auto started = std::chrono::steady_clock::now();
  EXPECT_TRUE(co_await throws<Unavailable>(database.begin()));
  const auto waited = std::chrono::steady_clock::now() - started;
  EXPECT_GE(waited, 190ms);
  EXPECT_LE(waited, 5s);

  // Three may wait; the fourth and fifth are refused at once.
  int refusals = 0;
  TaskGroup group;
  for (int i = 0; i < 5; ++i) group.spawn(count_refusal(database, refusals));
  EXPECT_EQ(refusals, 2);
  EXPECT_EQ(database.statistics().waiting, 3);
  co_await first.commit();
  co_await group.join();
  EXPECT_EQ(refusals, 2);  // Those who waited got their turn.
}
TEST(Pool, RefusesWhoWaitsTooLongAndWhoFindsTheLineFull) {
  const test::Database fresh;
  auto options = test::options(fresh.connection());
  options.connections_per_loop = 1;
  options.acquire_timeout = 200ms;
  options.waiting_max = 3;
  test::run(options, wait_in_vain);
}

Task<void> add_slowly(Database& database, int& done) {
  auto transaction = co_await database.begin();
  co_await transaction.run(add_sql, 1);
  co_await transaction.commit();
  ++done;
}
Task<void> share_connections(Database& database) {
  int done = 0;
  TaskGroup group;
  for (int i = 0; i < 400; ++i) group.spawn(add_slowly(database, done));
  co_await group.join();
  EXPECT_EQ(done, 400);
  EXPECT_LE(database.statistics().open, 8);
  EXPECT_EQ(database.statistics().waiting, 0);
}
TEST(Pool, ServesHundredsWithEightConnections) { run(share_connections); }

Task<void> work_and_stop(Database& database, Loop& loop, int& done) {
  TaskGroup group;
  for (int i = 0; i < 100; ++i) group.spawn(add_slowly(database, done));
  co_await group.join();
  loop.stop();
}
TEST(Pool, IsOnePerLoop) {
  const test::Database fresh;
  Loop loops[2];
  int done[2] = {0, 0};
  Database database(test::options(fresh.connection()), {&loops[0], &loops[1]});
  for (int i = 0; i < 2; ++i) loops[i].spawn(work_and_stop(database, loops[i], done[i]));
  std::thread other([&] { loops[1].run(); });
  loops[0].run();
  other.join();
  EXPECT_EQ(done[0], 100);
  EXPECT_EQ(done[1], 100);
  database.close();
  EXPECT_EQ(database.statistics().open, 0);
}

// A pooled connection that has died is noticed or replaced; the caller does not see it.
Task<void> lose_idle_connection(Database& database) {
  const auto before = co_await database.run_one(pid_sql);
  {
    auto transaction = co_await database.begin();
    co_await transaction.run(end_sql, before->get<int>(0));
  }
  const auto after = co_await database.run_one(pid_sql);
  EXPECT_NE(before->get<int>(0), after->get<int>(0));
}
TEST(Pool, ReplacesADeadConnection) { run(lose_idle_connection); }

Task<void> lose_open_transaction(Database& database) {
  auto transaction = co_await database.begin();
  const auto pid = co_await transaction.run_one(pid_sql);
  co_await database.run(end_sql, pid->get<int>(0));
  EXPECT_TRUE(co_await throws<Unavailable>(transaction.run(add_sql, 1)));
  EXPECT_TRUE(co_await database.is_reachable());
}
TEST(Transaction, IsUnavailableOnceItsConnectionIsLost) { run(lose_open_transaction); }

Task<void> run_out_of_time(Database& database) {
  EXPECT_EQ(co_await sqlstate_of(database.run(sleep_sql, "10")), "57014 ");
  auto holder = co_await database.begin();
  co_await holder.run(lock_sql);
  EXPECT_EQ(co_await sqlstate_of(database.run(count_sql)), "55P03 ");
}
TEST(Database, LimitsStatementsAndLocks) {
  const test::Database fresh;
  auto options = test::options(fresh.connection());
  options.statement_timeout = 2s;
  options.lock_timeout = 300ms;
  test::run(options, [](Database& database) { return with_mugs(database, run_out_of_time); });
}

}  // namespace
}  // namespace osier::pg
