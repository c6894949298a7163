// Money, numbers, dates and countries as people of a language read them (ICU and its CLDR data).
//
// Formatters are made once per thread, locale and kind, and kept; a price costs about a
// microsecond. A locale that ICU lacks reads as its language, else as English.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/money.h"
#include "platform/base/time.h"
#include "platform/locale/locale.h"

namespace osier::locale {

// "€12.30", "12,30 €" (with a no-break space). Always with all decimals of the currency.
std::string format_money(Money amount, const Locale& locale);

// "1,234,567", "1.234.567".
std::string format_number(std::int64_t number, const Locale& locale);

enum class DateStyle {
  date,          // "November 22, 2026", "22. November 2026"
  short_date,    // "Nov 22", "22. Nov."
  weekday_date,  // "Sunday, November 22", "Sonntag, 22. November"
  date_time,     // "November 22, 2026 at 9:41 AM"
};

// `time_zone` is an IANA name ("Europe/Berlin"); an unknown one reads as UTC.
std::string format_date(Instant instant, const Locale& locale, std::string_view time_zone,
                        DateStyle style = DateStyle::date);

// Both days and nothing twice: "Nov 24 – 26", "24.–26. Nov.". The order of the two does not matter.
std::string format_date_range(Instant from, Instant to, const Locale& locale,
                              std::string_view time_zone);

// "Germany", "Deutschland"; the code itself if it names no country. `code` is ISO 3166-1 alpha-2.
std::string country_name(std::string_view code, const Locale& locale);

struct Country {
  std::string code;
  std::string name;
};
// The countries by name, in the order of the language's own alphabet.
std::vector<Country> sorted_countries(std::span<const std::string> codes, const Locale& locale);

// "Deutsch", "English": a language by its own name, for language switches.
std::string own_name(const Locale& locale);

// By the language's own rules (Turkish dotted i, German sharp s).
std::string to_upper(std::string_view text, const Locale& locale);
std::string to_lower(std::string_view text, const Locale& locale);

}  // namespace osier::locale
