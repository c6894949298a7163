#include "checkout/quote_sums.h"
#include "checkout/store_api_json.h"
#include "orders/order_wire.h"

namespace osier::checkout {

// What the tax of the line would be without its discount.
static Money original_tax_of(const orders::OrderLine& line, const orders::Order& order) {
  return tax_of(line.unit_price * line.quantity, line.tax_rate_ppm, order.prices_include_tax).tax;
}

static json::Array line_adjustments_json(const orders::OrderLine& line, const orders::Order& order,
                                         const std::string& item_id) {
  const Money before = line.unit_price * line.quantity;
  const Money after = order.prices_include_tax ? line.total : line.net - line.discount;
  for (const orders::OrderDiscount& discount : order.discounts) {
    if (discount.is_free_shipping) continue;
    return adjustments_json({.id = item_id + "_adj",
                             .item_id = item_id,
                             .coupon_id = discount.coupon_id,
                             .code = discount.code,
                             .title = discount.title,
                             .amount = before - after,
                             .is_tax_inclusive = order.prices_include_tax});
  }
  return {};
}

static json::Object item_json(const orders::OrderLine& line, const orders::Order& order,
                              const catalog::Snapshot& snapshot, std::string_view base_url) {
  const std::string id = web::public_id("ordli", line.id.value());
  const std::string product_id = web::public_id("prod", line.product_id.value());
  const std::string variant_id = web::public_id("variant", line.variant_id.value());
  // The picture and the handle are today's, if the product is still there; all else is frozen.
  const auto index = snapshot.product_of_variant(line.variant_id);
  const catalog::Product* product = index ? &snapshot.product(*index) : nullptr;
  const catalog::Variant* variant =
      product == nullptr ? nullptr : &product->variants[product->variant_index(line.variant_id)];
  json::Object item{
      {"id", id},
      {"title", line.title},
      {"subtitle", text_or_null(line.variant_title)},
      {"thumbnail", thumbnail_json(product, variant, base_url)},
      {"product_id", product_id},
      {"product_title", line.title},
      {"product_handle", product == nullptr ? json::Value(nullptr) : json::Value(product->handle)},
      {"variant_id", variant_id},
      {"variant_title", text_or_null(line.variant_title)},
      {"variant_sku", line.sku},
      {"quantity", line.quantity},
      {"unit_price", web::amount(line.unit_price)},
      {"is_tax_inclusive", order.prices_include_tax},
      {"requires_shipping", true},
      {"is_discountable", true},
      {"metadata", nullptr}};
  item["adjustments"] = line_adjustments_json(line, order, id);
  item["detail"] = json::Object{{"item_id", id},
                                {"quantity", line.quantity},
                                {"fulfilled_quantity", 0},
                                {"shipped_quantity", 0},
                                {"delivered_quantity", 0},
                                {"return_requested_quantity", 0},
                                {"return_received_quantity", 0},
                                {"return_dismissed_quantity", 0},
                                {"written_off_quantity", line.canceled}};
  item["tax_lines"] = tax_lines_json(line.tax_name, line.tax_rate_ppm, line.net - line.discount,
                                     line.tax, id + "_tax");
  add_line_totals(item, {.net = line.net,
                         .discount = line.discount,
                         .tax = line.tax,
                         .original_tax = original_tax_of(line, order)});
  return item;
}

static json::Object shipping_json(const orders::OrderShipping& shipping,
                                  const orders::Order& order) {
  const std::string id = web::public_id("ordsm", order.id.value());
  json::Object method{
      {"id", id},
      {"name", shipping.title},
      {"shipping_option_id", web::public_id("so", shipping.shipping_option_id)},
      {"amount", web::amount(order.prices_include_tax ? shipping.total : shipping.net)},
      {"is_tax_inclusive", order.prices_include_tax},
      {"data", json::Object{}},
      {"adjustments", json::Array{}},
      {"discount_total", 0},
      {"discount_tax_total", 0},
      {"metadata", nullptr}};
  method["tax_lines"] = tax_lines_json(shipping.tax_name, shipping.tax_rate_ppm, shipping.net,
                                       shipping.tax, id + "_tax");
  add_totals(method, "", shipping.net, shipping.tax, shipping.total);
  return method;
}

// Money that has gone back.
static json::Array refunds_json(const payments::Payment& payment,
                                const std::vector<payments::Refund>& refunds) {
  json::Array list;
  for (const payments::Refund& refund : refunds) {
    const bool is_done = refund.status == payments::RefundStatus::succeeded;
    if (refund.payment_id != payment.id || !is_done) continue;
    list.push_back(json::Object{{"id", web::public_id("ref", refund.id.value())},
                                {"payment_id", web::public_id("pay", payment.id.value())},
                                {"amount", web::amount(refund.amount)},
                                {"note", text_or_null(refund.reason)},
                                {"refund_reason_id", nullptr},
                                {"created_by", nullptr},
                                {"created_at", to_rfc3339(refund.created_at)}});
  }
  return list;
}

static json::Object payments_json(const orders::Order& order,
                                  const std::vector<payments::Payment>& attempts,
                                  const std::vector<payments::Refund>& refunds) {
  // Derived from the order's token as a cart's collection is from the cart's.
  json::Object collection = collection_json(CartToken(order.access_token), order.total, attempts);
  json::Array list;
  for (const payments::Payment& payment : attempts) {
    if (payment.authorized.amount_minor() == 0 && payment.captured.amount_minor() == 0) continue;
    list.push_back(json::Object{{"id", web::public_id("pay", payment.id.value())},
                                {"amount", web::amount(payment.amount)},
                                {"currency_code", collection["currency_code"]},
                                {"provider_id", provider_wire_id(payment.provider)},
                                {"authorized_amount", web::amount(payment.authorized)},
                                {"captured_amount", web::amount(payment.captured)},
                                {"refunded_amount", web::amount(payment.refunded)},
                                {"refunds", refunds_json(payment, refunds)},
                                {"data", json::Object{}}});
  }
  // Whoever pays has the secret from the session; an order's readers need none.
  collection.erase("payment_sessions");
  collection["payments"] = std::move(list);
  return collection;
}

static json::Object summary_json(const orders::Order& order,
                                 const std::vector<payments::Payment>& attempts) {
  const Money open = order.total - order.paid;
  Money refunded = Money::zero(order.currency);
  for (const payments::Payment& payment : attempts) {
    if (payment.amount.currency() == order.currency) refunded += payment.refunded;
  }
  return {{"current_order_total", web::amount(order.total)},
          {"original_order_total", web::amount(order.total)},
          {"accounting_total", web::amount(order.total)},
          {"transaction_total", web::amount(order.paid)},
          {"paid_total", web::amount(order.paid + refunded)},
          {"refunded_total", web::amount(refunded)},
          {"pending_difference", web::amount(open)}};
}

static Money items_original_tax_of(const orders::Order& order) {
  Money tax = Money::zero(order.currency);
  for (const orders::OrderLine& line : order.lines) tax += original_tax_of(line, order);
  return tax;
}

static Money sum_of_tax(const std::vector<orders::OrderShipping>& shipping, Currency currency) {
  Money sum = Money::zero(currency);
  for (const auto& line : shipping) sum += line.tax;
  return sum;
}

Task<std::vector<payments::Refund>> refunds_of(StoreApi api,
                                               std::vector<payments::Payment> attempts) {
  for (const payments::Payment& payment : attempts) {
    if (payment.refunded.amount_minor() == 0) continue;
    co_return co_await api.payments.refunds_of(payment.payable_id);
  }
  co_return std::vector<payments::Refund>();
}

json::Value order_json(const orders::Order& order, const std::vector<payments::Payment>& attempts,
                       const std::vector<payments::Refund>& refunds,
                       const catalog::Snapshot& snapshot, std::string_view base_url) {
  const catalog::Market* market = snapshot.market(order.market_code);
  const std::string hex = order.id.value().to_hex();
  json::Object object{
      {"id", order_wire_id(order.access_token)},
      {"display_id", order.number},
      {"custom_display_id", nullptr},
      {"version", 1},
      {"customer_id", nullptr},
      {"sales_channel_id", nullptr},
      {"email", order.contact.email},
      {"locale", order.locale},
      {"status", orders::wire_status(order.status)},
      {"payment_status", orders::wire_payment_status(order.payment_status)},
      {"fulfillment_status", orders::wire_fulfilment_status(order.fulfilment_status)},
      {"fulfillments", json::Array{}},
      {"metadata", nullptr},
      {"created_at", to_rfc3339(order.created_at)},
      {"updated_at", to_rfc3339(order.placed_at.value_or(order.created_at))}};
  object["region_id"] = market == nullptr ? json::Value(nullptr)
                                          : json::Value(web::public_id("reg", market->id.value()));
  json::Array items;
  for (const auto& line : order.lines) items.push_back(item_json(line, order, snapshot, base_url));
  object["items"] = std::move(items);
  json::Array methods;
  for (const auto& shipping : order.shipping) methods.push_back(shipping_json(shipping, order));
  object["shipping_methods"] = std::move(methods);
  object["shipping_address"] = address_json(order.contact.shipping, "ordaddr_s" + hex);
  object["billing_address"] = address_json(order.contact.billing, "ordaddr_b" + hex);

  const Money shipping_tax = sum_of_tax(order.shipping, order.currency);
  add_totals(object, Totals{.items_net = order.items,
                            .items_tax = order.tax - shipping_tax,
                            .items_original_tax = items_original_tax_of(order),
                            .shipping_net = order.shipping_net,
                            .shipping_tax = shipping_tax,
                            .discount = order.discount,
                            .total = order.total});
  json::Object collection = payments_json(order, attempts, refunds);
  object["currency_code"] = collection["currency_code"];
  json::Array collections;
  collections.push_back(std::move(collection));
  object["payment_collections"] = std::move(collections);
  object["summary"] = summary_json(order, attempts);
  return object;
}

}  // namespace osier::checkout
