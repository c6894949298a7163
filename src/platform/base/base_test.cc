#include <gtest/gtest.h>

#include "platform/base/random.h"
#include "platform/base/result.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"

namespace osier {
namespace {

TEST(Uuid, RisesWithinAThread) {
  const Instant now = SystemClock().now();
  Uuid last = Uuid::v7(now);
  for (int i = 0; i < 10'000; ++i) {
    const Uuid next = Uuid::v7(now);
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(Uuid, ReadsWhatItWrites) {
  const Uuid uuid = Uuid::v7(SystemClock().now());
  EXPECT_EQ(Uuid::parse(uuid.to_string()), uuid);
  EXPECT_EQ(Uuid::parse(uuid.to_hex()), uuid);
  EXPECT_FALSE(Uuid::parse("not-a-uuid"));
  EXPECT_FALSE(Uuid::parse(uuid.to_string() + "0"));
}

TEST(Instant, ReadsRfc3339AndPostgres) {
  const auto instant = parse_instant("2026-11-22T09:41:20.123456Z");
  ASSERT_TRUE(instant);
  EXPECT_EQ(to_rfc3339(*instant), "2026-11-22T09:41:20.123456Z");
  EXPECT_EQ(parse_instant("2026-11-22 09:41:20.123456+00"), instant);
  EXPECT_EQ(parse_instant("2026-11-22T11:41:20.123456+02:00"), instant);
  EXPECT_FALSE(parse_instant("2026-02-30T00:00:00Z"));
  EXPECT_FALSE(parse_instant("2026-11-22"));
}

TEST(Random, TokensAreUrlSafeAndDiffer) {
  SystemRandom random;
  const auto token = random.token(16);
  EXPECT_EQ(token.size(), 22u);
  EXPECT_NE(token, random.token(16));
}

enum class Reason { sold_out };

Result<int, Reason> half(int number) {
  if (number % 2 != 0) return refuse(Reason::sold_out);
  return number / 2;
}

TEST(Result, HoldsEitherAValueOrARefusal) {
  EXPECT_EQ(*half(4), 2);
  ASSERT_FALSE(half(3));
  EXPECT_EQ(half(3).error(), Reason::sold_out);
  EXPECT_EQ(half(8).and_then(half).value(), 2);
}

}  // namespace
}  // namespace osier
