#include "platform/locale/format.h"

#include <unicode/coll.h>
#include <unicode/dtintrv.h>
#include <unicode/dtitvfmt.h>
#include <unicode/dtptngen.h>
#include <unicode/locid.h>
#include <unicode/numberformatter.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace osier::locale {

static icu::Locale icu_locale(const Locale& locale) {
  return icu::Locale::createFromName(locale.tag().c_str());
}

static std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// The formatters of one kind that this thread has made. A few locales and currencies are in use at
// a time, so a linear look is quickest; the bound keeps strange locales from filling the memory.
template <class Formatter>
class Shelf {
 public:
  template <class Make>
  Formatter& get(std::string_view locale, std::string_view detail, const Make& make) {
    for (auto& [name, kind, formatter] : entries_) {
      if (name == locale && kind == detail) return *formatter;
    }
    constexpr std::size_t entries_max = 64;
    if (entries_.size() >= entries_max) entries_.clear();
    entries_.push_back({std::string(locale), std::string(detail), make()});
    return *entries_.back().formatter;
  }

 private:
  struct Entry {
    std::string name;
    std::string kind;
    std::unique_ptr<Formatter> formatter;
  };
  std::vector<Entry> entries_;
};

using icu::number::LocalizedNumberFormatter;

static std::string format_integer(const LocalizedNumberFormatter& formatter, std::int64_t number) {
  UErrorCode status = U_ZERO_ERROR;
  const auto text = formatter.formatInt(number, status).toTempString(status);
  return U_SUCCESS(status) ? utf8(text) : std::to_string(number);
}

std::string format_money(Money amount, const Locale& locale) {
  thread_local Shelf<LocalizedNumberFormatter> shelf;
  const auto code = amount.currency().code();
  const auto& formatter = shelf.get(locale.tag(), code, [&] {
    UErrorCode status = U_ZERO_ERROR;
    const icu::CurrencyUnit unit(icu::StringPiece(code), status);
    const int exponent = amount.currency().exponent();
    return std::make_unique<LocalizedNumberFormatter>(
        icu::number::NumberFormatter::withLocale(icu_locale(locale))
            .unit(unit)
            .precision(icu::number::Precision::fixedFraction(exponent))
            .scale(icu::number::Scale::powerOfTen(-exponent)));
  });
  return format_integer(formatter, amount.amount_minor());
}

std::string format_number(std::int64_t number, const Locale& locale) {
  // Below a thousand no grouping is in play, and most languages write Latin digits.
  if (number >= 0 && number < 1000 && (locale.tag() == "en" || locale.tag() == "de")) {
    return std::to_string(number);
  }
  thread_local Shelf<LocalizedNumberFormatter> shelf;
  const auto& formatter = shelf.get(locale.tag(), "", [&] {
    return std::make_unique<LocalizedNumberFormatter>(
        icu::number::NumberFormatter::withLocale(icu_locale(locale)));
  });
  return format_integer(formatter, number);
}

static const char* skeleton_of(DateStyle style) {
  switch (style) {
    case DateStyle::date:
      return "yMMMMd";
    case DateStyle::short_date:
      return "MMMd";
    case DateStyle::weekday_date:
      return "EEEEMMMMd";
    case DateStyle::date_time:
      return "";  // Has a form of its own in each language.
  }
  return "";
}

static std::unique_ptr<icu::TimeZone> make_zone(std::string_view name) {
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8({name.data(), static_cast<int>(name.size())})));
  if (*zone == icu::TimeZone::getUnknown()) zone.reset(icu::TimeZone::getGMT()->clone());
  return zone;
}

static std::unique_ptr<icu::DateFormat> make_date_format(const Locale& locale,
                                                         std::string_view time_zone,
                                                         DateStyle style) {
  const auto icu = icu_locale(locale);
  std::unique_ptr<icu::DateFormat> format;
  if (style == DateStyle::date_time) {
    format.reset(icu::DateFormat::createDateTimeInstance(icu::DateFormat::kLong,
                                                         icu::DateFormat::kShort, icu));
  } else {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::DateTimePatternGenerator> patterns(
        icu::DateTimePatternGenerator::createInstance(icu, status));
    const auto pattern = patterns->getBestPattern(skeleton_of(style), status);
    format = std::make_unique<icu::SimpleDateFormat>(pattern, icu, status);
  }
  format->adoptTimeZone(make_zone(time_zone).release());
  return format;
}

