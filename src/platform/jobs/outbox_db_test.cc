#include <gtest/gtest.h>

#include <algorithm>

#include "platform/jobs/invariants.h"
#include "platform/jobs/outbox.h"
#include "platform/jobs/trim.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/postgres/test/violations.h"
#include "platform/telemetry/log.h"

namespace osier::jobs {
namespace {

constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

// A log that nobody reads.
struct Silence {
  SystemClock clock;
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, clock,
                     [](std::string_view) {}};
};

Event event_of(Uuid aggregate, std::string topic, std::string payload = "{}") {
  return {.id = Uuid::v7(noon),
          .topic = std::move(topic),
          .aggregate_id = aggregate,
          .payload = std::move(payload)};
}

Task<void> write(pg::Database& database, std::vector<Event> events) {
  auto transaction = co_await database.begin();
  pg::Batch batch;
  add_events(batch, events);
  co_await transaction.run_all_and_commit(std::move(batch));
}

// A listener that remembers what it heard and fails as often as it is told to.
struct Ear {
  std::vector<Event> heard;
  int failures = 0;
};

Task<void> hear(Ear* ear, Event event) {
  if (ear->failures > 0) {
    --ear->failures;
    throw std::runtime_error("deaf");
  }
  ear->heard.push_back(std::move(event));
  co_return;
}

Outbox::Listener listener_of(Ear& ear) {
  return [&ear](Event event) { return hear(&ear, std::move(event)); };
}

constexpr pg::Statement due_now_sql{"jobs_test.outbox_due",
                                    "UPDATE platform.outbox_events SET next_attempt_at = now()"};
constexpr pg::Statement count_sql{"jobs_test.outbox_count", R"sql(
  SELECT count(*) FILTER (WHERE delivered_at IS NOT NULL), count(*) FILTER (WHERE parked_at IS NOT NULL),
         max(attempts), max(parked_reason), max(cardinality(done_listeners))
    FROM platform.outbox_events
)sql"};

Task<void> deliver_in_order(pg::Database& database) {
  Silence silence;
  Ear ear;
  Outbox outbox(database, silence.log);
  outbox.listen("order.placed", "ear", listener_of(ear));
  outbox.listen("order.canceled", "ear", listener_of(ear));
  const Uuid one = Uuid::v7(noon);
  const Uuid two = Uuid::v7(noon);
  std::vector<Event> events{event_of(one, "order.placed", R"({"n": 1})"),
                            event_of(two, "order.placed"), event_of(one, "order.canceled"),
                            event_of(one, "order.unheard")};
  co_await write(database, events);

  int handled = 0;
  for (int i = 0; i < 5; ++i) handled += co_await outbox.run_once();
  EXPECT_EQ(handled, 4);
  std::vector<std::string> topics;
  for (const Event& event : ear.heard) {
    if (event.aggregate_id == one) topics.push_back(event.topic);
  }
  EXPECT_EQ(topics, (std::vector<std::string>{"order.placed", "order.canceled"}));
  EXPECT_EQ(ear.heard.size(), 3U);
  EXPECT_EQ(ear.heard.front().payload, R"({"n": 1})");
  const auto left = co_await outbox.run_once();
  EXPECT_EQ(left, 0);
  const auto lines = co_await pg::test::violations(database, invariants());
  EXPECT_TRUE(lines.empty());
}

TEST(Outbox, DeliversInOrderPerAggregateAndPassesOverTheUnheard) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), deliver_in_order);
}

Task<void> fail_one_listener(pg::Database& database) {
  Silence silence;
  Ear good;
  Ear bad{.heard = {}, .failures = 1};
  Outbox outbox(database, silence.log);
  outbox.listen("order.placed", "bad", listener_of(bad));
  outbox.listen("order.placed", "good", listener_of(good));
  const Uuid order = Uuid::v7(noon);
  std::vector<Event> events{event_of(order, "order.placed"), event_of(order, "order.placed")};
  co_await write(database, events);

  co_await outbox.run_once();
  EXPECT_EQ(good.heard.size(), 1U);
  EXPECT_TRUE(bad.heard.empty());
  const int early = co_await outbox.run_once();  // It waits, and holds up the later one.
  EXPECT_EQ(early, 0);

  for (int i = 0; i < 3; ++i) {
    co_await database.run(due_now_sql);
    co_await outbox.run_once();
  }
  EXPECT_EQ(good.heard.size(), 2U);  // Not told again.
  EXPECT_EQ(bad.heard.size(), 2U);
  const auto row = co_await database.run_one(count_sql);
  EXPECT_EQ(row->get<int>(0), 2);
}

