#include "checkout/cart.h"

#include <algorithm>

namespace osier::checkout {

bool Cart::is_over() const {
  return status != CartStatus::active || (order && order->status != orders::OrderStatus::pending);
}

static std::int32_t available_to(const ShopView& shop, const Cart& cart,
                                 catalog::VariantId variant_id) {
  std::int32_t units = shop.snapshot.available(variant_id);
  for (const HeldUnits& held : cart.held) {
    if (held.variant_id == variant_id) units += held.quantity;
  }
  return units;
}

// Today's price of so many units in the cart's market; nothing if it is not sold there.
static std::optional<std::int64_t> price_minor(const ShopView& shop, const Cart& cart,
                                               catalog::VariantId variant_id,
                                               std::int32_t quantity) {
  const auto market = shop.snapshot.market_index(cart.market_code);
  const auto product_index = shop.snapshot.product_of_variant(variant_id);
  if (!market || !product_index) return std::nullopt;
  const catalog::Product& product = shop.snapshot.product(*product_index);
  const auto* price =
      product.variants[product.variant_index(variant_id)].price(*market, quantity, shop.now);
  return price == nullptr ? std::nullopt : std::optional(price->amount.amount_minor());
}

// The line in its new quantity. The price seen follows a quantity tier, but a change of the price
// itself stays unseen until the shopper accepts it.
static Result<CartLine, CartRefusal> with_quantity(const ShopView& shop, const Cart& cart,
                                                   CartLine line, std::int32_t quantity) {
  if (quantity < 1 || quantity > quantity_per_line_max)
    return refuse(CartRefusal::quantity_out_of_range);
  const auto price = price_minor(shop, cart, line.variant_id, quantity);
  if (!price) return refuse(CartRefusal::not_sold_in_market);
  if (quantity > line.quantity && quantity > available_to(shop, cart, line.variant_id)) {
    return refuse(CartRefusal::not_enough_stock);
  }
  const auto price_before = price_minor(shop, cart, line.variant_id, line.quantity);
  if (price_before == line.unit_price_seen_minor) line.unit_price_seen_minor = *price;
  line.quantity = quantity;
  return line;
}

static Result<CartLine, CartRefusal> new_line(const ShopView& shop, const Cart& cart,
                                              const NewLine& line) {
  if (line.quantity < 1 || line.quantity > quantity_per_line_max)
    return refuse(CartRefusal::quantity_out_of_range);
  const auto price = price_minor(shop, cart, line.variant_id, line.quantity);
  if (!price) return refuse(CartRefusal::not_sold_in_market);
  if (line.quantity > available_to(shop, cart, line.variant_id))
    return refuse(CartRefusal::not_enough_stock);
  if (cart.lines.size() >= lines_per_cart_max) return refuse(CartRefusal::too_many_lines);
  return CartLine{.id = LineId(Uuid::v7(shop.now)),
                  .variant_id = line.variant_id,
                  .quantity = line.quantity,
                  .unit_price_seen_minor = *price};
}

Result<Cart, CartRefusal> with_line_added(const ShopView& shop, Cart cart, const NewLine& line) {
  if (cart.is_over()) return refuse(CartRefusal::unknown_cart);
  if (!shop.snapshot.product_of_variant(line.variant_id))
    return refuse(CartRefusal::unknown_variant);
  if (line.quantity < 1) return refuse(CartRefusal::quantity_out_of_range);
  const auto same = std::ranges::find(cart.lines, line.variant_id, &CartLine::variant_id);
  if (same == cart.lines.end()) {
    auto added = new_line(shop, cart, line);
    if (!added) return refuse(added.error());
    cart.lines.push_back(*added);
    return cart;
  }
  if (line.quantity > quantity_per_line_max) return refuse(CartRefusal::quantity_out_of_range);
  auto changed = with_quantity(shop, cart, *same, same->quantity + line.quantity);
  if (!changed) return refuse(changed.error());
  *same = *changed;
  return cart;
}

Result<Cart, CartRefusal> with_line_set(const ShopView& shop, Cart cart, LineId line_id,
                                        std::int32_t quantity) {
  if (cart.is_over()) return refuse(CartRefusal::unknown_cart);
  const auto line = std::ranges::find(cart.lines, line_id, &CartLine::id);
  if (line == cart.lines.end()) return refuse(CartRefusal::unknown_line);
  if (quantity == 0) {
    cart.lines.erase(line);
    return cart;
  }
  auto changed = with_quantity(shop, cart, *line, quantity);
  if (!changed) return refuse(changed.error());
  *line = *changed;
  return cart;
}

static const fulfilment::ShippingOption* option_of(const ShopView& shop, const Cart& cart,
                                                   fulfilment::ShippingOptionId id) {
  for (const auto& option : shop.shipping_options) {
    if (option.id == id && option.serves(cart.market_code, cart.country)) return &option;
  }
  return nullptr;
}

static Result<void, CartRefusal> move_to_market(const ShopView& shop, Cart& cart,
                                                const std::string& code) {
  const catalog::Market* market = shop.snapshot.market(code);
  if (market == nullptr) return refuse(CartRefusal::unknown_market);
  if (code == cart.market_code) return {};
  cart.market_code = code;
  cart.country = market->default_country;
  if (!market->has_country(cart.contact.shipping.country)) {
    cart.contact.shipping.country.clear();
    cart.contact.shipping.province.clear();
  } else {
    cart.country = cart.contact.shipping.country;
  }
  // Another currency: what was seen before says nothing. A line that is not sold here is told by a
  // notice.
  for (CartLine& line : cart.lines) {
    line.unit_price_seen_minor =
        price_minor(shop, cart, line.variant_id, line.quantity).value_or(0);
  }
  return {};
}

static Result<void, CartRefusal> take_contact(const ShopView& shop, Cart& cart,
                                              const orders::Contact& contact) {
  const catalog::Market* market = shop.snapshot.market(cart.market_code);
  if (market == nullptr) return refuse(CartRefusal::unknown_market);
  const std::string& country = contact.shipping.country;
  if (!country.empty() && !market->has_country(country))
    return refuse(CartRefusal::country_not_served);
  cart.contact = contact;
  if (!country.empty()) cart.country = country;
  return {};
}

Result<Cart, CartRefusal> with_update(const ShopView& shop, Cart cart, const CartUpdate& update) {
  if (cart.is_over()) return refuse(CartRefusal::unknown_cart);
  if (update.market_code) {
    const auto moved = move_to_market(shop, cart, *update.market_code);
    if (!moved) return refuse(moved.error());
  }
  if (update.locale) cart.locale = *update.locale;
  if (update.contact) {
    const auto taken = take_contact(shop, cart, *update.contact);
    if (!taken) return refuse(taken.error());
  }
  if (update.shipping_option_id) {
    if (option_of(shop, cart, *update.shipping_option_id) == nullptr) {
      return refuse(CartRefusal::unknown_shipping_option);
    }
    cart.shipping_option_id = update.shipping_option_id;
  }
  if (cart.shipping_option_id && option_of(shop, cart, *cart.shipping_option_id) == nullptr) {
    cart.shipping_option_id.reset();
  }
  if (update.payment_provider) cart.payment_provider = update.payment_provider;
  return cart;
}

Result<Cart, CartRefusal> with_changes_accepted(const ShopView& shop, Cart cart, Accept accept) {
  if (cart.is_over()) return refuse(CartRefusal::unknown_cart);
  std::vector<CartLine> kept;
  for (CartLine line : cart.lines) {
    const std::int32_t units = std::min(line.quantity, available_to(shop, cart, line.variant_id));
    if (accept == Accept::everything) line.quantity = units;
    const auto price = price_minor(shop, cart, line.variant_id, line.quantity);
    if (accept == Accept::everything && (units < 1 || !price)) continue;
    if (price) line.unit_price_seen_minor = *price;
    kept.push_back(line);
  }
  cart.lines = std::move(kept);
  std::erase_if(cart.coupons, [&shop](const CartCoupon& coupon) {
    return loss_of(coupon, shop.now).has_value();
  });
  return cart;
}

static bool is_for_delivery(const CartCoupon& coupon) {
  return coupon.standing && coupon.standing->coupon.kind == promotions::CouponKind::free_shipping;
}

Result<Cart, CartRefusal> with_coupon(Cart cart, const promotions::CouponStanding& coupon) {
  if (cart.is_over()) return refuse(CartRefusal::unknown_cart);
  CartCoupon added{.code = coupon.coupon.code, .standing = coupon};
  std::erase_if(cart.coupons, [&added](const CartCoupon& other) {
    return other.code == added.code || is_for_delivery(other) == is_for_delivery(added);
  });
  // What comes off the goods stands first, and is taken off first.
  const auto place = is_for_delivery(added) ? cart.coupons.end() : cart.coupons.begin();
  cart.coupons.insert(place, std::move(added));
  return cart;
}

Result<Cart, CartRefusal> without_coupons(Cart cart, const std::vector<std::string>& codes) {
  if (cart.is_over()) return refuse(CartRefusal::unknown_cart);
  std::erase_if(cart.coupons, [&codes](const CartCoupon& coupon) {
    return std::ranges::find(codes, coupon.code) != codes.end();
  });
  return cart;
}

bool is_changed(const Cart& before, const Cart& after) {
  return before.market_code != after.market_code || before.country != after.country ||
         before.locale != after.locale || before.lines != after.lines ||
         before.shipping_option_id != after.shipping_option_id ||
         before.payment_provider != after.payment_provider || !(before.contact == after.contact) ||
         !std::ranges::equal(before.coupons, after.coupons, {}, &CartCoupon::code,
                             &CartCoupon::code);
}

static void check_address(const orders::Address& address, const catalog::Market* market,
                          const std::string& path, std::vector<std::string>& missing) {
  const auto check = [&](const std::string& value, const char* name) {
    if (value.empty()) missing.push_back(path + "." + name);
  };
  check(address.name, "name");
  check(address.line1, "line1");
  check(address.postal_code, "postal_code");
  check(address.city, "city");
  check(address.country, "country");
  if (market == nullptr || !address.province.empty()) return;
  const auto has_provinces = [&](const catalog::Province& province) {
    return province.country == address.country;
  };
  if (std::ranges::any_of(market->provinces, has_provinces)) missing.push_back(path + ".province");
}

std::vector<std::string> missing_contact_fields(const orders::Contact& contact,
                                                const catalog::Market& market) {
  std::vector<std::string> missing;
  if (contact.email.empty()) missing.emplace_back("email");
  check_address(contact.shipping, &market, "shipping_address", missing);
  if (!(contact.billing == orders::Address{}))
    check_address(contact.billing, nullptr, "billing_address", missing);
  return missing;
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (text.size() > 254 || at == 0 || at == std::string_view::npos ||
      text.find('@', at + 1) != std::string_view::npos) {
    return false;
  }
  const std::string_view domain = text.substr(at + 1);
  const auto dot = domain.find('.');
  const bool has_odd_byte = std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == ',' || c == ';' ||
           c == '<' || c == '>' || c == '"';
  });
  return !has_odd_byte && dot != std::string_view::npos && dot != 0 && domain.back() != '.' &&
         domain.find("..") == std::string_view::npos;
}

std::vector<catalog::VariantId> variants_of(const Cart& cart) {
  std::vector<catalog::VariantId> variants;
  for (const CartLine& line : cart.lines) variants.push_back(line.variant_id);
  return variants;
}

}  // namespace osier::checkout
