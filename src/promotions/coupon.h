// What a coupon is, and whether and how it applies to a cart. Pure: no clock, no database.
//
// A coupon takes a share or a fixed amount off the goods, or makes delivery free. It never takes
// more than there is: no line falls below 0. Amounts are as shoppers see prices in the market, with
// or without tax.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "platform/base/money.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"

namespace osier::promotions {

using CouponId = Strong<struct CouponTag, Uuid>;

enum class CouponKind { percent, fixed_amount, free_shipping };

// The words in the database and on wires.
std::string_view to_string(CouponKind kind);
CouponKind parse_kind(std::string_view word);  // A word of the database: another is a bug.

struct CouponTerms {
  std::string market_code;
  Money amount;         // What a fixed amount takes off; zero for other kinds.
  Money minimum_goods;  // Goods must be worth this much before any discount; zero: no minimum.
};

struct Coupon {
  CouponId id;
  std::string code;
  catalog::Texts title;
  CouponKind kind = CouponKind::percent;
  std::int32_t percent_ppm = 0;      // 100,000 is 10 %.
  std::vector<CouponTerms> markets;  // Empty: valid in every market, without a minimum.
  Instant valid_from;
  std::optional<Instant> valid_to;
  std::optional<Instant> ended_at;  // By staff.
  std::optional<std::int32_t> use_limit;
  std::optional<std::int32_t> use_limit_per_customer;

  // nullptr: nothing is said of this market.
  const CouponTerms* terms_in(std::string_view market_code) const;
};

// A coupon and how much of it is used, as one cart sees it: what its own order uses is not counted.
struct CouponStanding {
  Coupon coupon;
  std::int64_t uses = 0;
  std::int64_t uses_of_customer = 0;  // 0 while the customer is not known.
};

// Why a coupon does not apply, in the order in which it is asked.
enum class CouponRefusal {
  unknown,
  not_yet,
  expired,  // Or ended by staff.
  used_up,
  already_used_by_customer,
  not_in_market,
  minimum_not_reached,
};
std::string_view to_string(CouponRefusal refusal);

// Whether the coupon cannot be had any more, whatever becomes of the cart.
bool is_lost(CouponRefusal refusal);

// Nothing: it applies to goods that are worth this much, as shown.
std::optional<CouponRefusal> refusal_of(const CouponStanding& standing,
                                        std::string_view market_code, Money goods, Instant now);

// What the coupon takes off each line, given what each costs as shown. A share is rounded half up
// per line; a fixed amount is spread by the largest-remainder method. 0 ≤ discount ≤ line.
std::vector<Money> discounts_of(const Coupon& coupon, std::string_view market_code,
                                const std::vector<Money>& lines);

// A code as it is kept: trimmed, upper case, 3 to 32 of A–Z, 0–9, - and _. Nothing for any other
// text.
std::optional<std::string> parse_code(std::string_view text);

// A person, for the limit per customer: their e-mail, trimmed and in lower case. Empty for none.
std::string customer_of(std::string_view email);

}  // namespace osier::promotions
