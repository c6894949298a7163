#include "promotions/coupon.h"

#include <algorithm>

namespace osier::promotions {

static constexpr std::int64_t million = 1'000'000;

std::string_view to_string(CouponKind kind) {
  switch (kind) {
    case CouponKind::percent:
      return "percent";
    case CouponKind::fixed_amount:
      return "fixed_amount";
    case CouponKind::free_shipping:
      return "free_shipping";
  }
}

CouponKind parse_kind(std::string_view word) {
  for (const CouponKind kind :
       {CouponKind::percent, CouponKind::fixed_amount, CouponKind::free_shipping}) {
    if (to_string(kind) == word) return kind;
  }
  require(false, "the schema knows no kind of coupon that the code does not");
  return CouponKind::percent;
}

std::string_view to_string(CouponRefusal refusal) {
  switch (refusal) {
    case CouponRefusal::unknown:
      return "unknown";
    case CouponRefusal::not_yet:
      return "not_yet";
    case CouponRefusal::expired:
      return "expired";
    case CouponRefusal::used_up:
      return "used_up";
    case CouponRefusal::already_used_by_customer:
      return "already_used_by_customer";
    case CouponRefusal::not_in_market:
      return "not_in_market";
    case CouponRefusal::minimum_not_reached:
      return "minimum_not_reached";
  }
}

bool is_lost(CouponRefusal refusal) {
  switch (refusal) {
    case CouponRefusal::unknown:
    case CouponRefusal::expired:
    case CouponRefusal::used_up:
    case CouponRefusal::already_used_by_customer:
      return true;
    case CouponRefusal::not_yet:
    case CouponRefusal::not_in_market:
    case CouponRefusal::minimum_not_reached:
      return false;
  }
}

const CouponTerms* Coupon::terms_in(std::string_view market_code) const {
  const auto found = std::ranges::find(markets, market_code, &CouponTerms::market_code);
  return found == markets.end() ? nullptr : &*found;
}

std::optional<CouponRefusal> refusal_of(const CouponStanding& standing,
                                        std::string_view market_code, Money goods, Instant now) {
  const Coupon& coupon = standing.coupon;
  if (now < coupon.valid_from) return CouponRefusal::not_yet;
  if (coupon.ended_at || (coupon.valid_to && now >= *coupon.valid_to))
    return CouponRefusal::expired;
  if (coupon.use_limit && standing.uses >= *coupon.use_limit) return CouponRefusal::used_up;
  if (coupon.use_limit_per_customer && standing.uses_of_customer >= *coupon.use_limit_per_customer)
    return CouponRefusal::already_used_by_customer;
  if (coupon.markets.empty()) return std::nullopt;
  const CouponTerms* terms = coupon.terms_in(market_code);
  if (terms == nullptr || terms->minimum_goods.currency() != goods.currency())
    return CouponRefusal::not_in_market;
  if (goods < terms->minimum_goods) return CouponRefusal::minimum_not_reached;
  return std::nullopt;
}

static std::vector<Money> shares_of(std::int32_t percent_ppm, const std::vector<Money>& lines) {
  std::vector<Money> discounts;
  for (const Money& line : lines)
    discounts.push_back(std::min(line, scaled(line, percent_ppm, million)));
  return discounts;
}

static std::vector<Money> parts_of(Money amount, const std::vector<Money>& lines) {
  Money goods = Money::zero(amount.currency());
  std::vector<std::int64_t> weights;
  for (const Money& line : lines) {
    goods += line;
    weights.push_back(line.amount_minor());
  }
  if (lines.empty()) return {};
  return allocate(std::min(amount, goods), weights);
}

std::vector<Money> discounts_of(const Coupon& coupon, std::string_view market_code,
                                const std::vector<Money>& lines) {
  switch (coupon.kind) {
    case CouponKind::percent:
      return shares_of(coupon.percent_ppm, lines);
    case CouponKind::fixed_amount: {
      const CouponTerms* terms = coupon.terms_in(market_code);
      require(terms != nullptr, "a fixed amount that applies is named for the market");
      return parts_of(terms->amount, lines);
    }
    case CouponKind::free_shipping:
      return shares_of(0, lines);
  }
}

static std::string_view trimmed(std::string_view text) {
  static constexpr std::string_view spaces = " \t\r\n";
  const auto first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

std::optional<std::string> parse_code(std::string_view text) {
  std::string code(trimmed(text));
  for (char& c : code) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  const bool is_plain = std::ranges::all_of(code, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!is_plain || code.size() < 3 || code.size() > 32) return std::nullopt;
  return code;
}

std::string customer_of(std::string_view email) {
  std::string customer(trimmed(email));
  for (char& c : customer) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return customer;
}

}  // namespace osier::promotions
