// Signatures by Ed25519 (RFC 8032). libsodium does the work.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/random.h"
#include "platform/base/secret.h"

namespace osier::crypto {

// 32 bytes; anybody may have it.
class PublicKey {
 public:
  // Base64, as text() gives it. Nothing for anything else.
  static std::optional<PublicKey> parse(std::string_view text);
  std::string text() const;

  bool has_signed(std::string_view message, std::string_view signature) const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  friend class SigningKey;
  std::array<unsigned char, 32> bytes_{};
};

class SigningKey {
 public:
  static SigningKey make(Random& random);
  // The seed of 32 bytes in base64, as text() gives it. Nothing for anything else.
  static std::optional<SigningKey> parse(const Secret& text);
  Secret text() const;

  PublicKey public_key() const;
  // 64 bytes; the same message always gets the same signature.
  std::string sign(std::string_view message) const;

 private:
  explicit SigningKey(std::string seed) : seed_(std::move(seed)) {}

  Secret seed_;
};

}  // namespace osier::crypto
