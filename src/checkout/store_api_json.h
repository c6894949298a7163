// Carts, payment collections and orders as the store API writes them. Internal to checkout; for .cc
// files.

#pragma once

#include "checkout/store_api.h"
#include "platform/json/value.h"

namespace osier::checkout {

json::Value cart_json(const CartAnswer& answer, const PricedCart& priced);
json::Object region_json(const catalog::Market& market, std::string_view locale);
json::Object collection_json(const CartToken& token, Money amount,
                             const std::vector<payments::Payment>& attempts);
json::Object shipping_option_json(const fulfilment::ShippingOption& option,
                                  const catalog::Market& market, Money price,
                                  std::string_view locale);
json::Value order_json(const orders::Order& order, const std::vector<payments::Payment>& attempts,
                       const std::vector<payments::Refund>& refunds,
                       const catalog::Snapshot& snapshot, std::string_view base_url);
// The refunds that order_json() needs; asks only if money went back.
Task<std::vector<payments::Refund>> refunds_of(StoreApi api,
                                               std::vector<payments::Payment> attempts);

// Shared by carts and orders.
json::Value text_or_null(std::string_view text);
json::Object address_json(const orders::Address& address, std::string id);
// One tax line, in percent: 190000 ppm are 19. Nothing for an untaxed thing.
json::Array tax_lines_json(const std::string& name, std::int32_t rate_ppm, Money net, Money tax,
                           std::string id);
// Writes <prefix>total, <prefix>subtotal and <prefix>tax_total, and the same with "original_".
void add_totals(json::Object& object, std::string_view prefix, Money net, Money tax, Money total);
// The same of a line with its discount, which is net; "original_" is without it. Writes the line's
// discount_total, too.
struct LineTotals {
  Money net;
  Money discount;
  Money tax;
  Money original_tax;
};
void add_line_totals(json::Object& object, const LineTotals& totals);
// One adjustment by the coupon that came off the goods; nothing for a line without a discount.
struct LineAdjustment {
  std::string id;
  std::string item_id;
  Uuid coupon_id;
  std::string code;
  std::string title;
  Money amount;  // As shown.
  bool is_tax_inclusive = false;
};
json::Array adjustments_json(const LineAdjustment& adjustment);
// What both carts and orders sum up.
struct Totals {
  Money items_net;
  Money items_tax;
  Money items_original_tax;  // Without discounts.
  Money shipping_net;
  Money shipping_tax;
  Money discount;
  Money total;
};
void add_totals(json::Object& object, const Totals& totals);
// The address of a picture about 640 pixels wide; null if there is none.
json::Value thumbnail_json(const catalog::Product* product, const catalog::Variant* variant,
                           std::string_view base_url);
std::string provider_wire_id(payments::Provider provider);
std::optional<payments::Provider> provider_of_wire_id(std::string_view id);

}  // namespace osier::checkout
