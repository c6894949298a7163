#include <algorithm>

#include "platform/mail/ascii.h"
#include "platform/mail/mail.h"

namespace osier::mail {

namespace {

// RFC 5322 section 3.2.3, dot-atom; at most 64 characters (RFC 5321 section 4.5.3.1.1).
bool is_local_part(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
  if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_domain(std::string_view text) {
  if (text.size() > 253) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && text.size() <= 254 && is_local_part(text.substr(0, at)) &&
         is_domain(text.substr(at + 1));
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// The words of "quoted \"text\""; nothing if it is not one quoted string.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.back() != '"') return std::nullopt;
  std::string words;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\') ++i;
    if (i + 1 >= text.size()) return std::nullopt;
    words += text[i];
  }
  return words;
}

}  // namespace

std::optional<Address> Address::named(std::string name, std::string_view email) {
  const bool has_control = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (has_control || name.size() > 300 || !is_email(email)) return std::nullopt;
  return Address(std::move(name), std::string(email));
}

std::optional<Address> Address::parse(std::string_view text) {
  if (is_email(text)) return Address({}, std::string(text));
  const auto open = text.rfind('<');
  if (open == std::string_view::npos || !text.ends_with('>')) return std::nullopt;
  const auto email = text.substr(open + 1, text.size() - open - 2);
  const auto name = trimmed(text.substr(0, open));
  if (name.starts_with('"')) {
    auto words = unquoted(name);
    return words ? named(std::move(*words), email) : std::nullopt;
  }
  // Unquoted, these would begin another address, a comment or a group.
  if (name.find_first_of(",;:<>@\"()[]\\") != std::string_view::npos) return std::nullopt;
  return named(std::string(name), email);
}

}  // namespace osier::mail
