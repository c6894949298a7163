#include <unicode/timezone.h>

#include <memory>

#include "fulfilment/fulfilment.h"

namespace osier::fulfilment {

namespace {

using std::chrono::sys_days;

// The day it is there. An unknown zone reads as UTC (ICU's GMT).
sys_days local_day(Instant now, const std::string& time_zone) {
  const std::unique_ptr<icu::TimeZone> zone(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(time_zone)));
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now);
  std::int32_t raw = 0;
  std::int32_t summer = 0;
  UErrorCode error = U_ZERO_ERROR;
  zone->getOffset(static_cast<UDate>(milliseconds.time_since_epoch().count()), false, raw, summer,
                  error);
  const std::int32_t offset = U_SUCCESS(error) != 0 ? raw + summer : 0;
  return std::chrono::floor<std::chrono::days>(milliseconds + std::chrono::milliseconds(offset));
}

bool is_working_day(sys_days day) {
  const std::chrono::weekday weekday(day);
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday;
}

sys_days after_working_days(sys_days day, std::int32_t count) {
  while (count > 0 || !is_working_day(day)) {
    day += std::chrono::days(1);
    if (count > 0 && is_working_day(day)) --count;
  }
  return day;
}

}  // namespace

DeliveryDates delivery_dates(const ShippingOption& option, Instant now,
                             const std::string& time_zone) {
  const sys_days today = local_day(now, time_zone);
  return {.from = after_working_days(today, option.days_min),
          .to = after_working_days(today, option.days_max)};
}

}  // namespace osier::fulfilment
