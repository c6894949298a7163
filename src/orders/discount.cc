#include "orders/discount.h"

#include "platform/json/value.h"

namespace osier::orders {

std::string to_json(const std::vector<OrderDiscount>& discounts) {
  json::Array array;
  for (const OrderDiscount& discount : discounts) {
    array.push_back(json::Object{{"coupon_id", discount.coupon_id.to_string()},
                                 {"code", discount.code},
                                 {"title", discount.title},
                                 {"kind", discount.is_free_shipping ? "shipping" : "goods"},
                                 {"amount_minor", discount.amount.amount_minor()}});
  }
  return json::to_text(array);
}

static std::string text_of(const json::Object& object, const char* name) {
  const auto* member = object.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                  : std::string();
}

static std::int64_t number_of(const json::Object& object, const char* name) {
  const auto* member = object.if_contains(name);
  return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

std::vector<OrderDiscount> discounts_from_json(const std::string& text, Currency currency) {
  std::vector<OrderDiscount> discounts;
  if (text == "[]") return discounts;
  const auto value = json::parse(text);
  if (!value || !value->is_array()) return discounts;
  for (const json::Value& element : value->get_array()) {
    if (!element.is_object()) continue;
    const json::Object& object = element.get_object();
    const auto coupon_id = Uuid::parse(text_of(object, "coupon_id"));
    if (!coupon_id) continue;
    discounts.push_back({.coupon_id = *coupon_id,
                         .code = text_of(object, "code"),
                         .title = text_of(object, "title"),
                         .is_free_shipping = text_of(object, "kind") == "shipping",
                         .amount = Money::minor(number_of(object, "amount_minor"), currency)});
  }
  return discounts;
}

}  // namespace osier::orders
