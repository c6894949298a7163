#include "platform/base/uuid.h"

#include <sodium.h>

namespace osier {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::v7(Instant now) {
  // Rising within a thread: 12 bits after the milliseconds count up (RFC 9562 section 6.2, method
  // 1).
  thread_local std::uint64_t last_millis = 0;
  thread_local std::uint32_t counter = 0;
  // Random bits come from a small buffer: one system call serves many ids.
  thread_local std::array<std::uint8_t, 1024> pool;
  thread_local std::size_t used = pool.size();
  if (used + 10 > pool.size()) {
    randombytes_buf(pool.data(), pool.size());
    used = 0;
  }

  auto millis = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  if (millis > last_millis) {
    last_millis = millis;
    counter = pool[used + 8];  // A random start below 256 leaves room to count.
  } else {
    millis = last_millis;
    if (++counter > 0xfff) {
      last_millis = ++millis;
      counter = 0;
    }
  }

  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | (counter >> 8));
  bytes[7] = static_cast<std::uint8_t>(counter);
  std::memcpy(bytes.data() + 8, pool.data() + used, 8);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  used += 10;
  return Uuid{bytes};
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 32 && text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.size() == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    bytes[nibble / 2] = static_cast<std::uint8_t>(bytes[nibble / 2] << 4 | value);
    ++nibble;
  }
  return Uuid{bytes};
}

std::string Uuid::to_hex() const {
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[2 * i] = hex_digits[bytes_[i] >> 4];
    text[2 * i + 1] = hex_digits[bytes_[i] & 15];
  }
  return text;
}

std::string Uuid::to_string() const {
  std::string text = to_hex();
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace osier
