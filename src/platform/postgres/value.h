// How C++ values become parameters of a statement and columns of a row become C++ values.
//
// Both travel in PostgreSQL's text format. Supported: bool, integers, std::string, std::string_view
// (parameters only), Uuid, Instant, Currency, Strong<…> of these, std::optional of these (NULL),
// std::vector of these (arrays; an element may be optional). Bytes are a bytea by
// std::vector<unsigned char>.

#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "platform/base/money.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"

namespace osier::pg {

// NULL or a text.
using Text = std::optional<std::string>;
using Bytes = std::vector<unsigned char>;

// to_text: one overload per supported type.
inline Text to_text(const char* value) { return std::string(value); }
inline Text to_text(std::string_view value) { return std::string(value); }
inline Text to_text(const std::string& value) { return value; }
inline Text to_text(std::nullopt_t) { return std::nullopt; }
inline Text to_text(const Uuid& value) { return value.to_string(); }
inline Text to_text(Instant value) { return to_rfc3339(value); }
inline Text to_text(Currency value) { return value.code(); }
Text to_text(const Bytes& value);

template <std::integral T>
Text to_text(T value) {
  if constexpr (std::same_as<T, bool>) {
    return value ? "t" : "f";
  } else {
    return std::to_string(value);
  }
}
template <class Tag, class T>
Text to_text(const Strong<Tag, T>& value) {
  return to_text(value.value());
}
template <class T>
Text to_text(const std::optional<T>& value) {
  return value ? to_text(*value) : std::nullopt;
}

// Appends one element of an array literal, quoted and escaped as needed.
void append_array_element(std::string& array, const Text& element);

template <class T>
Text to_text(const std::vector<T>& values) {
  std::string array = "{";
  for (const T& value : values) {
    if (array.size() > 1) array += ',';
    append_array_element(array, to_text(value));
  }
  array += '}';
  return array;
}

// Reads a column's text. A value that does not fit its type is a bug (the schema and the code
// disagree) and throws pg::Error.
template <class T>
struct Reader;

[[noreturn]] void misread(std::string_view text, const char* type);
// Splits a one-dimensional array literal.
std::vector<Text> split_array(std::string_view text);
Bytes read_bytes(std::string_view text);

template <>
struct Reader<std::string> {
  static std::string read(std::string_view text) { return std::string(text); }
};
template <>
struct Reader<bool> {
  static bool read(std::string_view text) { return text == "t"; }
};
template <std::integral T>
  requires(!std::same_as<T, bool>)
struct Reader<T> {
  static T read(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) misread(text, "integer");
    return value;
  }
};
template <>
struct Reader<Uuid> {
  static Uuid read(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    if (!uuid) misread(text, "uuid");
    return *uuid;
  }
};
template <>
struct Reader<Instant> {
  static Instant read(std::string_view text) {
    const auto instant = parse_instant(text);
    if (!instant) misread(text, "timestamptz");
    return *instant;
  }
};
template <>
struct Reader<Currency> {
  static Currency read(std::string_view text) {
    const auto currency = Currency::parse(text);
    if (!currency) misread(text, "currency");
    return *currency;
  }
};
template <>
struct Reader<Bytes> {
  static Bytes read(std::string_view text) { return read_bytes(text); }
};
template <class Tag, class T>
struct Reader<Strong<Tag, T>> {
  static Strong<Tag, T> read(std::string_view text) {
    return Strong<Tag, T>{Reader<T>::read(text)};
  }
};
template <class T>
  requires(!std::same_as<T, unsigned char>)
struct Reader<std::vector<T>> {
  static std::vector<T> read(std::string_view text) {
    std::vector<T> values;
    for (const Text& element : split_array(text)) {
      if constexpr (requires(T value) { value.has_value(); }) {
        values.push_back(element ? T{Reader<typename T::value_type>::read(*element)} : T{});
      } else {
        if (!element) misread(text, "array without NULL");
        values.push_back(Reader<T>::read(*element));
      }
    }
    return values;
  }
};

}  // namespace osier::pg
