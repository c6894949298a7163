#include "identity/passkey_name.h"

namespace osier::identity {

std::optional<std::string> passkey_name(std::string_view typed) {
  const auto first = typed.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  const auto last = typed.find_last_not_of(" \t\r\n");
  const std::string_view name = typed.substr(first, last - first + 1);
  std::size_t characters = 0;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return std::nullopt;
    if ((byte & 0xC0) != 0x80) ++characters;
  }
  if (characters > passkey_name_length_max) return std::nullopt;
  return std::string(name);
}

}  // namespace osier::identity
