#include "waiting_room/room.h"

#include <gtest/gtest.h>

#include <set>

namespace osier::waiting_room {
namespace {

const Instant noon{std::chrono::seconds(1'795'348'800)};
const Secret key{std::string(32, 'k')};

Room open_room(std::int64_t last_number, std::int64_t admitted) {
  Room room;
  room.id = RoomId(Uuid::v7(noon));
  room.rate = 10;
  room.turn = 10min;
  room.last_number = last_number;
  room.admitted = admitted;
  room.drawn_numbers = 0;
  return room;
}

TEST(Ticket, IsReadAsItWasSigned) {
  const Ticket ticket{.room_id = RoomId(Uuid::v7(noon)), .number = 123'456'789'012};
  const std::string text = sign(ticket, key);
  EXPECT_EQ(text.size(), 54U);
  const auto read = parse_ticket(text, key);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->room_id, ticket.room_id);
  EXPECT_EQ(read->number, ticket.number);
}

TEST(Ticket, IsRefusedIfForged) {
  const std::string text = sign({.room_id = RoomId(Uuid::v7(noon)), .number = 5}, key);
  EXPECT_FALSE(parse_ticket(text, Secret(std::string(32, 'x'))));
  EXPECT_FALSE(parse_ticket("", key));
  EXPECT_FALSE(parse_ticket(text + "A", key));
  EXPECT_FALSE(parse_ticket(text.substr(1), key));
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {  // The last letter holds bits of nothing.
    std::string forged = text;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_ticket(forged, key)) << "letter " << i;
  }
}

TEST(Draw, GivesEveryNumberOnePlace) {
  for (const std::int64_t count : {1, 2, 3, 7, 64, 65, 1'000}) {
    std::set<std::int64_t> ranks;
    for (std::int64_t number = 1; number <= count; ++number) {
      const auto rank = drawn_rank(number, count, 42);
      EXPECT_GE(rank, 1);
      EXPECT_LE(rank, count);
      ranks.insert(rank);
    }
    EXPECT_EQ(std::ssize(ranks), count);
  }
}

// Who came first wins nothing: over many draws, the first and the last stand in the middle.
TEST(Draw, IsFair) {
  constexpr std::int64_t count = 500;
  constexpr int draws = 2'000;
  for (const std::int64_t number : {std::int64_t{1}, count / 2, count}) {
    double sum = 0;
    for (int seed = 0; seed < draws; ++seed)
      sum += static_cast<double>(drawn_rank(number, count, seed * 7'919));
    EXPECT_NEAR(sum / draws, (count + 1) / 2.0, 15) << "number " << number;
  }
}

TEST(Standing, IsArithmetic) {
  Room room = open_room(1'000, 100);
  add_mark(room, {.at = noon, .admitted = 100});
  const auto last_admitted = standing_of(room, 100, noon + 1min);
  EXPECT_EQ(last_admitted.stage, Stage::admitted);
  EXPECT_EQ(last_admitted.until, noon + 10min);

  const auto next = standing_of(room, 101, noon);
  EXPECT_EQ(next.stage, Stage::waiting);
  EXPECT_EQ(next.position, 1);

  const auto late = standing_of(room, 1'000, noon);
  EXPECT_EQ(late.position, 900);
  EXPECT_EQ(late.estimate, Duration(90s));
}

TEST(Standing, BeforeTheRoomOpensHasNoPlace) {
  Room room = open_room(10, 0);
  room.drawn_numbers.reset();
  room.opens_at = noon + 5min;
  const auto early = standing_of(room, 3, noon);
  EXPECT_EQ(early.stage, Stage::before_opening);
  EXPECT_EQ(early.estimate, Duration(5min));
}

TEST(Standing, AfterTheDrawPutsLaterNumbersBehind) {
  Room room = open_room(20, 0);
  room.drawn_numbers = 10;
  room.draw_seed = 77;
  std::set<std::int64_t> ranks;
  for (std::int64_t number = 1; number <= 20; ++number) {
    const auto standing = standing_of(room, number, noon);
    ranks.insert(standing.rank);
    if (number <= 10) {
      EXPECT_LE(standing.rank, 10);
    } else {
      EXPECT_EQ(standing.rank, number);
    }
  }
  EXPECT_EQ(ranks.size(), 20U);
}

TEST(Turn, LastsFromTheFirstMarkThatCoversTheRank) {
  Room room = open_room(100, 30);
  add_mark(room, {.at = noon, .admitted = 10});
  add_mark(room, {.at = noon + 1min, .admitted = 20});
  add_mark(room, {.at = noon + 2min, .admitted = 30});
  EXPECT_EQ(standing_of(room, 10, noon + 10min).stage, Stage::admitted);
  EXPECT_EQ(standing_of(room, 10, noon + 10min + 1s).stage, Stage::over);
  EXPECT_EQ(standing_of(room, 11, noon + 10min + 1s).stage, Stage::admitted);

  add_mark(room, {.at = noon + 12min, .admitted = 31});  // The first two marks are forgotten.
  EXPECT_EQ(room.over_through, 20);
  EXPECT_EQ(standing_of(room, 20, noon + 12min).stage, Stage::over);
  EXPECT_EQ(standing_of(room, 21, noon + 12min).stage, Stage::admitted);
}

}  // namespace
}  // namespace osier::waiting_room
