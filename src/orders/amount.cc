#include "orders/amount.h"

#include <charconv>
#include <string>

namespace osier::orders {

std::optional<Money> amount_of(std::string_view text, Currency currency) {
  const auto point = text.find('.');
  const std::string whole(text.substr(0, point));
  std::string decimals(point == std::string_view::npos ? "" : text.substr(point + 1));
  const auto exponent = static_cast<std::size_t>(currency.exponent());
  const bool has_bare_point = point != std::string_view::npos && decimals.empty();
  if (whole.empty() || has_bare_point || decimals.size() > exponent) return std::nullopt;
  decimals.resize(exponent, '0');
  const std::string digits = whole + decimals;
  std::int64_t minor = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits[0] == '-')
    return std::nullopt;
  return Money::minor(minor, currency);
}

}  // namespace osier::orders
