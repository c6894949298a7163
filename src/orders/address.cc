#include "orders/address.h"

#include "platform/json/value.h"

namespace osier::orders {

namespace {

// One list for both ways.
template <class Visit>
void visit_fields(Visit&& visit) {
  visit("name", &Address::name);
  visit("company", &Address::company);
  visit("line1", &Address::line1);
  visit("line2", &Address::line2);
  visit("postal_code", &Address::postal_code);
  visit("city", &Address::city);
  visit("province", &Address::province);
  visit("country", &Address::country);
  visit("phone", &Address::phone);
}

}  // namespace

std::string to_json(const Address& address) {
  json::Object object;
  visit_fields([&](const char* name, std::string Address::* field) {
    if (!(address.*field).empty()) object[name] = address.*field;
  });
  return json::to_text(object);
}

Address address_from_json(const std::string& text) {
  Address address;
  if (text.empty()) return address;
  const auto value = json::parse(text);
  if (!value || !value->is_object()) return address;
  const auto& object = value->get_object();
  visit_fields([&](const char* name, std::string Address::* field) {
    const auto* member = object.if_contains(name);
    if (member != nullptr && member->is_string())
      address.*field = std::string(member->get_string());
  });
  return address;
}

}  // namespace osier::orders
