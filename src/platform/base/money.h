// An exact amount in one currency.
//
// Counted in the currency's minor unit (cents for EUR, whole yen for JPY), so sums are exact.
// Adding two currencies, or leaving 64 bits, is a bug of ours and stops the process; input is
// checked for both before it becomes Money. Money is never a double and never divided in place:
// splitting a total goes through allocate(), which loses no cent.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/require.h"

namespace osier {

// An ISO 4217 currency: its three letters.
class Currency {
 public:
  constexpr Currency() = default;

  // Upper or lower case; nothing for anything that is not a currency in use (ISO 4217 list one).
  static std::optional<Currency> parse(std::string_view code);

  // "EUR".
  std::string code() const { return {letters_.data(), letters_.size()}; }
  // Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217).
  int exponent() const;

  // For literals in our own code; stops the build on anything but three capital letters.
  static consteval Currency of(const char (&code)[4]) {
    for (int i = 0; i < 3; ++i) {
      if (code[i] < 'A' || code[i] > 'Z') throw "a currency code is three capital letters";
    }
    Currency currency;
    currency.letters_ = {code[0], code[1], code[2]};
    return currency;
  }

  friend constexpr bool operator==(const Currency&, const Currency&) = default;
  friend constexpr auto operator<=>(const Currency&, const Currency&) = default;

 private:
  std::array<char, 3> letters_ = {'X', 'X', 'X'};
};

class Money {
 public:
  // Nothing, in no currency; a placeholder that no sum accepts.
  constexpr Money() = default;

  static constexpr Money minor(std::int64_t amount_minor, Currency currency) {
    return Money{amount_minor, currency};
  }
  static constexpr Money zero(Currency currency) { return Money{0, currency}; }

  constexpr std::int64_t amount_minor() const { return amount_minor_; }
  constexpr Currency currency() const { return currency_; }

  // "12.30": plain digits with the currency's decimals, for wires; people are shown money by views.
  std::string to_decimal() const;

  friend constexpr bool operator==(const Money&, const Money&) = default;

  friend constexpr Money operator+(Money left, Money right) {
    require(left.currency_ == right.currency_, "a sum has one currency");
    std::int64_t sum = 0;
    require(!__builtin_add_overflow(left.amount_minor_, right.amount_minor_, &sum),
            "a sum of money fits 64 bits");
    return {sum, left.currency_};
  }
  friend constexpr Money operator-(Money left, Money right) {
    require(left.currency_ == right.currency_, "a difference has one currency");
    std::int64_t difference = 0;
    require(!__builtin_sub_overflow(left.amount_minor_, right.amount_minor_, &difference),
            "a difference of money fits 64 bits");
    return {difference, left.currency_};
  }
  friend constexpr Money operator-(Money money) { return Money::zero(money.currency_) - money; }
  friend constexpr Money operator*(Money money, std::int64_t times) {
    std::int64_t product = 0;
    require(!__builtin_mul_overflow(money.amount_minor_, times, &product),
            "a product of money fits 64 bits");
    return {product, money.currency_};
  }
  Money& operator+=(Money other) { return *this = *this + other; }
  Money& operator-=(Money other) { return *this = *this - other; }

  // Only amounts of one currency compare.
  friend constexpr std::strong_ordering operator<=>(const Money& left, const Money& right) {
    require(left.currency_ == right.currency_, "only one currency compares");
    return left.amount_minor_ <=> right.amount_minor_;
  }

 private:
  constexpr Money(std::int64_t amount_minor, Currency currency)
      : amount_minor_(amount_minor), currency_(currency) {}

  std::int64_t amount_minor_ = 0;
  Currency currency_;
};

// `amount × numerator ÷ denominator`, rounded half away from zero. The product is taken in 128
// bits; a result outside 64 bits is a bug. `denominator` > 0.
Money scaled(Money amount, std::int64_t numerator, std::int64_t denominator);

// Splits `total` in proportion to `weights` by the largest-remainder method: the parts sum to
// exactly `total`; a cent left over goes to the largest remainder, at a tie to the earlier part.
// Weights ≥ 0; if all are 0 they count as equal.
std::vector<Money> allocate(Money total, std::span<const std::int64_t> weights);

}  // namespace osier
