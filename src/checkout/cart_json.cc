#include <algorithm>

#include "checkout/quote_sums.h"
#include "checkout/store_api_json.h"

namespace osier::checkout {

static std::string_view code_of(Notice::Kind kind) {
  switch (kind) {
    case Notice::Kind::no_longer_sold:
      return "no_longer_sold";
    case Notice::Kind::sold_out:
      return "sold_out";
    case Notice::Kind::fewer_available:
      return "fewer_available";
    case Notice::Kind::price_changed:
      return "price_changed";
    case Notice::Kind::coupon_lost:
      return "promotion_lost";
  }
  std::abort();
}

static void describe_product(json::Object& item, const Cart& cart, const catalog::Product& product,
                             const catalog::Variant& variant, std::string_view base_url) {
  const std::string product_id = web::public_id("prod", product.id.value());
  const std::string variant_title = product.variant_title(variant, cart.locale);
  const std::string title = product.title.at(cart.locale);
  const json::Value thumbnail = thumbnail_json(&product, &variant, base_url);
  item["title"] = title;
  item["subtitle"] = text_or_null(variant_title);
  item["thumbnail"] = thumbnail;
  item["product_id"] = product_id;
  item["product_title"] = title;
  item["product_subtitle"] = text_or_null(product.subtitle.at(cart.locale));
  item["product_handle"] = product.handle;
  item["variant_title"] = text_or_null(variant_title);
  item["variant_sku"] = variant.sku;
  item["variant_barcode"] = text_or_null(variant.barcode);
  item["product"] = json::Object{
      {"id", product_id}, {"title", title}, {"handle", product.handle}, {"thumbnail", thumbnail}};
  item["variant"] = json::Object{{"id", web::public_id("variant", variant.id.value())},
                                 {"product_id", product_id},
                                 {"title", variant_title},
                                 {"sku", variant.sku}};
}

// What the tax of the line would be without its discount.
static Money original_tax_of(const QuoteLine& line, const Quote& quote) {
  return tax_of(line.unit_price * line.quantity, line.tax_rate_ppm, quote.prices_include_tax).tax;
}

static json::Array line_adjustments_json(const QuoteLine& line, const Quote& quote,
                                         const std::string& item_id) {
  const Money before = line.unit_price * line.quantity;
  const Money after = quote.prices_include_tax ? line.total : line.net - line.discount;
  for (const DiscountLine& discount : quote.discounts) {
    if (discount.kind == promotions::CouponKind::free_shipping) continue;
    return adjustments_json({.id = item_id + "_adj",
                             .item_id = item_id,
                             .coupon_id = discount.coupon_id.value(),
                             .code = discount.code,
                             .title = discount.name,
                             .amount = before - after,
                             .is_tax_inclusive = quote.prices_include_tax});
  }
  return {};
}

static json::Object item_json(const CartAnswer& answer, const PricedCart& priced,
                              const CartLine& line) {
  const Cart& cart = answer.cart;
  const Quote& quote = priced.quote;
  const auto quoted = std::ranges::find(quote.lines, line.id, &QuoteLine::line_id);
  const bool is_quoted = quoted != quote.lines.end();
  const Money zero = Money::zero(quote.currency);
  const std::string id = web::public_id("cali", line.id.value());

  json::Object item{{"id", id},
                    {"cart_id", cart_wire_id(cart.token)},
                    {"variant_id", web::public_id("variant", line.variant_id.value())},
                    {"quantity", line.quantity},
                    {"unit_price", web::amount(is_quoted ? quoted->unit_price
                                                         : Money::minor(line.unit_price_seen_minor,
                                                                        quote.currency))},
                    {"is_tax_inclusive", quote.prices_include_tax},
                    {"requires_shipping", true},
                    {"is_discountable", true}};
  const auto product = priced.snapshot->product_of_variant(line.variant_id);
  if (product) {
    const catalog::Product& sold = priced.snapshot->product(*product);
    describe_product(item, cart, sold, sold.variants[sold.variant_index(line.variant_id)],
                     answer.base_url);
  } else {
    item["title"] = "";
    item["thumbnail"] = nullptr;
  }
  if (is_quoted) {
    add_line_totals(item, {.net = quoted->net,
                           .discount = quoted->discount,
                           .tax = quoted->tax,
                           .original_tax = original_tax_of(*quoted, quote)});
    item["adjustments"] = line_adjustments_json(*quoted, quote, id);
    item["tax_lines"] = tax_lines_json(quoted->tax_name, quoted->tax_rate_ppm,
                                       quoted->net - quoted->discount, quoted->tax, id + "_tax");
  } else {
    add_line_totals(item, {.net = zero, .discount = zero, .tax = zero, .original_tax = zero});
    item["adjustments"] = json::Array{};
    item["tax_lines"] = json::Array{};
  }
  item["metadata"] = nullptr;
  return item;
}

static json::Array shipping_methods_json(const Cart& cart, const Quote& quote) {
  json::Array methods;
  if (!quote.shipping) return methods;
  const QuoteShipping& shipping = *quote.shipping;
  const std::string id = web::public_id("casm", cart.id.value());
  json::Object method{
      {"id", id},
      {"cart_id", cart_wire_id(cart.token)},
      {"name", shipping.option.name.at(cart.locale)},
      {"shipping_option_id", web::public_id("so", shipping.option.id.value())},
      {"amount", web::amount(quote.prices_include_tax ? shipping.total : shipping.net)},
      {"is_tax_inclusive", quote.prices_include_tax},
      {"data", json::Object{}},
      {"adjustments", json::Array{}},
      {"discount_total", 0},
      {"discount_tax_total", 0},
      {"metadata", nullptr}};
  method["tax_lines"] = tax_lines_json(shipping.tax_name, shipping.tax_rate_ppm, shipping.net,
                                       shipping.tax, id + "_tax");
  add_totals(method, "", shipping.net, shipping.tax, shipping.total);
  methods.push_back(std::move(method));
  return methods;
}

// What has changed since the shopper last looked goes where this wire has room for it.
static json::Value metadata_json(const PricedCart& priced) {
  if (priced.notices.empty()) return nullptr;
  json::Array notices;
  for (const Notice& notice : priced.notices) {
    json::Object entry{{"code", code_of(notice.kind)},
                       {"item_id", web::public_id("cali", notice.line_id.value())}};
    if (notice.kind == Notice::Kind::coupon_lost) {
      entry["item_id"] = nullptr;
      entry["promo_code"] = notice.coupon_code;
      entry["reason"] = promotions::to_string(notice.coupon_refusal);
    }
    if (notice.kind == Notice::Kind::fewer_available) entry["available"] = notice.available;
    if (notice.kind == Notice::Kind::price_changed) {
      entry["old_unit_price"] = web::amount(notice.old_price);
      entry["new_unit_price"] = web::amount(notice.new_price);
    }
    notices.push_back(std::move(entry));
  }
  return json::Object{{"notices", std::move(notices)}};
}

static json::Object application_method_json(const promotions::Coupon& coupon,
                                            const std::string& market_code) {
  if (coupon.kind == promotions::CouponKind::fixed_amount) {
    const auto* terms = coupon.terms_in(market_code);
    if (terms == nullptr) return {{"type", "fixed"}, {"value", 0}};
    std::string currency = terms->amount.currency().code();
    for (char& c : currency) c = static_cast<char>(c + ('a' - 'A'));
    return {{"type", "fixed"}, {"value", web::amount(terms->amount)}, {"currency_code", currency}};
  }
  // Free delivery is all of its price.
  const bool is_goods = coupon.kind == promotions::CouponKind::percent;
  const std::int32_t ppm = is_goods ? coupon.percent_ppm : 1'000'000;
  return {{"type", "percentage"},
          {"value", ppm % 10'000 == 0 ? json::Value(ppm / 10'000) : json::Value(ppm / 10'000.0)},
          {"target_type", is_goods ? "items" : "shipping_methods"}};
}

static json::Array promotions_json(const Cart& cart) {
  json::Array promotions;
  for (const CartCoupon& coupon : cart.coupons) {
    if (!coupon.standing) continue;
    const promotions::Coupon& known = coupon.standing->coupon;
    promotions.push_back(
        json::Object{{"id", web::public_id("promo", known.id.value())},
                     {"code", coupon.code},
                     {"is_automatic", false},
                     {"application_method", application_method_json(known, cart.market_code)}});
  }
  return promotions;
}

static Money items_original_tax_of(const Quote& quote) {
  Money tax = Money::zero(quote.currency);
  for (const QuoteLine& line : quote.lines) tax += original_tax_of(line, quote);
  return tax;
}

static Money shipping_tax_of(const Quote& quote) {
  return quote.shipping ? quote.shipping->tax : Money::zero(quote.currency);
}

static json::Value contact_address_json(const orders::Address& address, std::string id) {
  if (address == orders::Address{}) return nullptr;
  return address_json(address, std::move(id));
}

json::Value cart_json(const CartAnswer& answer, const PricedCart& priced) {
  const Cart& cart = answer.cart;
  const Quote& quote = priced.quote;
  const catalog::Market* market = priced.snapshot->market(cart.market_code);
  const bool is_completed = cart.is_over() && cart.status != CartStatus::abandoned;

  json::Object object{{"id", cart_wire_id(cart.token)},
                      {"customer_id", nullptr},
                      {"sales_channel_id", nullptr},
                      {"email", text_or_null(cart.contact.email)},
                      {"locale", cart.locale},
                      {"metadata", metadata_json(priced)},
                      {"created_at", to_rfc3339(cart.created_at)},
                      {"updated_at", to_rfc3339(cart.updated_at)},
                      {"completed_at", is_completed ? json::Value(to_rfc3339(cart.updated_at))
                                                    : json::Value(nullptr)}};
  if (market != nullptr) {
    object["region_id"] = web::public_id("reg", market->id.value());
    object["region"] = region_json(*market, cart.locale);
    object["currency_code"] = object["region"].as_object()["currency_code"];
  }
  json::Array items;
  for (const CartLine& line : cart.lines) items.push_back(item_json(answer, priced, line));
  object["items"] = std::move(items);
  object["shipping_methods"] = shipping_methods_json(cart, quote);
  const std::string hex = cart.id.value().to_hex();
  object["shipping_address"] = contact_address_json(cart.contact.shipping, "caaddr_s" + hex);
  object["billing_address"] = contact_address_json(cart.contact.billing, "caaddr_b" + hex);
  object["promotions"] = promotions_json(cart);
  object["credit_lines"] = json::Array{};
  const Money shipping_tax = shipping_tax_of(quote);
  add_totals(object, Totals{.items_net = quote.items,
                            .items_tax = quote.tax - shipping_tax,
                            .items_original_tax = items_original_tax_of(quote),
                            .shipping_net = quote.shipping_net,
                            .shipping_tax = shipping_tax,
                            .discount = quote.discount,
                            .total = quote.total});
  if (answer.attempts.empty()) {
    object["payment_collection"] = nullptr;
  } else {
    object["payment_collection"] = collection_json(cart.token, quote.total, answer.attempts);
  }
  return object;
}

}  // namespace osier::checkout
