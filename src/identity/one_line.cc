#include "identity/one_line.h"

namespace osier::identity {

std::optional<std::string> one_line(std::string_view typed, std::size_t characters_max) {
  const auto first = typed.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  const auto last = typed.find_last_not_of(" \t\r\n");
  const std::string_view text = typed.substr(first, last - first + 1);
  std::size_t characters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return std::nullopt;
    if ((byte & 0xC0) != 0x80) ++characters;
  }
  if (characters > characters_max) return std::nullopt;
  return std::string(text);
}

}  // namespace osier::identity