static UDate icu_date(Instant instant) {
  return static_cast<UDate>(
      std::chrono::floor<std::chrono::milliseconds>(instant.time_since_epoch()).count());
}

std::string format_date(Instant instant, const Locale& locale, std::string_view time_zone,
                        DateStyle style) {
  thread_local Shelf<icu::DateFormat> shelf;
  std::string detail(1, static_cast<char>('0' + static_cast<int>(style)));
  detail += time_zone;
  const auto& format =
      shelf.get(locale.tag(), detail, [&] { return make_date_format(locale, time_zone, style); });
  icu::UnicodeString text;
  return utf8(format.format(icu_date(instant), text));
}

std::string format_date_range(Instant from, Instant to, const Locale& locale,
                              std::string_view time_zone) {
  if (to < from) std::swap(from, to);
  thread_local Shelf<icu::DateIntervalFormat> shelf;
  const auto& format = shelf.get(locale.tag(), time_zone, [&] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::DateIntervalFormat> made(
        icu::DateIntervalFormat::createInstance("MMMd", icu_locale(locale), status));
    made->adoptTimeZone(make_zone(time_zone).release());
    return made;
  });
  const icu::DateInterval interval(icu_date(from), icu_date(to));
  icu::UnicodeString text;
  icu::FieldPosition ignored;
  UErrorCode status = U_ZERO_ERROR;
  return utf8(format.format(&interval, text, ignored, status));
}

std::string country_name(std::string_view code, const Locale& locale) {
  const auto is_capital = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
  if (code.size() != 2 || !std::ranges::all_of(code, is_capital)) return std::string(code);
  icu::UnicodeString name;
  icu::Locale("", std::string(code).c_str()).getDisplayCountry(icu_locale(locale), name);
  return utf8(name);
}

std::vector<Country> sorted_countries(std::span<const std::string> codes, const Locale& locale) {
  std::vector<Country> countries;
  for (const auto& code : codes) countries.push_back({code, country_name(code, locale)});
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Collator> collator(
      icu::Collator::createInstance(icu_locale(locale), status));
  std::ranges::sort(countries, [&](const Country& left, const Country& right) {
    if (U_FAILURE(status)) return left.name < right.name;
    UErrorCode compared = U_ZERO_ERROR;
    const auto order = collator->compareUTF8(left.name, right.name, compared);
    return order == UCOL_EQUAL ? left.code < right.code : order == UCOL_LESS;
  });
  return countries;
}

std::string own_name(const Locale& locale) {
  const auto icu = icu_locale(locale);
  icu::UnicodeString name;
  icu.getDisplayLanguage(icu, name);
  return utf8(name.toTitle(nullptr, icu, U_TITLECASE_NO_LOWERCASE));
}

static bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char byte) { return static_cast<unsigned char>(byte) < 128; });
}

// Turkish, Azeri and Lithuanian have rules of their own even for ASCII letters.
static bool has_plain_ascii_case(const Locale& locale) {
  const auto language = locale.language();
  return language != "tr" && language != "az" && language != "lt";
}

std::string to_upper(std::string_view text, const Locale& locale) {
  if (is_ascii(text) && has_plain_ascii_case(locale)) {
    std::string upper(text);
    for (auto& byte : upper)
      byte = static_cast<char>(byte >= 'a' && byte <= 'z' ? byte - 32 : byte);
    return upper;
  }
  auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())});
  return utf8(wide.toUpper(icu_locale(locale)));
}

std::string to_lower(std::string_view text, const Locale& locale) {
  if (is_ascii(text) && has_plain_ascii_case(locale)) {
    std::string lower(text);
    for (auto& byte : lower)
      byte = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    return lower;
  }
  auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())});
  return utf8(wide.toLower(icu_locale(locale)));
}

}  // namespace osier::locale
