#include <gtest/gtest.h>

#include <algorithm>

#include "platform/jobs/inbox.h"
#include "platform/jobs/schedules.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/telemetry/log.h"

namespace osier::jobs {
namespace {

struct Silence {
  SystemClock clock;
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, clock,
                     [](std::string_view) {}};
};

InboxEvent event_of(std::string id) {
  return {.source = "stripe",
          .event_id = std::move(id),
          .type = "checkout.session.completed",
          .object_id = "cs_1",
          .is_live = true,
          .sent_at = std::nullopt};
}

// Handles groups, and fails each that holds the bad event.
struct Desk {
  std::vector<std::vector<std::string>> groups;
  std::string bad;
};

Task<void> work(Desk* desk, std::vector<InboxEvent> events) {
  std::vector<std::string> ids;
  for (const InboxEvent& event : events) {
    if (event.event_id == desk->bad) throw std::runtime_error("cannot be read");
    ids.push_back(event.event_id);
  }
  std::ranges::sort(ids);
  desk->groups.push_back(std::move(ids));
  co_return;
}

Inbox::Handler handler_of(Desk& desk) {
  return [&desk](std::vector<InboxEvent> events) { return work(&desk, std::move(events)); };
}

constexpr pg::Statement due_now_sql{"jobs_test.inbox_due",
                                    "UPDATE platform.inbox_events SET next_attempt_at = now()"};
constexpr pg::Statement count_sql{"jobs_test.inbox_count", R"sql(
  SELECT count(*) FILTER (WHERE processed_at IS NOT NULL), count(*) FILTER (WHERE parked_at IS NOT NULL),
         max(parked_reason)
    FROM platform.inbox_events
)sql"};

Task<void> store_one(Inbox& inbox, int* stored) {
  auto event = event_of("evt_same");
  const bool is_new = co_await inbox.store(std::move(event));
  if (is_new) ++*stored;
}

Task<void> store_ten_times(pg::Database& database) {
  Silence silence;
  Desk desk;
  Inbox inbox(database, silence.log, Loop::current());
  inbox.handle("stripe", handler_of(desk));
  int stored = 0;
  std::vector<Task<void>> stores;
  for (int i = 0; i < 10; ++i) stores.push_back(store_one(inbox, &stored));
  co_await when_all(std::move(stores));
  EXPECT_EQ(stored, 1);

  const int handled = co_await inbox.run_once();
  const int again = co_await inbox.run_once();
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(again, 0);
  EXPECT_EQ(desk.groups.size(), 1U);
}

TEST(Inbox, StoresAnEventOnceHoweverOftenItComes) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), store_ten_times);
}

Task<void> handle_a_bad_one(pg::Database& database) {
  Silence silence;
  Desk desk{.groups = {}, .bad = "evt_2"};
  Inbox inbox(database, silence.log, Loop::current());
  inbox.handle("stripe", handler_of(desk));
  for (const char* id : {"evt_1", "evt_2", "evt_3"}) {
    auto event = event_of(id);
    co_await inbox.store(std::move(event));
  }
  co_await inbox.run_once();
  EXPECT_EQ(desk.groups.size(), 2U);  // Alone, each of the good ones.
  for (int i = 1; i < Inbox::attempts_max; ++i) {
    co_await database.run(due_now_sql);
    co_await inbox.run_once();
  }
  const auto row = co_await database.run_one(count_sql);
  EXPECT_EQ(row->get<int>(0), 2);
  EXPECT_EQ(row->get<int>(1), 1);
  EXPECT_EQ(row->get<std::string>(2), "cannot be read");
}

// Hardening 104.
TEST(Inbox, LetsABadEventHoldUpNobodyAndParksIt) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), handle_a_bad_one);
}

Task<void> handle_a_flood(pg::Database& database) {
  Silence silence;
  Desk desk;
  Inbox inbox(database, silence.log, Loop::current());
  inbox.handle("stripe", handler_of(desk));
  for (int i = 0; i < 300; ++i) {
    auto event = event_of("evt_" + std::to_string(i));
    co_await inbox.store(std::move(event));
  }
  co_await inbox.run_once();
  co_await inbox.run_once();
  EXPECT_EQ(desk.groups.size(), 2U);
  EXPECT_EQ(desk.groups[0].size(), static_cast<std::size_t>(Inbox::group_max));
  EXPECT_EQ(desk.groups[1].size(), 300U - Inbox::group_max);
}

// Hardening 104.
TEST(Inbox, HandlesAFloodInGroups) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), handle_a_flood);
}

