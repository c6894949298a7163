#include "platform/base/random.h"

#include <sodium.h>

#include <vector>

namespace osier {

std::string Random::token(std::size_t size) {
  std::vector<unsigned char> bytes(size);
  fill(bytes);
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(size, variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
  text.pop_back();  // The terminating NUL that libsodium counts.
  return text;
}

void SystemRandom::fill(std::span<unsigned char> bytes) {
  randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace osier
