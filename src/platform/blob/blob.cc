#include "platform/blob/blob.h"

#include <algorithm>

namespace osier::blob {

std::optional<Name> Name::parse(std::string_view text) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || text.size() > 128 || !is_letter_or_digit(text.front())) return std::nullopt;
  if (text.find("..") != std::string_view::npos) return std::nullopt;
  const bool is_plain = std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
  });
  if (!is_plain) return std::nullopt;
  return Name(std::string(text));
}

}  // namespace osier::blob