TEST(Outbox, TriesOnlyTheListenerThatFailedAgain) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), fail_one_listener);
}

Task<void> park(pg::Database& database) {
  Silence silence;
  Ear bad{.heard = {}, .failures = Outbox::attempts_max};
  Outbox outbox(database, silence.log);
  outbox.listen("order.placed", "bad", listener_of(bad));
  const Uuid order = Uuid::v7(noon);
  std::vector<Event> events{event_of(order, "order.placed", R"({"n": 1})"),
                            event_of(order, "order.placed")};
  co_await write(database, events);

  for (int i = 0; i < Outbox::attempts_max; ++i) {
    EXPECT_TRUE(bad.heard.empty());
    co_await database.run(due_now_sql);
    co_await outbox.run_once();
  }
  const auto row = co_await database.run_one(count_sql);
  EXPECT_EQ(row->get<int>(1), 1);
  EXPECT_EQ(row->get<std::string>(3), "bad: deaf");
  co_await outbox.run_once();  // The later one is free now.
  EXPECT_EQ(bad.heard.size(), 1U);
  EXPECT_EQ(bad.heard.front().payload, "{}");
  const auto lines = co_await pg::test::violations(database, invariants());
  EXPECT_TRUE(lines.empty());
}

constexpr pg::Statement count_all_sql{"test.count_all",
                                      "SELECT count(*) FROM platform.outbox_events"};
constexpr pg::Statement age_sql{
    "test.age_delivered",
    "UPDATE platform.outbox_events SET delivered_at = delivered_at - interval '31 days' "
    "WHERE payload <> '{}'"};

Task<void> trim_old_ones(pg::Database& database) {
  Silence silence;
  Ear ear;
  Outbox outbox(database, silence.log);
  outbox.listen("order.placed", "ear", listener_of(ear));
  const Uuid order = Uuid::v7(noon);
  std::vector<Event> events{event_of(order, "order.placed", R"({"n": 1})"),
                            event_of(order, "order.placed")};
  co_await write(database, events);
  co_await outbox.run_once();
  co_await outbox.run_once();
  EXPECT_EQ(ear.heard.size(), 2U);

  co_await database.run(age_sql);
  co_await trim_done(database);
  const auto row = co_await database.run_one(count_all_sql);
  EXPECT_EQ(row->get<int>(0), 1);  // The young one stays.
}

TEST(Outbox, ForgetsWhatWasDeliveredAMonthAgo) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), trim_old_ones);
}

TEST(Outbox, ParksWithTheReasonAndFreesTheAggregate) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), park);
}

// Taken by a process that died, again and again.
constexpr pg::Statement deadly_sql{"jobs_test.outbox_deadly",
                                   "UPDATE platform.outbox_events SET attempts = 300"};

Task<void> park_deadly(pg::Database& database) {
  Silence silence;
  Ear ear;
  Outbox outbox(database, silence.log);
  outbox.listen("order.placed", "ear", listener_of(ear));
  std::vector<Event> events{event_of(Uuid::v7(noon), "order.placed")};
  co_await write(database, events);
  co_await database.run(deadly_sql);
  co_await outbox.run_once();
  EXPECT_TRUE(ear.heard.empty());
  const auto row = co_await database.run_one(count_sql);
  EXPECT_EQ(row->get<int>(1), 1);
}

TEST(Outbox, ParksAnEventThatKillsWhoeverTakesIt) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), park_deadly);
}

Task<void> run_round(Outbox& outbox) { co_await outbox.run_once(); }

