#include "platform/http/admission.h"

#include <gtest/gtest.h>

namespace osier::http {
namespace {

constexpr std::array<Admission::Limits, importances> small{
    Admission::Limits{2, 10, 1s, 200ms}, Admission::Limits{2, 10, 1s, 200ms},
    Admission::Limits{4, 3, 60ms, 10ms}, Admission::Limits{4, 3, 60ms, 10ms}};

struct Tally {
  int admitted = 0;
  int shed = 0;
};

Task<void> visit(Admission& admission, Importance importance, Duration stay, Tally& tally) {
  const auto permit = co_await admission.enter(importance);
  ++(permit ? tally.admitted : tally.shed);
  if (permit) co_await sleep_for(stay);
}

Task<void> come_at_once(Admission& admission, Importance importance, int count, Duration stay,
                        Tally& tally) {
  std::vector<Task<void>> visits;
  for (int i = 0; i < count; ++i) visits.push_back(visit(admission, importance, stay, tally));
  co_await when_all(std::move(visits));
}

TEST(Admission, LetsInWhoeverComesWhileThereIsRoom) {
  Admission admission(small);
  Tally tally;
  run_to_end(come_at_once(admission, Importance::cart, 4, 5ms, tally));
  EXPECT_EQ(tally.admitted, 4);
  EXPECT_EQ(admission.statistics(Importance::cart).queued, 0U);
  EXPECT_EQ(admission.statistics(Importance::cart).under_way, 0);
}

TEST(Admission, QueuesABurstAndTurnsAwayWhatDoesNotFit) {
  Admission admission(small);
  Tally tally;
  run_to_end(come_at_once(admission, Importance::cart, 10, 5ms, tally));
  EXPECT_EQ(tally.admitted, 7);  // Four at once, three after waiting.
  EXPECT_EQ(tally.shed, 3);
  const auto counts = admission.statistics(Importance::cart);
  EXPECT_EQ(counts.admitted, 7U);
  EXPECT_EQ(counts.queued, 3U);
  EXPECT_EQ(counts.shed, 3U);
  EXPECT_EQ(counts.waiting, 0);
}

// Told before anything of a request is read.
Task<void> look_at_a_full_queue(Admission& admission, bool& was_full, bool& others_full) {
  std::vector<Task<void>> visits;
  Tally tally;
  for (int i = 0; i < 7; ++i) visits.push_back(visit(admission, Importance::cart, 5ms, tally));
  const auto look = [](Admission& door, bool& cart, bool& others) -> Task<void> {
    cart = door.is_full(Importance::cart);
    others = door.is_full(Importance::pay) || door.is_full(Importance::browse);
    co_return;
  };
  visits.push_back(look(admission, was_full, others_full));
  co_await when_all(std::move(visits));
}

TEST(Admission, SaysWhenThereIsNoRoomToWait) {
  Admission admission(small);
  bool was_full = false;
  bool others_full = true;
  run_to_end(look_at_a_full_queue(admission, was_full, others_full));
  EXPECT_TRUE(was_full);
  EXPECT_FALSE(others_full);
  EXPECT_FALSE(admission.is_full(Importance::cart));
}

TEST(Admission, LetsNobodyWaitPastTheDeadline) {
  Admission admission(small);
  Tally tally;
  const auto start = std::chrono::steady_clock::now();
  run_to_end(come_at_once(admission, Importance::cart, 7, 300ms, tally));
  EXPECT_EQ(tally.admitted, 4);
  EXPECT_EQ(tally.shed, 3);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 450ms);
}

// Whoever pays stands in a queue for long: browsers keep a place or two meanwhile.
Task<void> press_from_above(Admission& admission, Tally& paying, Tally& browsing, bool& too_busy) {
  std::vector<Task<void>> visits;
  for (int i = 0; i < 6; ++i) visits.push_back(visit(admission, Importance::pay, 150ms, paying));
  const auto look_around = [](Admission& door, Tally& tally, bool& busy) -> Task<void> {
    co_await sleep_for(170ms);
    busy = door.is_too_busy(Importance::browse) && !door.is_too_busy(Importance::webhook);
    co_await come_at_once(door, Importance::browse, 4, 100ms, tally);
  };
  visits.push_back(look_around(admission, browsing, too_busy));
  co_await when_all(std::move(visits));
}

TEST(Admission, GivesWayToWhatIsMoreImportant) {
  Admission admission(small);
  Tally paying, browsing;
  bool too_busy = false;
  run_to_end(press_from_above(admission, paying, browsing, too_busy));
  EXPECT_EQ(paying.admitted, 6);
  EXPECT_TRUE(too_busy);
  EXPECT_EQ(browsing.admitted, 1);
  EXPECT_EQ(browsing.shed, 3);
}

// After the crowd has gone everything is as before, at once.
Task<void> crowd_then_calm(Admission& admission, Tally& crowd, Tally& calm) {
  for (int i = 0; i < 20; ++i) co_await come_at_once(admission, Importance::cart, 12, 10ms, crowd);
  co_await come_at_once(admission, Importance::cart, 4, 1ms, calm);
}

TEST(Admission, RecoversAtOnce) {
  Admission admission(small);
  Tally crowd, calm;
  run_to_end(crowd_then_calm(admission, crowd, calm));
  EXPECT_GT(crowd.shed, 0);
  EXPECT_EQ(calm.admitted, 4);
}

}  // namespace
}  // namespace osier::http
