// A cart, and the rules of changing one. Pure: values in, values out.
//
// Every change makes a new cart from the old one or refuses; what is stored is the difference. A
// change that changes nothing leaves the version as it is, so that it does not undo an order that
// is being paid.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkout/quote.h"
#include "payments/payments.h"

namespace osier::checkout {

using CartId = Strong<struct CartTag, Uuid>;
// 128 random bits: the cart's cookie and its id in the store API. Whoever has it may use the cart;
// only its hash is kept.
using CartToken = Strong<struct CartTokenTag, std::string>;

inline constexpr std::int32_t quantity_per_line_max = 9'999;
inline constexpr std::size_t lines_per_cart_max = 100;

enum class CartStatus { active, completed, merged, abandoned };

// The order that lives for a cart: pending, or placed already.
struct CartOrder {
  orders::OrderId id;
  orders::OrderStatus status = orders::OrderStatus::pending;
  std::int32_t cart_version = 0;
  std::string idempotency_key;
  std::int64_t total_minor = 0;
};

struct Cart {
  CartId id;
  CartToken token;
  std::string market_code;
  std::string country;
  std::string locale;
  orders::Channel channel = orders::Channel::storefront;
  CartStatus status = CartStatus::active;
  std::int32_t version = 1;     // Rises with every change.
  std::vector<CartLine> lines;  // In the order they were added.
  std::optional<fulfilment::ShippingOptionId> shipping_option_id;
  std::optional<payments::Provider> payment_provider;
  orders::Contact
      contact;  // What is known so far; fields may be empty. An empty billing address: as shipping.
  std::optional<CartOrder> order;
  std::vector<HeldUnits> held;  // By that order, while it is pending.
  // At most one that takes something off the goods, and one for delivery.
  std::vector<CartCoupon> coupons;
  Instant created_at;
  Instant updated_at;

  // Nothing can be changed any more: completed, or its order is placed.
  bool is_over() const;
};

enum class CartRefusal {
  unknown_cart,  // No such token, or the cart is over.
  unknown_variant,
  unknown_line,
  not_sold_in_market,
  quantity_out_of_range,  // Not 1 … 9,999.
  too_many_lines,
  not_enough_stock,  // More than is available, as far as the snapshot knows.
  unknown_market,
  unknown_shipping_option,  // Or it does not go to that country.
  country_not_served,
  total_too_large,  // Past total_minor_max.
  version_changed,  // The cart kept changing under the update, or is not the version the update
                    // named.
  too_many_coupon_tries,  // Codes are guessed no faster than coupon_tries_max an hour.
};

struct NewLine {
  catalog::VariantId variant_id;
  std::int32_t quantity = 1;
};

struct CartUpdate {
  std::optional<std::string>
      market_code;  // Reprices the cart; shipping option and country are chosen anew.
  std::optional<std::string> locale;
  std::optional<orders::Contact>
      contact;  // Whole; a change of country is checked against the market.
  std::optional<fulfilment::ShippingOptionId> shipping_option_id;
  std::optional<payments::Provider> payment_provider;
};

// What the rules know of the shop.
struct ShopView {
  const catalog::Snapshot& snapshot;
  const std::vector<fulfilment::ShippingOption>& shipping_options;
  Instant now;
};

// Adds to the line of that variant, or makes one.
Result<Cart, CartRefusal> with_line_added(const ShopView& shop, Cart cart, const NewLine& line);
// Quantity 0 removes the line.
Result<Cart, CartRefusal> with_line_set(const ShopView& shop, Cart cart, LineId line_id,
                                        std::int32_t quantity);
Result<Cart, CartRefusal> with_update(const ShopView& shop, Cart cart, const CartUpdate& update);
// Takes the place of another coupon of its sort. Whether it applies is for the price to say.
Result<Cart, CartRefusal> with_coupon(Cart cart, const promotions::CouponStanding& coupon);
// Codes that are not there are passed over.
Result<Cart, CartRefusal> without_coupons(Cart cart, const std::vector<std::string>& codes);
// What the shopper has looked at and goes on with.
enum class Accept {
  everything,  // Lines that cannot be sold go, quantities shrink to what is there, the prices seen
               // are today's, and lost coupons go.
  prices,      // The prices seen are today's and lost coupons go; no line goes or shrinks.
};
Result<Cart, CartRefusal> with_changes_accepted(const ShopView& shop, Cart cart,
                                                Accept accept = Accept::everything);

// With the lines of another cart: quantities are added, up to what a line and a cart may hold.
Cart with_lines_merged(Cart into, const std::vector<CartLine>& lines, Instant now);

// Whether anything that is stored differs.
bool is_changed(const Cart& before, const Cart& after);

// The fields an order cannot do without and that are still empty: "email", "shipping_address.line1"
// …
std::vector<std::string> missing_contact_fields(const orders::Contact& contact,
                                                const catalog::Market& market);

// Whether a mail could be sent there, as far as its looks tell: one @, a dot behind it, no spaces,
// at most 254 bytes.
bool is_email(std::string_view text);

std::vector<catalog::VariantId> variants_of(const Cart& cart);

}  // namespace osier::checkout
