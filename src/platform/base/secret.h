// A string that must not be seen: no formatter, no stream, compared in constant time.

#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace osier {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  // The one way out; the call names what it is for by where it stands.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Secret& left, const Secret& right) {
    return equal_in_constant_time(left.value_, right.value_);
  }

  // True if both are equal; the time taken depends on the lengths only.
  static bool equal_in_constant_time(std::string_view left, std::string_view right);

 private:
  std::string value_;
};

}  // namespace osier
