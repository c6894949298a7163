#include "platform/crypto/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "platform/base/require.h"
#include "platform/base/secret.h"
#include "platform/crypto/bytes.h"

namespace osier::crypto {

namespace {

std::string encode_base64(std::string_view bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), variant);
  text.pop_back();  // The final NUL.
  return text;
}

std::optional<std::string> decode_base64(std::string_view text, int variant) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const int refused =
      sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, &end, variant);
  if (refused != 0 || end != text.data() + text.size()) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest;
  unsigned size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  require(done == 1 && size == digest.size(), "SHA-256 is always there");
  return digest;
}

std::string sha256_hex(std::string_view bytes) { return to_hex(view_of(sha256(bytes))); }

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  Digest digest;
  unsigned size = 0;
  // HMAC() takes a null key as "the last one"; an empty view may be null.
  const char* const key_bytes = key.empty() ? "" : key.data();
  const auto* const done = HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()),
                                bytes_of(bytes), bytes.size(), digest.data(), &size);
  require(done != nullptr && size == digest.size(), "HMAC with SHA-256 is always there");
  return digest;
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  return to_hex(view_of(hmac_sha256(key, bytes)));
}

std::array<unsigned char, 20> hmac_sha1(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, 20> digest;
  unsigned size = 0;
  const char* const key_bytes = key.empty() ? "" : key.data();
  const auto* const done = HMAC(EVP_sha1(), key_bytes, static_cast<int>(key.size()),
                                bytes_of(bytes), bytes.size(), digest.data(), &size);
  require(done != nullptr && size == digest.size(), "HMAC with SHA-1 is always there");
  return digest;
}

std::string token_hash(std::string_view token) { return sha256_hex(token); }

std::string to_hex(std::span<const unsigned char> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 0xF];
  }
  return text;
}

std::string to_hex(std::string_view bytes) {
  return to_hex(std::span<const unsigned char>(bytes_of(bytes), bytes.size()));
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  return encode_base64(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<std::string> from_base64(std::string_view text) {
  return decode_base64(text, sodium_base64_VARIANT_ORIGINAL);
}

std::string to_base64url(std::string_view bytes) {
  return encode_base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<std::string> from_base64url(std::string_view text) {
  return decode_base64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string to_base32(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  unsigned pending = 0;
  int bits = 0;
  for (const char byte : bytes) {
    pending = (pending << 8 | static_cast<unsigned char>(byte)) & 0xFFF;
    for (bits += 8; bits >= 5; bits -= 5) text += digits[pending >> (bits - 5) & 31];
  }
  if (bits > 0) text += digits[pending << (5 - bits) & 31];
  return text;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return Secret::equal_in_constant_time(left, right);
}

}  // namespace osier::crypto
