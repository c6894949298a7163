// The admin API of orders, for machines: version 2 of Medusa's Admin API where it reads them.
// Without personal data, and without what would open an order's page.

#include "orders/order_list.h"
#include "orders/order_wire.h"
#include "orders/staff_orders.h"
#include "platform/json/value.h"
#include "web/api.h"

namespace osier::orders {

namespace {

json::Object line_json(const OrderLine& line) {
  return {{"id", web::public_id("ordli", line.id.value())},
          {"title", line.title},
          {"variant_title", line.variant_title},
          {"variant_sku", line.sku},
          {"product_id", web::public_id("prod", line.product_id.value())},
          {"variant_id", web::public_id("variant", line.variant_id.value())},
          {"quantity", line.quantity},
          {"canceled_quantity", line.canceled},
          {"unit_price", web::amount(line.unit_price)},
          {"tax_total", web::amount(line.tax)},
          {"total", web::amount(line.total)}};
}

json::Object payment_json(const payments::Payment& payment) {
  return {{"id", web::public_id("pay", payment.id.value())},
          {"provider", to_string(payment.provider)},
          {"status", to_string(payment.status)},
          {"amount", web::amount(payment.amount)},
          {"captured_amount", web::amount(payment.captured)},
          {"refunded_amount", web::amount(payment.refunded)}};
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

json::Object order_json(const OrderWithPayments& found) {
  const Order& order = found.order;
  json::Array items;
  for (const OrderLine& line : order.lines) items.push_back(line_json(line));
  json::Array payments;
  for (const payments::Payment& payment : found.payments) payments.push_back(payment_json(payment));
  json::Object object{{"id", web::public_id("order", order.id.value())},
                      {"display_id", order.number},
                      {"status", wire_status(order.status)},
                      {"payment_status", wire_payment_status(order.payment_status)},
                      {"fulfillment_status", wire_fulfilment_status(order.fulfilment_status)},
                      {"market", order.market_code},
                      {"locale", order.locale},
                      {"currency_code", lower_case(order.currency.code())},
                      {"item_subtotal", web::amount(order.items)},
                      {"shipping_subtotal", web::amount(order.shipping_net)},
                      {"discount_total", web::amount(order.discount)},
                      {"tax_total", web::amount(order.tax)},
                      {"total", web::amount(order.total)},
                      {"paid_total", web::amount(order.paid)},
                      {"created_at", to_rfc3339(order.created_at)},
                      {"updated_at", to_rfc3339(order.placed_at.value_or(order.created_at))}};
  object["items"] = std::move(items);
  object["payments"] = std::move(payments);
  return object;
}

web::Error not_found(const std::string& id) {
  return {.type = web::ErrorType::not_found,
          .message = "Order with id: " + id.substr(0, 80) + " was not found",
          .code = {}};
}

Task<http::Response> list(StaffOrderParts parts, http::Request request) {
  const web::QueryRule rule{.limit_default = 15, .limit_max = 100, .order_fields = {}};
  const auto query = web::read_query(request, rule);
  if (!query) co_return web::error(query.error());
  OrderFilter filter;
  if (const auto word = query->value("status")) {
    filter.status = parse_order_status(*word);
    if (!filter.status)
      co_return web::error(web::ErrorType::invalid_data, "status is no status of orders");
  }
  const auto listed =
      co_await list_orders(parts.database, std::move(filter), query->limit, query->offset);
  json::Array orders;
  for (const ListedOrder& each : listed.orders) {
    const auto order = co_await parts.orders.find_with_payments(each.id);
    if (order) orders.push_back(order_json(*order));
  }
  json::Object body{{"count", listed.count}, {"offset", query->offset}, {"limit", query->limit}};
  body["orders"] = std::move(orders);
  co_return web::answer(200, std::move(body), query->fields, "orders");
}

Task<http::Response> get(StaffOrderParts parts, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto id = web::parse_public_id("order", request.path_value(0));
  std::optional<OrderWithPayments> order;
  if (id) order = co_await parts.orders.find_with_payments(OrderId{*id});
  if (!order) co_return web::error(not_found(request.path_value(0)));
  json::Object body;
  body["order"] = order_json(*order);
  co_return web::answer(200, std::move(body), query->fields, "order");
}

}  // namespace

void add_staff_order_api(http::Router& router, StaffOrderParts parts) {
  const auto readers = http::Access::staff("orders.read");
  router.get("/api/admin/orders", readers,
             web::api([parts](http::Request request) { return list(parts, std::move(request)); }));
  router.get("/api/admin/orders/{id}", readers,
             web::api([parts](http::Request request) { return get(parts, std::move(request)); }));
}

}  // namespace osier::orders
