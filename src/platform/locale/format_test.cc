#include "platform/locale/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace osier::locale {

static const Locale english;
static const Locale german = *Locale::parse("de");
static constexpr auto eur = Currency::of("EUR");

static Instant at(std::string_view text) { return *parse_instant(text); }

TEST(Locale, IsBroughtToItsUsualSpelling) {
  EXPECT_EQ(Locale::parse("DE-at")->tag(), "de-AT");
  EXPECT_EQ(Locale::parse("de")->language(), "de");
  EXPECT_EQ(Locale::parse("de-AT")->language(), "de");
  for (const auto* bad :
       {"", "d", "german", "de_DE", "de-", "-de", "de--AT", "12", "de/..", "de-€"}) {
    EXPECT_FALSE(Locale::parse(bad)) << bad;
  }
  EXPECT_FALSE(Locale::parse(std::string(100, 'a')));
  EXPECT_TRUE(Locale::parse("ar")->is_right_to_left());
  EXPECT_FALSE(german.is_right_to_left());
}

TEST(Locale, IsChosenByTheBrowsersWishes) {
  const std::vector<Locale> ours = {english, german};
  EXPECT_EQ(best_match("de-AT,de;q=0.9,en;q=0.8", ours), german);
  EXPECT_EQ(best_match("fr, en;q=0.3, de;q=0.7", ours), german);
  EXPECT_EQ(best_match("fr;q=0.5, *;q=0.1", ours), english);
  EXPECT_EQ(best_match("fr", ours), std::nullopt);
  EXPECT_EQ(best_match("de;q=0", ours), std::nullopt);
  EXPECT_EQ(best_match("de;q=x,;;q=,,en;q=0.5", ours), english);
  EXPECT_EQ(best_match("", ours), std::nullopt);
  EXPECT_EQ(best_match("en", {}), std::nullopt);
}

TEST(Format, WritesMoneyAsTheLanguageDoes) {
  EXPECT_EQ(format_money(Money::minor(1230, eur), english), "€12.30");
  EXPECT_EQ(format_money(Money::minor(1230, eur), german), "12,30\u00a0€");
  EXPECT_EQ(format_money(Money::minor(123456789, eur), german), "1.234.567,89\u00a0€");
  EXPECT_EQ(format_money(Money::minor(-500, Currency::of("USD")), english), "-$5.00");
  EXPECT_EQ(format_money(Money::minor(1500, Currency::of("JPY")), english), "¥1,500");
  EXPECT_EQ(format_money(Money::minor(1, Currency::of("HUF")), english), "HUF\u00a00.01");
  EXPECT_EQ(format_money(Money::minor(INT64_MAX, eur), english), "€92,233,720,368,547,758.07");
}

TEST(Format, WritesNumbersAsTheLanguageDoes) {
  EXPECT_EQ(format_number(999, german), "999");
  EXPECT_EQ(format_number(1234567, german), "1.234.567");
  EXPECT_EQ(format_number(-1234, english), "-1,234");
  EXPECT_EQ(format_number(1234567, *Locale::parse("hi")), "12,34,567");
}

TEST(Format, WritesDatesInTheGivenZone) {
  const auto evening = at("2026-11-22T23:30:00Z");
  EXPECT_EQ(format_date(evening, english, "UTC"), "November 22, 2026");
  EXPECT_EQ(format_date(evening, german, "Europe/Berlin"), "23. November 2026");
  EXPECT_EQ(format_date(evening, english, "UTC", DateStyle::short_date), "Nov 22");
  EXPECT_EQ(format_date(evening, german, "UTC", DateStyle::weekday_date), "Sonntag, 22. November");
  EXPECT_THAT(format_date(evening, english, "America/New_York", DateStyle::date_time),
              testing::StartsWith("November 22, 2026 at 6:30"));
  EXPECT_EQ(format_date(evening, english, "Nowhere/Land"), "November 22, 2026");
}

TEST(Format, WritesDateRangesWithoutRepetition) {
  const auto from = at("2026-11-24T12:00:00Z");
  const auto to = at("2026-11-26T12:00:00Z");
  EXPECT_EQ(format_date_range(from, to, german, "Europe/Berlin"), "24.–26. Nov.");
  EXPECT_EQ(format_date_range(to, from, german, "Europe/Berlin"), "24.–26. Nov.");
  EXPECT_EQ(format_date_range(from, from, english, "UTC"), "Nov 24");
}

TEST(Format, NamesCountriesAndLanguages) {
  EXPECT_EQ(country_name("DE", german), "Deutschland");
  EXPECT_EQ(country_name("DE", english), "Germany");
  EXPECT_EQ(country_name("de", english), "de");
  EXPECT_EQ(country_name("QQ", english), "QQ");
  const std::vector<std::string> codes = {"DE", "EG", "AT", "US"};
  const auto sorted = sorted_countries(codes, german);
  EXPECT_EQ(sorted[0].name, "Ägypten");
  EXPECT_EQ(sorted[1].code, "DE");
  EXPECT_EQ(own_name(german), "Deutsch");
}

TEST(Format, ChangesCaseByTheLanguage) {
  EXPECT_EQ(to_upper("straße", german), "STRASSE");
  EXPECT_EQ(to_upper("i", *Locale::parse("tr")), "İ");
  EXPECT_EQ(to_lower("ÄB", german), "äb");
  EXPECT_EQ(to_upper("abc", english), "ABC");
}

// A price must not cost more than a few microseconds, or a page of them cannot be made in time.
TEST(Format, KeepsItsFormatters) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) (void)format_money(Money::minor(i * 100, eur), german);
  const auto each = (std::chrono::steady_clock::now() - start) / 1000;
  RecordProperty("ns_per_price", static_cast<int>(std::chrono::nanoseconds(each).count()));
  printf("format_money: %ld ns\n", static_cast<long>(std::chrono::nanoseconds(each).count()));
  EXPECT_LT(each, std::chrono::microseconds(200));
}

}  // namespace osier::locale
