#include <gtest/gtest.h>

#include <algorithm>

#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/telemetry/log.h"
#include "waiting_room/room_store.h"
#include "waiting_room/waiting_room.h"

namespace osier::waiting_room {
namespace {

const audit::Actor staff{audit::ActorKind::staff, "test"};

// Nothing is sold here: the rooms stand before the whole shop.
class NoStock final : public catalog::AvailabilitySource {
 public:
  Task<std::unordered_map<Uuid, std::int32_t>> load(std::vector<Uuid>) override {
    co_return std::unordered_map<Uuid, std::int32_t>();
  }
};

struct Door {
  explicit Door(pg::Database& database)
      : log(telemetry::Level::error, telemetry::Format::text, clock),
        catalog(database, stock, clock, log),
        rooms(database, catalog, clock, random, log, Loop::current(),
              {.is_https = false, .exempt = {"127.0.0.0/8"}, .tickets_per_minute = 3}) {}

  SystemClock clock;
  SystemRandom random;
  telemetry::Log log;
  NoStock stock;
  catalog::Catalog catalog;
  WaitingRoom rooms;
};

void at_the_door(std::function<Task<void>(pg::Database&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), std::move(work));
}

constexpr pg::Statement backdate_sql{"waiting_room_test.backdate", R"sql(
  UPDATE waiting_room.rooms SET advanced_at = advanced_at - $1 * interval '1 second', credit = 0
)sql"};

http::Request request_with(std::string ticket) {
  http::Request request;
  request.client_address = "127.0.0.1";
  request.headers.add(std::string(ticket_header), std::move(ticket));
  return request;
}

Task<std::vector<Ticket>> take_many(Door& door, RoomId id, int count) {
  std::vector<Ticket> tickets;
  for (int i = 0; i < count; ++i) {
    const auto ticket = co_await door.rooms.take_ticket(id, "127.0.0.1");
    require(ticket.has_value(), "a number is given");
    tickets.push_back(*ticket);
  }
  co_return tickets;
}

Task<void> serve_in_order(pg::Database& database) {
  Door door(database);
  co_await door.catalog.load();
  co_await door.rooms.load();
  EXPECT_FALSE(door.rooms.has_rooms());
  EXPECT_FALSE(door.rooms.closed_door(request_with(""), {}));

  RoomSettings settings{.product_handle = "", .rate = 10, .turn_minutes = 10, .opens_at = {}};
  EXPECT_TRUE(co_await switch_on(database, settings, staff, door.clock.now()));
  co_await door.rooms.refresh();
  const auto room = door.rooms.room_before(std::nullopt);
  require(room.has_value(), "the room is on");

  const auto tickets = co_await take_many(door, room->id, 50);
  for (std::size_t i = 0; i < tickets.size(); ++i)
    EXPECT_EQ(tickets[i].number, static_cast<std::int64_t>(i) + 1);

  co_await database.run(backdate_sql, 1);  // One second has earned ten.
  co_await door.rooms.refresh();
  const auto now = door.rooms.room_before(std::nullopt);
  EXPECT_EQ(now->last_number, 50);
  EXPECT_EQ(now->admitted, 10);
  for (const Ticket& ticket : tickets) {
    const auto closed = door.rooms.closed_door(request_with(door.rooms.text_of(ticket)), {});
    EXPECT_EQ(!closed, ticket.number <= 10) << ticket.number;
    if (closed) EXPECT_EQ(closed->reason, ClosedDoor::Reason::waiting);
  }
  // However long nobody looked, no more than a second's worth is caught up.
  co_await database.run(backdate_sql, 3'600);
  co_await door.rooms.refresh();
  EXPECT_EQ(door.rooms.room_before(std::nullopt)->admitted, 20);
}

TEST(WaitingRoom, AdmitsInTheOrderOfNumbersAtTheRate) { at_the_door(serve_in_order); }

Task<void> refuse_bad_tickets(pg::Database& database) {
  Door door(database);
  co_await door.catalog.load();
  co_await door.rooms.load();
  RoomSettings settings{.product_handle = "", .rate = 10, .turn_minutes = 10, .opens_at = {}};
  EXPECT_TRUE(co_await switch_on(database, settings, staff, door.clock.now()));
  co_await door.rooms.refresh();
  const auto room = door.rooms.room_before(std::nullopt);
  const auto tickets = co_await take_many(door, room->id, 2);
  co_await database.run(backdate_sql, 1);
  co_await door.rooms.refresh();

  const Ticket made_up{.room_id = room->id, .number = 1};
  const std::string forged = sign(made_up, Secret("guessed"));
  const auto closed = door.rooms.closed_door(request_with(forged), {});
  require(closed.has_value(), "a forged ticket opens nothing");
  EXPECT_EQ(closed->reason, ClosedDoor::Reason::no_ticket);

  // One number orders for one cart.
  const std::string good = door.rooms.text_of(tickets[0]);
  const Uuid first_cart = Uuid::v7(door.clock.now());
  const Uuid second_cart = Uuid::v7(door.clock.now());
  EXPECT_FALSE(co_await door.rooms.pass(request_with(good), {}, first_cart));
  EXPECT_FALSE(co_await door.rooms.pass(request_with(good), {}, first_cart));
  const auto used = co_await door.rooms.pass(request_with(good), {}, second_cart);
  require(used.has_value(), "a used ticket opens nothing");
  EXPECT_EQ(used->reason, ClosedDoor::Reason::used);

  // A room that was off and is on again is another one.
  EXPECT_TRUE(co_await switch_off(database, "", staff, door.clock.now()));
  EXPECT_FALSE(co_await switch_off(database, "", staff, door.clock.now()));
  EXPECT_TRUE(co_await switch_on(database, settings, staff, door.clock.now()));
  co_await door.rooms.refresh();
  const auto stale = door.rooms.closed_door(request_with(good), {});
  require(stale.has_value(), "a ticket of another day opens nothing");
  EXPECT_EQ(stale->reason, ClosedDoor::Reason::no_ticket);
  EXPECT_FALSE(co_await switch_on(
      database, {.product_handle = "nothing", .rate = 1, .turn_minutes = 1, .opens_at = {}}, staff,
      door.clock.now()));
}

TEST(WaitingRoom, RefusesForgedUsedAndStaleTickets) { at_the_door(refuse_bad_tickets); }

Task<void> draw_at_opening(pg::Database& database) {
  Door door(database);
  co_await door.catalog.load();
  co_await door.rooms.load();
  RoomSettings settings{.product_handle = "", .rate = 1'000, .turn_minutes = 10, .opens_at = {}};
  settings.opens_at = door.clock.now() + 700ms;
  EXPECT_TRUE(co_await switch_on(database, settings, staff, door.clock.now()));
  co_await door.rooms.refresh();
  const auto room = door.rooms.room_before(std::nullopt);
  const auto tickets = co_await take_many(door, room->id, 40);
  co_await door.rooms.refresh();
  const auto early = door.rooms.standing(*door.rooms.room_before(std::nullopt), tickets[0]);
  EXPECT_EQ(early.stage, Stage::before_opening);
  EXPECT_EQ(door.rooms.room_before(std::nullopt)->admitted, 0);

  co_await sleep_for(800ms);
  co_await door.rooms.refresh();
  const auto open = door.rooms.room_before(std::nullopt);
  require(open->is_open(), "the room has opened");
  EXPECT_EQ(open->drawn_numbers, 40);
  std::vector<std::int64_t> ranks;
  for (const Ticket& ticket : tickets) ranks.push_back(door.rooms.standing(*open, ticket).rank);
  EXPECT_FALSE(std::ranges::is_sorted(ranks));
  std::ranges::sort(ranks);
  for (std::size_t i = 0; i < ranks.size(); ++i)
    EXPECT_EQ(ranks[i], static_cast<std::int64_t>(i) + 1);
}

TEST(WaitingRoom, DrawsLotsAmongThoseWhoCameEarly) { at_the_door(draw_at_opening); }

Task<void> take_too_many(pg::Database& database) {
  Door door(database);
  co_await door.catalog.load();
  co_await door.rooms.load();
  EXPECT_TRUE(co_await switch_on(
      database, {.product_handle = "", .rate = 1, .turn_minutes = 1, .opens_at = {}}, staff,
      door.clock.now()));
  co_await door.rooms.refresh();
  const RoomId id = door.rooms.room_before(std::nullopt)->id;
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    const auto ticket = co_await door.rooms.take_ticket(id, "203.0.113.9");
    if (!ticket) ++refused;
  }
  EXPECT_EQ(refused, 7);
}

TEST(WaitingRoom, GivesOneAddressAFewNumbersAMinute) { at_the_door(take_too_many); }

Task<void> advance_often(pg::Database& database, int times) {
  for (int i = 0; i < times; ++i) {
    (void)co_await advance_rooms(database, 1);
    co_await sleep_for(20ms);
  }
}

// Two processes that both look after the rooms share one rate.
Task<void> share_the_rate(pg::Database& database) {
  Door door(database);
  co_await door.catalog.load();
  co_await door.rooms.load();
  EXPECT_TRUE(co_await switch_on(
      database, {.product_handle = "", .rate = 20, .turn_minutes = 1, .opens_at = {}}, staff,
      door.clock.now()));
  co_await door.rooms.refresh();
  (void)co_await take_numbers(database, door.rooms.room_before(std::nullopt)->id, 1'000);
  const auto start = std::chrono::steady_clock::now();
  co_await door.rooms.refresh();
  const auto before = door.rooms.room_before(std::nullopt)->admitted;
  std::vector<Task<void>> processes;
  for (int i = 0; i < 3; ++i) processes.push_back(advance_often(database, 40));
  co_await when_all(std::move(processes));
  co_await door.rooms.refresh();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto admitted = door.rooms.room_before(std::nullopt)->admitted - before;
  EXPECT_NEAR(static_cast<double>(admitted), 20 * took.count(), 3);
}

TEST(WaitingRoom, SharesItsRateBetweenProcesses) { at_the_door(share_the_rate); }

}  // namespace
}  // namespace osier::waiting_room
