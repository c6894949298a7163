// Either a value or a refusal: how a "no" of the trade is returned.
//
//   Result<Order, PlaceRefusal> place(...) {
//     if (sold_out) return refuse(PlaceRefusal::insufficient_stock);
//     return order;
//   }
//
//   const auto order = place(...);
//   if (!order) return to_problem(order.error());
//   use(*order);
//
// The members are those of std::expected, which libstdc++ 12 has only in part and lets be dropped
// unread. Reading the wrong side is a bug and stops the process.

#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "platform/base/require.h"

namespace osier {

template <class Reason>
struct Refusal {
  Reason reason;
};

template <class Reason>
[[nodiscard]] Refusal<std::decay_t<Reason>> refuse(Reason&& reason) {
  return {std::forward<Reason>(reason)};
}

template <class T, class Reason>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Reason;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <class Other>
  Result(Refusal<Other> refusal)
      : state_(std::in_place_index<1>, Reason(std::move(refusal.reason))) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    require(has_value(), "a refused result has no value");
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    require(has_value(), "a refused result has no value");
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Reason& error() const {
    require(!has_value(), "a result with a value has no error");
    return *std::get_if<1>(&state_);
  }

  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(other));
  }

  // Goes on with the value, or passes the refusal along.
  template <class Next>
  auto and_then(Next&& next) const& -> decltype(next(std::declval<const T&>())) {
    if (has_value()) return next(**this);
    return refuse(error());
  }

 private:
  std::variant<T, Reason> state_;
};

template <class Reason>
class [[nodiscard]] Result<void, Reason> {
 public:
  using value_type = void;
  using error_type = Reason;

  Result() = default;
  template <class Other>
  Result(Refusal<Other> refusal) : reason_(Reason(std::move(refusal.reason))) {}

  bool has_value() const { return !reason_.has_value(); }
  explicit operator bool() const { return has_value(); }
  const Reason& error() const {
    require(reason_.has_value(), "a result with a value has no error");
    return *reason_;
  }

 private:
  std::optional<Reason> reason_;
};

}  // namespace osier
