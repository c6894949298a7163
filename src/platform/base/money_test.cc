#include "platform/base/money.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>

namespace osier {
namespace {

constexpr Currency eur = Currency::of("EUR");
constexpr Currency jpy = Currency::of("JPY");
constexpr Currency kwd = Currency::of("KWD");

TEST(Money, WritesTheDecimalsOfItsCurrency) {
  EXPECT_EQ(Money::minor(1230, eur).to_decimal(), "12.30");
  EXPECT_EQ(Money::minor(5, eur).to_decimal(), "0.05");
  EXPECT_EQ(Money::minor(-5, eur).to_decimal(), "-0.05");
  EXPECT_EQ(Money::minor(1230, jpy).to_decimal(), "1230");
  EXPECT_EQ(Money::minor(1230, kwd).to_decimal(), "1.230");
}

TEST(Money, ScalesHalfAwayFromZero) {
  EXPECT_EQ(scaled(Money::minor(5, eur), 1, 2).amount_minor(), 3);
  EXPECT_EQ(scaled(Money::minor(-5, eur), 1, 2).amount_minor(), -3);
  EXPECT_EQ(scaled(Money::minor(4, eur), 1, 3).amount_minor(), 1);
  EXPECT_EQ(scaled(Money::minor(5, eur), 1, 3).amount_minor(), 2);
}

TEST(Money, AllocationLosesNoCent) {
  EXPECT_TRUE(rc::check([](std::int32_t total, const std::vector<std::uint16_t>& raw) {
    RC_PRE(!raw.empty());
    const std::vector<std::int64_t> weights(raw.begin(), raw.end());
    const auto parts = allocate(Money::minor(total, eur), weights);
    const auto sum = std::accumulate(parts.begin(), parts.end(), Money::zero(eur));
    RC_ASSERT(sum.amount_minor() == total);
  }));
}

TEST(Money, ALeftOverCentGoesToTheLargestRemainder) {
  const std::vector<std::int64_t> weights = {1, 1, 4};
  const auto parts = allocate(Money::minor(100, eur), weights);
  EXPECT_EQ(parts[0].amount_minor(), 17);
  EXPECT_EQ(parts[1].amount_minor(), 17);
  EXPECT_EQ(parts[2].amount_minor(), 66);  // 16.67, 16.67 and 66.67: the earlier ones win the tie.
}

TEST(MoneyDeathTest, TwoCurrenciesDoNotAdd) {
  EXPECT_DEATH((void)(Money::minor(1, eur) + Money::minor(1, jpy)), "one currency");
}

TEST(MoneyDeathTest, OverflowStopsTheProcess) {
  EXPECT_DEATH((void)(Money::minor(INT64_MAX, eur) + Money::minor(1, eur)), "64 bits");
}

TEST(Currency, ParsesOnlyCurrenciesInUse) {
  EXPECT_EQ(Currency::parse("eur"), eur);
  EXPECT_FALSE(Currency::parse("DEM"));
  EXPECT_FALSE(Currency::parse("EU"));
  EXPECT_FALSE(Currency::parse("EURO"));
}

}  // namespace
}  // namespace osier
