// Members of Stripe's JSON objects.

#pragma once

#include <string>
#include <string_view>

#include "platform/json/value.h"

namespace osier::payments {

// Empty if absent, null or no text.
inline std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

// Null if absent or not expanded.
inline const json::Object* object_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

}  // namespace osier::payments
