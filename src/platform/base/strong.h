// A value with a meaning: ids, quantities and SKUs that cannot be mixed up.
//
//   using VariantId = Strong<struct VariantTag, Uuid>;
//
// Explicit in, .value() out, no conversion. Compares and hashes like the value inside.

#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace osier {

template <class Tag, class T>
class Strong {
 public:
  using value_type = T;

  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(std::move(value)) {}

  constexpr const T& value() const { return value_; }

  friend constexpr bool operator==(const Strong&, const Strong&) = default;
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  T value_{};
};

}  // namespace osier

template <class Tag, class T>
struct std::hash<osier::Strong<Tag, T>> {
  std::size_t operator()(const osier::Strong<Tag, T>& strong) const {
    return std::hash<T>{}(strong.value());
  }
};
