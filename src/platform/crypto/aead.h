// Sealing bytes so that nobody reads or changes them without the key: XChaCha20-Poly1305
// (libsodium, draft-irtf-cfrg-xchacha). Nonces are random: with 24 bytes of them none comes twice.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/random.h"

namespace osier::crypto {

// 32 secret bytes, overwritten when they go.
class SealingKey {
 public:
  static constexpr std::size_t size = 32;

  static SealingKey make(Random& random);
  // Nothing unless these are 32 bytes.
  static std::optional<SealingKey> from(std::string_view bytes);

  SealingKey(const SealingKey&) = default;
  SealingKey& operator=(const SealingKey&) = default;
  ~SealingKey();

  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  SealingKey() = default;

  std::array<unsigned char, size> bytes_{};
};

// How much longer a sealed text is: the nonce before it and the tag behind it.
inline constexpr std::size_t sealing_overhead = 24 + 16;

// Nonce, ciphertext, tag. `context` is what the text is bound to; it is not in the result, and has
// to be said again to open it.
std::string seal(const SealingKey& key, Random& random, std::string_view context,
                 std::string_view text);

// Nothing if it was sealed by another key, for another context, or was changed.
std::optional<std::string> open(const SealingKey& key, std::string_view context,
                                std::string_view sealed);

}  // namespace osier::crypto
