// Random bytes from the kernel, for tokens and secrets; seedable only in tests.

#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace osier {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<unsigned char> bytes) = 0;

  // `size` random bytes as base64url without padding: 16 bytes are 128 bits in 22 characters.
  std::string token(std::size_t size);
};

// getrandom(2), by libsodium.
class SystemRandom final : public Random {
 public:
  void fill(std::span<unsigned char> bytes) override;
};

}  // namespace osier
