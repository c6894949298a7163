#include "orders/access_token.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "platform/crypto/crypto.h"

namespace osier::orders {

static constexpr std::size_t second_digits = 8;
static constexpr std::size_t random_bytes = 16;
static constexpr std::size_t token_size = second_digits + 22;  // 16 bytes in base64.

std::string new_access_token(Random& random, Instant now) {
  const auto second = now.time_since_epoch() / std::chrono::seconds(1);
  return fmt::format("{:08x}", static_cast<std::uint32_t>(second)) + random.token(random_bytes);
}

static std::optional<std::uint32_t> second_of(const std::string& token) {
  if (token.size() != token_size) return std::nullopt;
  std::uint32_t second = 0;
  const char* const end = token.data() + second_digits;
  const auto [at, error] = std::from_chars(token.data(), end, second, 16);
  if (error != std::errc{} || at != end) return std::nullopt;
  return second;
}

pg::Bytes access_key_of(const std::string& token) {
  pg::Bytes key;
  if (const auto second = second_of(token)) {
    for (int shift = 24; shift >= 0; shift -= 8)
      key.push_back(static_cast<unsigned char>(*second >> shift));
  }
  const auto digest = crypto::sha256(token);
  key.insert(key.end(), digest.begin(), digest.end());
  return key;
}

}  // namespace osier::orders