Task<void> deliver_from_two(pg::Database& database) {
  Silence silence;
  Ear ear;
  Outbox first(database, silence.log);
  Outbox second(database, silence.log);
  first.listen("order.placed", "ear", listener_of(ear));
  second.listen("order.placed", "ear", listener_of(ear));
  std::vector<Event> events;
  for (int i = 0; i < 100; ++i) events.push_back(event_of(Uuid::v7(noon), "order.placed"));
  co_await write(database, events);

  for (int i = 0; i < 4; ++i) {
    std::vector<Task<void>> rounds;
    rounds.push_back(run_round(first));
    rounds.push_back(run_round(second));
    co_await when_all(std::move(rounds));
  }
  std::vector<Uuid> ids;
  for (const Event& event : ear.heard) ids.push_back(event.id);
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::unique(ids).size(), 0U);
  EXPECT_EQ(ids.size(), 100U);
}

TEST(Outbox, IsDeliveredByTwoProcessesOnce) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), deliver_from_two);
}

Task<void> stop_when_heard(Outbox& outbox, Ear& ear) {
  for (int i = 0; i < 500 && ear.heard.empty(); ++i) co_await sleep_for(10ms);
  outbox.stop();
}

Task<void> run_until_stopped(pg::Database& database) {
  Silence silence;
  Ear ear;
  Outbox outbox(database, silence.log);
  outbox.listen("order.placed", "ear", listener_of(ear));
  TaskGroup group;
  group.spawn(outbox.run());
  std::vector<Event> events{event_of(Uuid::v7(noon), "order.placed")};
  co_await write(database, events);
  outbox.nudge();
  co_await stop_when_heard(outbox, ear);
  co_await group.join();
  EXPECT_EQ(ear.heard.size(), 1U);
}

TEST(Outbox, RunsUntilItIsStopped) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), run_until_stopped);
}

constexpr pg::Statement plant_far_sql{"jobs_test.plant_far", R"sql(
  INSERT INTO platform.outbox_events (id, topic, aggregate_id, next_attempt_at)
  VALUES (gen_random_uuid(), 'order.placed', gen_random_uuid(), now() + interval '1 day')
)sql"};
constexpr pg::Statement plant_order_sql{"jobs_test.plant_order", R"sql(
  INSERT INTO platform.outbox_events (id, topic, aggregate_id, delivered_at, done_listeners)
  VALUES (gen_random_uuid(), 'order.placed', '00000000-0000-7000-8000-000000000001', NULL, '{}'),
         (gen_random_uuid(), 'order.canceled', '00000000-0000-7000-8000-000000000001', now(), '{ear}')
)sql"};
constexpr pg::Statement plant_tried_sql{"jobs_test.plant_tried", R"sql(
  INSERT INTO platform.outbox_events (id, topic, aggregate_id, attempts)
  VALUES (gen_random_uuid(), 'order.placed', gen_random_uuid(), 1000)
)sql"};
constexpr pg::Statement plant_both_sql{"jobs_test.plant_both", R"sql(
  INSERT INTO platform.outbox_events (id, topic, aggregate_id, delivered_at, parked_at, parked_reason)
  VALUES (gen_random_uuid(), 'order.placed', gen_random_uuid(), now(), now(), 'why')
)sql"};
constexpr pg::Statement plant_inbox_far_sql{"jobs_test.plant_inbox_far", R"sql(
  INSERT INTO platform.inbox_events (source, event_id, type, object_id, is_live, next_attempt_at)
  VALUES ('stripe', 'evt_1', 'x', 'y', true, now() + interval '1 day')
)sql"};
constexpr pg::Statement plant_inbox_both_sql{"jobs_test.plant_inbox_both", R"sql(
  INSERT INTO platform.inbox_events (source, event_id, type, object_id, is_live, processed_at, parked_at, parked_reason)
  VALUES ('stripe', 'evt_2', 'x', 'y', true, now(), now(), 'why')
)sql"};

Task<void> plant_violations(pg::Database& database) {
  co_await database.run(plant_far_sql);
  co_await database.run(plant_order_sql);
  co_await database.run(plant_tried_sql);
  co_await database.run(plant_both_sql);
  co_await database.run(plant_inbox_far_sql);
  co_await database.run(plant_inbox_both_sql);
  const auto names = co_await pg::test::violated(database, invariants());
  EXPECT_EQ(names.size(), invariants().size());
}

TEST(JobsInvariants, EachFindsItsViolation) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), plant_violations);
}

}  // namespace
}  // namespace osier::jobs
