#include "checkout/store_api_json.h"

#include <algorithm>

namespace osier::checkout {

json::Value text_or_null(std::string_view text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

std::string provider_wire_id(payments::Provider provider) {
  return provider == payments::Provider::stripe ? "pp_stripe_stripe" : "pp_system_default";
}

std::optional<payments::Provider> provider_of_wire_id(std::string_view id) {
  if (id == "pp_stripe_stripe") return payments::Provider::stripe;
  if (id == "pp_system_default") return payments::Provider::manual;
  return std::nullopt;
}

static std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return text;
}

// One name field here, two on the wire: the last word is the last name.
json::Object address_json(const orders::Address& address, std::string id) {
  const auto space = address.name.rfind(' ');
  const bool has_two = space != std::string::npos;
  return {{"id", std::move(id)},
          {"first_name", text_or_null(has_two ? address.name.substr(0, space) : address.name)},
          {"last_name", text_or_null(has_two ? address.name.substr(space + 1) : std::string())},
          {"company", text_or_null(address.company)},
          {"address_1", text_or_null(address.line1)},
          {"address_2", text_or_null(address.line2)},
          {"postal_code", text_or_null(address.postal_code)},
          {"city", text_or_null(address.city)},
          {"province", text_or_null(address.province)},
          {"country_code", text_or_null(lower_case(address.country))},
          {"phone", text_or_null(address.phone)},
          {"metadata", nullptr}};
}

json::Array tax_lines_json(const std::string& name, std::int32_t rate_ppm, Money net, Money tax,
                           std::string id) {
  json::Array lines;
  if (rate_ppm == 0) return lines;
  const json::Value rate =
      rate_ppm % 10'000 == 0 ? json::Value(rate_ppm / 10'000) : json::Value(rate_ppm / 10'000.0);
  lines.push_back(json::Object{{"id", std::move(id)},
                               {"code", name},
                               {"description", name},
                               {"rate", rate},
                               {"provider_id", "tp_system"},
                               {"subtotal", web::amount(net)},
                               {"total", web::amount(tax)}});
  return lines;
}

void add_totals(json::Object& object, std::string_view prefix, Money net, Money tax, Money total) {
  const std::string name(prefix);
  for (const std::string& original : {std::string(), std::string("original_")}) {
    object[original + name + "total"] = web::amount(total);
    object[original + name + "subtotal"] = web::amount(net);
    object[original + name + "tax_total"] = web::amount(tax);
  }
}

void add_line_totals(json::Object& object, const LineTotals& totals) {
  const Money tax_saved = totals.original_tax - totals.tax;
  object["total"] = web::amount(totals.net - totals.discount + totals.tax);
  object["subtotal"] = web::amount(totals.net);
  object["tax_total"] = web::amount(totals.tax);
  object["original_total"] = web::amount(totals.net + totals.original_tax);
  object["original_subtotal"] = web::amount(totals.net);
  object["original_tax_total"] = web::amount(totals.original_tax);
  object["discount_total"] = web::amount(totals.discount + tax_saved);
  object["discount_subtotal"] = web::amount(totals.discount);
  object["discount_tax_total"] = web::amount(tax_saved);
}

json::Array adjustments_json(const LineAdjustment& adjustment) {
  json::Array adjustments;
  if (adjustment.amount.amount_minor() == 0) return adjustments;
  adjustments.push_back(
      json::Object{{"id", adjustment.id},
                   {"item_id", adjustment.item_id},
                   {"promotion_id", web::public_id("promo", adjustment.coupon_id)},
                   {"code", adjustment.code},
                   {"description", adjustment.title},
                   {"amount", web::amount(adjustment.amount)},
                   {"is_tax_inclusive", adjustment.is_tax_inclusive},
                   {"provider_id", nullptr}});
  return adjustments;
}

void add_totals(json::Object& object, const Totals& totals) {
  json::Object items;
  add_line_totals(items, {.net = totals.items_net,
                          .discount = totals.discount,
                          .tax = totals.items_tax,
                          .original_tax = totals.items_original_tax});
  for (const char* name : {"total", "subtotal", "tax_total", "discount_total"})
    object["item_" + std::string(name)] = items[name];
  for (const char* name : {"total", "subtotal", "tax_total"})
    object["original_item_" + std::string(name)] = items["original_" + std::string(name)];
  add_totals(object, "shipping_", totals.shipping_net, totals.shipping_tax,
             totals.shipping_net + totals.shipping_tax);
  add_totals(object, "", totals.items_net + totals.shipping_net,
             totals.items_tax + totals.shipping_tax, totals.total);
  const Money original_tax = totals.items_original_tax + totals.shipping_tax;
  object["original_tax_total"] = web::amount(original_tax);
  object["original_total"] = web::amount(totals.items_net + totals.shipping_net + original_tax);
  for (const char* name : {"discount_total", "discount_subtotal", "discount_tax_total"})
    object[name] = items[name];
  for (const char* name :
       {"gift_card_total", "gift_card_tax_total", "credit_line_total", "shipping_discount_total"}) {
    object[name] = 0;
  }
}

json::Value thumbnail_json(const catalog::Product* product, const catalog::Variant* variant,
                           std::string_view base_url) {
  static constexpr std::int32_t width_wanted = 640;
  if (product == nullptr || product->images.empty()) return nullptr;
  const std::size_t index = variant == nullptr ? 0 : variant->image.value_or(0);
  const auto& picture = *product->images[index < product->images.size() ? index : 0].picture;
  if (picture.renditions.empty()) return nullptr;
  return json::Value(std::string(base_url) + media::url_of(media::fallback(picture, width_wanted)));
}

json::Object region_json(const catalog::Market& market, std::string_view locale) {
  json::Array countries;
  for (const std::string& country : market.countries) {
    const std::string iso_2 = lower_case(country);
    countries.push_back(json::Object{{"id", iso_2}, {"iso_2", iso_2}});
  }
  return {{"id", web::public_id("reg", market.id.value())},
          {"name", market.name.at(locale)},
          {"currency_code", lower_case(market.currency.code())},
          {"automatic_taxes", true},
          {"countries", std::move(countries)},
          {"metadata", nullptr}};
}

json::Object shipping_option_json(const fulfilment::ShippingOption& option,
                                  const catalog::Market& market, Money price,
                                  std::string_view locale) {
  const std::string hex = option.id.value().to_hex();
  const std::string zone = web::public_id("serzo", market.id.value());
  return {{"id", "so_" + hex},
          {"name", option.name.at(locale)},
          {"price_type", "flat"},
          {"amount", web::amount(price)},
          {"is_tax_inclusive", market.prices_include_tax},
          {"calculated_price",
           json::Object{{"calculated_amount", web::amount(price)},
                        {"is_calculated_price_tax_inclusive", market.prices_include_tax},
                        {"currency_code", lower_case(market.currency.code())}}},
          {"prices", json::Array{}},
          {"provider_id", "manual_manual"},
          {"provider", json::Object{{"id", "manual_manual"}, {"is_enabled", true}}},
          {"service_zone_id", zone},
          {"service_zone", json::Object{{"id", zone},
                                        {"fulfillment_set_id", "fuset_default"},
                                        {"fulfillment_set", json::Object{{"id", "fuset_default"},
                                                                         {"type", "shipping"}}}}},
          {"shipping_profile_id", "sp_default"},
          {"shipping_option_type_id", "sotype_" + hex},
          {"type", json::Object{{"id", "sotype_" + hex},
                                {"code", option.code},
                                {"label", option.name.at(locale)},
                                {"description", ""}}},
          {"insufficient_inventory", false},
          {"data", json::Object{{"days_min", option.days_min}, {"days_max", option.days_max}}},
          {"metadata", nullptr}};
}

// --- Payment collections.

static std::string_view session_status(payments::PaymentStatus status) {
  switch (status) {
    case payments::PaymentStatus::created:
      return "pending";
    case payments::PaymentStatus::requires_action:
      return "requires_more";
    case payments::PaymentStatus::processing:
      return "pending_authorization";
    case payments::PaymentStatus::authorized:
      return "authorized";
    case payments::PaymentStatus::captured:
      return "captured";
    case payments::PaymentStatus::failed:
      return "error";
    case payments::PaymentStatus::canceled:
    case payments::PaymentStatus::expired:
      return "canceled";
  }
  std::abort();
}

static json::Object session_json(const payments::Payment& payment,
                                 const std::string& collection_id) {
  json::Object data;
  if (!payment.client_secret.empty()) {
    data["client_secret"] = payment.client_secret;
    data["id"] = text_or_null(payment.provider_payment_id.value_or(""));
  }
  return {{"id", web::public_id("payses", payment.id.value())},
          {"amount", web::amount(payment.amount)},
          {"currency_code", lower_case(payment.amount.currency().code())},
          {"provider_id", provider_wire_id(payment.provider)},
          {"status", session_status(payment.status)},
          {"payment_collection_id", collection_id},
          {"data", std::move(data)},
          {"context", json::Object{}}};
}

static std::string_view collection_status(const payments::Payment* last) {
  if (last == nullptr) return "not_paid";
  switch (last->status) {
    case payments::PaymentStatus::authorized:
      return "authorized";
    case payments::PaymentStatus::captured:
      return "completed";
    case payments::PaymentStatus::canceled:
    case payments::PaymentStatus::expired:
      return "canceled";
    default:
      return "awaiting";
  }
}

json::Object collection_json(const CartToken& token, Money amount,
                             const std::vector<payments::Payment>& attempts) {
  const std::string id = payment_collection_wire_id(token);
  Money authorized = Money::zero(amount.currency());
  Money captured = authorized;
  Money refunded = authorized;
  json::Array sessions;
  const payments::Payment* last = nullptr;
  for (const payments::Payment& payment : attempts) {
    // The cart has moved to another market since: that payment ends with the order it was for.
    if (payment.amount.currency() != amount.currency()) continue;
    last = &payment;
    authorized += payment.authorized;
    captured += payment.captured;
    refunded += payment.refunded;
    sessions.push_back(session_json(payment, id));
  }
  return {{"id", id},
          {"currency_code", lower_case(amount.currency().code())},
          {"amount", web::amount(amount)},
          {"authorized_amount", web::amount(authorized)},
          {"captured_amount", web::amount(captured)},
          {"refunded_amount", web::amount(refunded)},
          {"status", collection_status(last)},
          {"payment_providers", json::Array{}},
          {"payment_sessions", std::move(sessions)},
          {"metadata", nullptr}};
}

}  // namespace osier::checkout
