// CBOR (RFC 8949) as authenticators send it: the form of CTAP2 section 6, read strictly.
//
// Numbers, byte strings, texts, arrays, maps, true, false and null; no indefinite lengths, no tags,
// no floating point. A length is believed only as far as there are bytes, and depth and number of
// items are bounded, so that no few bytes from a stranger take much memory. libcbor's streaming
// decoder does the work. Pure.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace osier::identity {

// One item. Its views are of the bytes that were read, which outlive it.
class Cbor {
 public:
  enum class Kind { number, bytes, text, array, map, simple };

  static constexpr int depth_max = 4;
  static constexpr int items_max = 64;

  // Reads the first item of `encoded`. Nothing for what is not of this form, or passes a limit.
  static std::optional<Cbor> read(std::string_view encoded);

  Kind kind() const { return kind_; }
  // The item as it was encoded.
  std::string_view encoded() const { return encoded_; }

  std::optional<std::int64_t> number() const;
  std::optional<std::string_view> bytes() const;
  std::optional<std::string_view> text() const;
  const std::vector<Cbor>& elements() const { return items_; }  // Of an array; of a map both.

  // A map's value under that key; nullptr if there is none, or it is no map.
  const Cbor* find(std::int64_t key) const;
  const Cbor* find(std::string_view key) const;

 private:
  friend class CborReader;

  Kind kind_ = Kind::simple;
  std::int64_t number_ = 0;
  std::string_view content_;
  std::vector<Cbor> items_;  // Of a map: key, value, key, value …
  std::string_view encoded_;
};

}  // namespace osier::identity
