#include "fulfilment/fulfilment.h"

#include <gtest/gtest.h>

namespace osier::fulfilment {
namespace {

constexpr Currency eur = Currency::of("EUR");

ShippingOption standard() {
  ShippingOption option;
  option.market_code = "eu";
  option.amount = Money::minor(490, eur);
  option.free_from = Money::minor(6'000, eur);
  option.days_min = 1;
  option.days_max = 3;
  return option;
}

Instant at(const char* text) { return *parse_instant(text); }
std::chrono::sys_days day(const char* text) {
  return std::chrono::floor<std::chrono::days>(at((std::string(text) + "T00:00:00Z").c_str()));
}

TEST(ShippingOption, ServesEveryCountryOfItsMarketUnlessItNamesSome) {
  ShippingOption option = standard();
  EXPECT_TRUE(option.serves("eu", "DE"));
  EXPECT_FALSE(option.serves("us", "DE"));
  option.countries = {"AT"};
  EXPECT_FALSE(option.serves("eu", "DE"));
  EXPECT_TRUE(option.serves("eu", "AT"));
}

TEST(ShippingOption, IsFreeFromItsOrderValueOn) {
  EXPECT_EQ(standard().price_for(Money::minor(5'999, eur)), Money::minor(490, eur));
  EXPECT_EQ(standard().price_for(Money::minor(6'000, eur)), Money::zero(eur));
}

TEST(ShippingOption, WithoutSuchAValueIsNeverFree) {
  ShippingOption option = standard();
  option.free_from.reset();
  EXPECT_EQ(option.price_for(Money::minor(1'000'000, eur)), Money::minor(490, eur));
}

TEST(DeliveryDates, CountWorkingDaysOnly) {
  // Thursday: one working day is Friday, three are Tuesday.
  const auto dates = delivery_dates(standard(), at("2026-11-19T10:00:00Z"), "Europe/Berlin");
  EXPECT_EQ(dates.from, day("2026-11-20"));
  EXPECT_EQ(dates.to, day("2026-11-24"));
}

TEST(DeliveryDates, OfAWeekendBeginOnMonday) {
  ShippingOption option = standard();
  option.days_min = 0;
  const auto dates =
      delivery_dates(option, at("2026-11-21T10:00:00Z"), "Europe/Berlin");  // A Saturday.
  EXPECT_EQ(dates.from, day("2026-11-23"));
  EXPECT_EQ(dates.to, day("2026-11-25"));
}

TEST(DeliveryDates, BeginWithTheDayInTheMarketsTimeZone) {
  // 23:30 UTC on Sunday is Monday in Berlin and still Sunday in New York.
  const auto berlin = delivery_dates(standard(), at("2026-11-22T23:30:00Z"), "Europe/Berlin");
  const auto new_york = delivery_dates(standard(), at("2026-11-22T23:30:00Z"), "America/New_York");
  EXPECT_EQ(berlin.from, day("2026-11-24"));
  EXPECT_EQ(new_york.from, day("2026-11-23"));
}

}  // namespace
}  // namespace osier::fulfilment
