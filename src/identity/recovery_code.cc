#include "identity/recovery_code.h"

#include <array>

#include "platform/crypto/crypto.h"

namespace osier::identity {

namespace {

constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t code_length = 16;  // Of five bits each.
constexpr std::size_t group_length = 4;
constexpr std::size_t typed_length_max = 64;

// A typed character as the digit that was meant; 0 for none.
char meant_by(char typed) {
  const char lower = typed >= 'A' && typed <= 'Z' ? static_cast<char>(typed | 0x20) : typed;
  if (lower == 'o') return '0';
  if (lower == 'i' || lower == 'l') return '1';
  return digits.contains(lower) && lower != '\0' ? lower : '\0';
}

}  // namespace

std::vector<Secret> make_recovery_codes(Random& random) {
  std::vector<Secret> codes;
  for (int i = 0; i < recovery_code_count; ++i) {
    std::array<unsigned char, code_length> bytes;
    random.fill(bytes);
    std::string code;
    for (std::size_t at = 0; at < code_length; ++at) {
      if (at > 0 && at % group_length == 0) code += '-';
      code += digits[bytes[at] & 31];
    }
    codes.emplace_back(std::move(code));
  }
  return codes;
}

std::optional<std::string> recovery_code_hash(AccountRef account, std::string_view typed) {
  if (typed.size() > typed_length_max) return std::nullopt;
  std::string code;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    const char digit = meant_by(c);
    if (digit == '\0') return std::nullopt;
    code += digit;
  }
  if (code.size() != code_length) return std::nullopt;
  return crypto::sha256_hex("recovery code|" + std::string(to_string(account.realm)) + "|" +
                            account.id.to_string() + "|" + code);
}

}  // namespace osier::identity
