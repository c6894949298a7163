// Stripe's objects with every field it sends, empty: whoever makes one fills in what is known.

#pragma once

#include "platform/json/value.h"

namespace osier::simulator {

json::Object empty_intent();
json::Object empty_charge();
json::Object empty_session();
json::Object empty_refund();
json::Object empty_transaction();
json::Object empty_method();
json::Object empty_billing_details();

// {"object": "list", …}
json::Object list_of(json::Array data, bool has_more, std::string_view url);

// Reading fields we wrote ourselves.
std::string text_of(const json::Object& object, std::string_view name);
std::int64_t number_of(const json::Object& object, std::string_view name);

}  // namespace osier::simulator
