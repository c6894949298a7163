#include "checkout/new_order.h"

#include <algorithm>

namespace osier::checkout {

std::string order_key(const Cart& cart, const std::optional<std::string>& client_key) {
  const std::string cart_id = cart.id.value().to_hex();
  if (client_key) return "key:" + cart_id + ":" + *client_key;
  return "cart:" + cart_id + ":" + std::to_string(cart.version);
}

static std::optional<NotPlaced> obstacle(const Cart& cart,
                                         const Result<PricedCart, QuoteRefusal>& priced,
                                         const OrderTerms& terms) {
  if (cart.lines.empty()) return NotPlaced{PlaceRefusal::cart_is_empty};
  if (!priced) return NotPlaced{PlaceRefusal::total_too_large};
  const catalog::Market* market = priced->snapshot->market(cart.market_code);
  if (market == nullptr || !market->has_country(cart.country))
    return NotPlaced{PlaceRefusal::country_not_served};
  auto missing = missing_contact_fields(cart.contact, *market);
  if (!missing.empty()) return NotPlaced{PlaceRefusal::contact_incomplete, {}, std::move(missing)};
  if (cart.contact.shipping.country != cart.country)
    return NotPlaced{PlaceRefusal::country_not_served};
  if (!priced->quote.shipping) return NotPlaced{PlaceRefusal::shipping_missing};
  if (std::ranges::find(terms.available_providers, terms.provider) ==
      terms.available_providers.end()) {
    return NotPlaced{PlaceRefusal::payment_missing};
  }
  const bool is_as_stated = !terms.stated_total || *terms.stated_total == priced->quote.total;
  if (!priced->notices.empty() || !is_as_stated)
    return NotPlaced{PlaceRefusal::changed, priced->notices};
  return std::nullopt;
}

static std::string image_hash_of(const catalog::Product& product, const catalog::Variant& variant) {
  if (product.images.empty()) return {};
  const std::size_t index = variant.image.value_or(0);
  return product.images[index < product.images.size() ? index : 0].picture->hash;
}

static orders::OrderLine order_line(const Cart& cart, const catalog::Snapshot& snapshot,
                                    const QuoteLine& line, Instant now) {
  const catalog::Product& product = snapshot.product(line.product);
  const catalog::Variant& variant = product.variants[product.variant_index(line.variant_id)];
  orders::OrderLine frozen;
  frozen.id = orders::LineId(Uuid::v7(now));
  frozen.variant_id = line.variant_id;
  frozen.product_id = product.id;
  frozen.sku = variant.sku;
  frozen.title = product.title.at(cart.locale);
  frozen.variant_title = product.variant_title(variant, cart.locale);
  frozen.image_hash = image_hash_of(product, variant);
  frozen.quantity = line.quantity;
  frozen.unit_price = line.unit_price;
  frozen.net = line.net;
  frozen.discount = line.discount;
  frozen.tax = line.tax;
  frozen.total = line.total;
  frozen.tax_class = product.tax_class;
  frozen.tax_name = line.tax_name;
  frozen.tax_rate_ppm = line.tax_rate_ppm;
  return frozen;
}

static orders::OrderShipping order_shipping(const Cart& cart, const QuoteShipping& shipping) {
  orders::OrderShipping frozen;
  frozen.shipping_option_id = shipping.option.id.value();
  frozen.title = shipping.option.name.at(cart.locale);
  frozen.net = shipping.net;
  frozen.tax = shipping.tax;
  frozen.total = shipping.total;
  frozen.tax_name = shipping.tax_name;
  frozen.tax_rate_ppm = shipping.tax_rate_ppm;
  frozen.deliver_from = shipping.dates.from;
  frozen.deliver_to = shipping.dates.to;
  return frozen;
}

static payments::NewPayment new_payment(const orders::NewOrder& order, const OrderTerms& terms) {
  payments::NewPayment payment;
  payment.id = payments::PaymentId(Uuid::v7(terms.now));
  payment.payable_id = payments::PayableId(order.id.value());
  payment.provider = terms.provider;
  payment.method = terms.method;
  payment.amount = order.total;
  // Nothing to pay: no provider takes a payment of nothing. Stock and limits hold all the same.
  const bool is_free = order.total.amount_minor() == 0;
  if (is_free || terms.provider == payments::Provider::manual) {
    payment.provider = payments::Provider::manual;
    payment.method = payments::PaymentMethod::transfer;
  }
  return payment;
}

static std::vector<orders::OrderDiscount> order_discounts(const Quote& quote) {
  std::vector<orders::OrderDiscount> frozen;
  for (const DiscountLine& discount : quote.discounts) {
    frozen.push_back({.coupon_id = discount.coupon_id.value(),
                      .code = discount.code,
                      .title = discount.name,
                      .is_free_shipping = discount.kind == promotions::CouponKind::free_shipping,
                      .amount = discount.amount});
  }
  return frozen;
}

static void freeze_sums(const Quote& quote, orders::NewOrder& order) {
  order.currency = quote.currency;
  order.prices_include_tax = quote.prices_include_tax;
  order.items = quote.items;
  order.shipping_net = quote.shipping_net;
  order.discount = quote.discount;
  order.tax = quote.tax;
  order.total = quote.total;
}

Result<orders::NewOrder, NotPlaced> new_order(const Cart& cart,
                                              const Result<PricedCart, QuoteRefusal>& priced,
                                              const OrderTerms& terms) {
  if (auto not_placed = obstacle(cart, priced, terms)) return refuse(std::move(*not_placed));

  const catalog::Snapshot& snapshot = *priced->snapshot;
  orders::NewOrder order;
  order.id = orders::OrderId(Uuid::v7(terms.now));
  order.market_code = cart.market_code;
  order.region = snapshot.market(cart.market_code)->region;
  order.locale = cart.locale;
  order.channel = cart.channel;
  freeze_sums(priced->quote, order);
  for (const QuoteLine& line : priced->quote.lines) {
    order.lines.push_back(order_line(cart, snapshot, line, terms.now));
  }
  order.shipping.push_back(order_shipping(cart, *priced->quote.shipping));
  order.discounts = order_discounts(priced->quote);
  order.contact = cart.contact;
  if (order.contact.billing == orders::Address{}) order.contact.billing = order.contact.shipping;
  order.cart_id = cart.id.value();
  order.cart_version = cart.version;
  order.idempotency_key = order_key(cart, terms.idempotency_key);
  order.access_token = terms.access_token;
  order.created_at = terms.now;
  order.expires_at =
      terms.now + hold_of(priced->quote, snapshot, *snapshot.market(cart.market_code), terms.hold);
  order.payment = new_payment(order, terms);
  return order;
}

}  // namespace osier::checkout