Task<void> count_run(int* runs) {
  ++*runs;
  co_return;
}

Task<void> fail_run(int* runs) {
  ++*runs;
  throw std::runtime_error("no luck");
  co_return;
}

Task<void> stop_soon(Schedules& schedules, Duration after) {
  co_await sleep_for(after);
  schedules.stop();
}

constexpr pg::Statement schedule_sql{"jobs_test.schedule", R"sql(
  SELECT last_run_at IS NOT NULL, failures, coalesce(last_error, ''), leased_until IS NULL
    FROM platform.schedules WHERE name = $1
)sql"};

Task<void> run_two_processes(pg::Database& database) {
  Silence silence;
  int often = 0, rarely = 0, failing = 0;
  Schedules first(database, silence.log);
  Schedules second(database, silence.log);
  for (Schedules* schedules : {&first, &second}) {
    schedules->every(20ms, "often", [&often] { return count_run(&often); });
    schedules->every(1h, "rarely", [&rarely] { return count_run(&rarely); });
    schedules->every(20ms, "failing", [&failing] { return fail_run(&failing); });
  }
  std::vector<Task<void>> tasks;
  tasks.push_back(first.run());
  tasks.push_back(second.run());
  tasks.push_back(stop_soon(first, 600ms));
  tasks.push_back(stop_soon(second, 600ms));
  co_await when_all(std::move(tasks));

  EXPECT_EQ(rarely, 1);
  EXPECT_GE(often, 3);
  EXPECT_LE(often, 31);
  EXPECT_GE(failing, 2);  // It comes round all the same.
  const auto good = co_await database.run_one(schedule_sql, "often");
  EXPECT_TRUE(good->get<bool>(0));
  EXPECT_EQ(good->get<int>(1), 0);
  EXPECT_TRUE(good->get<bool>(3));
  const auto bad = co_await database.run_one(schedule_sql, "failing");
  EXPECT_FALSE(bad->get<bool>(0));
  EXPECT_GE(bad->get<int>(1), 2);
  EXPECT_EQ(bad->get<std::string>(2), "no luck");

  co_await first.run_now("rarely");
  EXPECT_EQ(rarely, 2);
}

TEST(Schedules, RunInOneProcessAtATimeAndComeRoundAfterAFailure) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), run_two_processes);
}

struct Runs {
  int begun = 0;
  int side_by_side = 0;
  int most_side_by_side = 0;
};

Task<void> run_long(Runs* runs) {
  ++runs->begun;
  runs->most_side_by_side = std::max(runs->most_side_by_side, ++runs->side_by_side);
  co_await sleep_for(900ms);
  --runs->side_by_side;
}

Task<void> outlive_the_lease(pg::Database& database) {
  Silence silence;
  Runs runs;
  Schedules first(database, silence.log, 150ms);
  Schedules second(database, silence.log, 150ms);
  std::vector<Task<void>> tasks;
  for (Schedules* schedules : {&first, &second}) {
    schedules->every(20ms, "long", [&runs] { return run_long(&runs); });
    tasks.push_back(schedules->run());
    tasks.push_back(stop_soon(*schedules, 1'500ms));
  }
  co_await when_all(std::move(tasks));
  EXPECT_GE(runs.begun, 2);
  EXPECT_EQ(runs.most_side_by_side, 1);
}

TEST(Schedules, KeepARunToOneProcessForLongerThanALease) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), outlive_the_lease);
}

constexpr pg::Statement leave_a_lease_sql{"jobs_test.leave_a_lease", R"sql(
  INSERT INTO platform.schedules (name, next_run_at, leased_until)
  VALUES ('left', clock_timestamp(), clock_timestamp() + interval '200 milliseconds')
)sql"};

// What a process that was killed in the middle of a run leaves behind.
Task<void> follow_a_dead_process(pg::Database& database) {
  Silence silence;
  int runs = 0;
  co_await database.run(leave_a_lease_sql);
  Schedules next(database, silence.log, 200ms);
  next.every(20ms, "left", [&runs] { return count_run(&runs); });
  std::vector<Task<void>> tasks;
  tasks.push_back(next.run());
  tasks.push_back(stop_soon(next, 1s));
  co_await when_all(std::move(tasks));
  EXPECT_GE(runs, 1);
}

TEST(Schedules, GoOnWhenALeaseOfADeadProcessHasRunOut) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), follow_a_dead_process);
}

}  // namespace
}  // namespace osier::jobs
