// A language as people read it: a BCP 47 tag such as "en", "de" or "de-AT".

#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace osier::locale {

class Locale {
 public:
  // English, what everything falls back to.
  Locale() = default;

  // A well-formed tag of at most 35 characters, brought to its usual spelling ("DE-at" becomes
  // "de-AT"). Nothing for anything else, nor for a tag whose first part is not a language of two or
  // three letters.
  static std::optional<Locale> parse(std::string_view tag);

  // "de-AT".
  const std::string& tag() const { return tag_; }
  // "de".
  std::string_view language() const { return std::string_view(tag_).substr(0, tag_.find('-')); }
  // Whether the language is written from right to left.
  bool is_right_to_left() const;

  friend bool operator==(const Locale&, const Locale&) = default;
  friend auto operator<=>(const Locale&, const Locale&) = default;

 private:
  explicit Locale(std::string tag) : tag_(std::move(tag)) {}

  std::string tag_ = "en";
};

// Which of `available` suits a browser's Accept-Language header best (RFC 9110 section 12.5.4): the
// same tag, else the same language, by the header's weights. Nothing if none does, or if the header
// is malformed.
std::optional<Locale> best_match(std::string_view accept_language,
                                 std::span<const Locale> available);

}  // namespace osier::locale
