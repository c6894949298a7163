// UUIDs (RFC 9562). Ids are version 7, made by us: they sort by time of making, so that index pages
// fill in order.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/time.h"

namespace osier {

class Uuid {
 public:
  // The nil UUID.
  constexpr Uuid() = default;
  constexpr explicit Uuid(std::array<std::uint8_t, 16> bytes) : bytes_(bytes) {}

  // Version 7 (RFC 9562 section 5.7): milliseconds of `now`, then a counter and random bits, rising
  // within a process.
  static Uuid v7(Instant now);

  // Accepts 32 hex digits with or without the four hyphens, in either case; nothing else.
  static std::optional<Uuid> parse(std::string_view text);

  // 8-4-4-4-12 in lower case.
  std::string to_string() const;
  // 32 hex digits without hyphens: the form in public ids such as order_0190….
  std::string to_hex() const;

  constexpr const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

  friend constexpr bool operator==(const Uuid&, const Uuid&) = default;
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace osier

template <>
struct std::hash<osier::Uuid> {
  std::size_t operator()(const osier::Uuid& uuid) const {
    // The low half of a version 7 id is random, which is all that a hash needs.
    std::uint64_t low = 0;
    std::memcpy(&low, uuid.bytes().data() + 8, sizeof low);
    return low;
  }
};
