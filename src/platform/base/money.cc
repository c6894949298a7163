#include "platform/base/money.h"

#include <algorithm>
#include <numeric>

namespace osier {

namespace {

// ISO 4217 list one, currencies in use (2026), by exponent; all that are not listed apart have two
// decimals.
constexpr std::string_view no_decimals[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                            "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                            "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view three_decimals[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view two_decimals[] = {
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD",
    "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP",
    "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP",
    "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS",
    "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD",
    "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR",
    "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE",
    "SOS", "SRD", "SSP", "STN", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD",
    "TZS", "UAH", "USD", "UYU", "UZS", "VES", "WST", "XCD", "YER", "ZAR", "ZMW", "ZWG"};

bool contains(std::span<const std::string_view> codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

std::optional<Currency> Currency::parse(std::string_view code) {
  if (code.size() != 3) return std::nullopt;
  std::string upper(code);
  for (char& letter : upper) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  if (!contains(two_decimals, upper) && !contains(no_decimals, upper) &&
      !contains(three_decimals, upper)) {
    return std::nullopt;
  }
  Currency currency;
  currency.letters_ = {upper[0], upper[1], upper[2]};
  return currency;
}

int Currency::exponent() const {
  const std::string_view letters(letters_.data(), letters_.size());
  if (contains(no_decimals, letters)) return 0;
  if (contains(three_decimals, letters)) return 3;
  return 2;
}

std::string Money::to_decimal() const {
  const bool negative = amount_minor_ < 0;
  // The magnitude of INT64_MIN fits only the unsigned type.
  std::uint64_t magnitude = static_cast<std::uint64_t>(amount_minor_);
  if (negative) magnitude = 0 - magnitude;
  std::string digits = std::to_string(magnitude);
  const auto exponent = static_cast<std::size_t>(currency_.exponent());
  if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
  if (exponent > 0) digits.insert(digits.size() - exponent, ".");
  return negative ? "-" + digits : digits;
}

Money scaled(Money amount, std::int64_t numerator, std::int64_t denominator) {
  require(denominator > 0, "a ratio has a positive denominator");
  const __int128 product = static_cast<__int128>(amount.amount_minor()) * numerator;
  const __int128 half = denominator / 2;
  const __int128 magnitude = product < 0 ? -product : product;
  __int128 rounded = magnitude / denominator;
  if (magnitude % denominator > half || (denominator % 2 == 0 && magnitude % denominator == half)) {
    ++rounded;
  }
  if (product < 0) rounded = -rounded;
  require(rounded <= INT64_MAX && rounded >= INT64_MIN, "a scaled amount fits 64 bits");
  return Money::minor(static_cast<std::int64_t>(rounded), amount.currency());
}

std::vector<Money> allocate(Money total, std::span<const std::int64_t> weights) {
  require(!weights.empty(), "a total is split over at least one part");
  std::vector<__int128> shares(weights.begin(), weights.end());
  __int128 sum = std::accumulate(shares.begin(), shares.end(), __int128{0});
  if (sum == 0) {
    std::ranges::fill(shares, 1);
    sum = static_cast<__int128>(shares.size());
  }
  const bool negative = total.amount_minor() < 0;
  const __int128 magnitude = negative ? -static_cast<__int128>(total.amount_minor())
                                      : static_cast<__int128>(total.amount_minor());

  std::vector<__int128> parts(shares.size());
  std::vector<std::size_t> by_remainder(shares.size());
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  __int128 left = magnitude;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    require(shares[i] >= 0, "a weight is not negative");
    parts[i] = magnitude * shares[i] / sum;
    left -= parts[i];
  }
  std::ranges::sort(by_remainder, [&](std::size_t a, std::size_t b) {
    const __int128 remainder_a = magnitude * shares[a] % sum;
    const __int128 remainder_b = magnitude * shares[b] % sum;
    return remainder_a != remainder_b ? remainder_a > remainder_b : a < b;
  });
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[by_remainder[i]];

  std::vector<Money> result;
  result.reserve(parts.size());
  for (const __int128 part : parts) {
    result.push_back(
        Money::minor(static_cast<std::int64_t>(negative ? -part : part), total.currency()));
  }
  return result;
}

}  // namespace osier
