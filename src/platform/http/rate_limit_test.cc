#include "platform/http/rate_limit.h"

#include <gtest/gtest.h>

#include <string>

namespace osier::http {
namespace {

const RateLimit::Moment noon{std::chrono::hours(12)};

TEST(RateLimit, LetsABurstPassAndThenOneAtATime) {
  RateLimit limit({.count = 60, .per = 1min, .burst = 3}, 7);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.take("a", noon));
  const auto wait = limit.take("a", noon);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, Duration(1s));
  EXPECT_TRUE(limit.take("a", noon + 999ms));
  EXPECT_FALSE(limit.take("a", noon + 1s));
  EXPECT_TRUE(limit.take("a", noon + 1s));
}

TEST(RateLimit, CountsEachKeyByItself) {
  RateLimit limit({.count = 1, .per = 1min, .burst = 1}, 7);
  EXPECT_FALSE(limit.take("a", noon));
  EXPECT_TRUE(limit.take("a", noon));
  EXPECT_FALSE(limit.take("b", noon));
}

TEST(RateLimit, IsFullAgainAfterAQuietWhile) {
  RateLimit limit({.count = 60, .per = 1min, .burst = 5}, 7);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limit.take("a", noon));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limit.take("a", noon + 5s));
  EXPECT_TRUE(limit.take("a", noon + 5s));
}

// However many keys come by, memory stays as it is, and a busy key is not forgotten for quiet ones.
TEST(RateLimit, ForgetsQuietKeysFirst) {
  RateLimit limit({.count = 1, .per = 1min, .burst = 10}, 7, 64);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limit.take("busy", noon));
  int forgotten = 0;
  for (int i = 0; i < 10'000; ++i) {
    (void)limit.take("quiet " + std::to_string(i), noon);
    if (!limit.take("busy", noon)) ++forgotten;
  }
  EXPECT_EQ(forgotten, 0);
}

}  // namespace
}  // namespace osier::http
