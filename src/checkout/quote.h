// What a cart costs, in integers, with every part named. Pure: prices from the snapshot, nothing
// from the client.
//
// Tax is rounded half up per line. In a market whose prices include tax the line's total is price ×
// quantity and tax is taken out of it; elsewhere tax is added on top. total = Σ net + shipping net
// + Σ tax − discounts. Sums are taken in 128 bits; a total beyond total_minor_max is refused, never
// wrapped.
//
// A discount comes off the price as shown, and tax is that of what is left. A line's net is before
// its discount, and its discount is net too: what its net falls by.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "fulfilment/fulfilment.h"
#include "orders/orders.h"
#include "promotions/promotions.h"

namespace osier::checkout {

using LineId = Strong<struct CartLineTag, Uuid>;

// Below 2^53, so that a total is exact in JSON's numbers too.
inline constexpr std::int64_t total_minor_max = 999'999'999'999'999;

struct CartLine {
  LineId id{};
  catalog::VariantId variant_id{};
  std::int32_t quantity = 1;
  std::int64_t unit_price_seen_minor = 0;

  friend bool operator==(const CartLine&, const CartLine&) = default;
};

// A code that the shopper has put in, with what is known of its coupon.
struct CartCoupon {
  std::string code;
  std::optional<promotions::CouponStanding> standing;  // Nothing: there is no such coupon.
};

// Units that a pending order of the cart holds: for this cart they are still to be had.
struct HeldUnits {
  catalog::VariantId variant_id{};
  std::int32_t quantity = 0;
};

struct TaxLine {
  std::string name;  // "VAT": the rate is shown beside it.
  std::int32_t rate_ppm = 0;
  Money amount{};
};

// A coupon that applies. Amounts are as the shopper sees them.
struct DiscountLine {
  promotions::CouponId coupon_id{};
  std::string code;
  std::string name;
  promotions::CouponKind kind{};
  Money amount{};  // Off the goods, or what delivery would have cost.
};

struct QuoteLine {
  LineId line_id{};
  catalog::VariantId variant_id{};
  std::size_t product = 0;  // Index in the snapshot it was priced from.
  std::int32_t quantity = 1;
  Money unit_price{};  // As shown in this market.
  Money net{};         // Before the discount.
  Money discount{};
  Money tax{};
  Money total{};
  std::string tax_name;
  std::int32_t tax_rate_ppm = 0;
};

struct QuoteShipping {
  fulfilment::ShippingOption option;
  fulfilment::DeliveryDates dates;
  Money net{};
  Money tax{};
  Money total{};
  std::string tax_name;
  std::int32_t tax_rate_ppm = 0;
};

struct Quote {
  Currency currency;
  bool prices_include_tax = false;
  std::vector<QuoteLine> lines{};
  std::optional<QuoteShipping> shipping{};
  std::vector<TaxLine> taxes{};           // By rate, lines and shipping together.
  std::vector<DiscountLine> discounts{};  // Off the goods, then delivery.
  Money
      items_shown{};  // Σ of the lines as the shopper sees them (with tax where prices include it).
  Money items{};      // Net, before discounts.
  Money shipping_net{};
  Money discount{};  // Net. Free delivery is no part of it: its price is 0.
  Money tax{};
  Money total{};
};

// Something that changed since the shopper last looked, or stands in the way of an order.
struct Notice {
  enum class Kind { no_longer_sold, sold_out, fewer_available, price_changed, coupon_lost };
  Kind kind{};
  LineId line_id{};
  catalog::VariantId variant_id{};
  std::int32_t available = 0;  // fewer_available
  Money old_price{};           // price_changed
  Money new_price{};
  std::string coupon_code{};  // coupon_lost
  promotions::CouponRefusal coupon_refusal{};
};

enum class QuoteRefusal { total_too_large };

struct QuoteRequest {
  const catalog::Snapshot& snapshot;
  std::size_t market = 0;  // Index in the snapshot.
  std::string locale;
  std::string country;
  std::string province;
  std::vector<CartLine> lines{};
  std::vector<HeldUnits> held{};
  std::vector<CartCoupon> coupons{};
  std::optional<fulfilment::ShippingOption> shipping_option;
  Instant now;
};

// What became of a code in the cart.
struct PricedCoupon {
  std::string code;
  std::optional<promotions::CouponRefusal> refusal{};  // Nothing: it applies.
  Money minimum_goods{};                               // minimum_not_reached
};

struct PricedCart {
  std::shared_ptr<const catalog::Snapshot> snapshot{};  // Set by Checkout::price.
  Quote quote{};  // Of the lines that can be sold, in the quantities asked for.
  std::vector<Notice> notices{};
  std::vector<PricedCoupon> coupons{};  // One for each code of the cart.
};

// Why the coupon can no longer be had, whatever becomes of the cart; nothing: it can.
std::optional<promotions::CouponRefusal> loss_of(const CartCoupon& coupon, Instant now);

Result<PricedCart, QuoteRefusal> price_cart(const QuoteRequest& request);

}  // namespace osier::checkout
