#include "platform/crypto/aead.h"

#include <sodium.h>

#include <algorithm>

#include "platform/base/require.h"
#include "platform/crypto/bytes.h"

namespace osier::crypto {

namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(sealing_overhead == nonce_size + tag_size);
static_assert(SealingKey::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

}  // namespace

SealingKey SealingKey::make(Random& random) {
  SealingKey key;
  random.fill(key.bytes_);
  return key;
}

std::optional<SealingKey> SealingKey::from(std::string_view bytes) {
  if (bytes.size() != size) return std::nullopt;
  SealingKey key;
  std::ranges::copy(bytes, key.bytes_.begin());
  return key;
}

SealingKey::~SealingKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

std::string seal(const SealingKey& key, Random& random, std::string_view context,
                 std::string_view text) {
  std::string sealed(text.size() + sealing_overhead, '\0');
  unsigned char* const nonce = bytes_of(sealed);
  random.fill({nonce, nonce_size});
  unsigned long long written = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + nonce_size, &written, bytes_of(text),
                                             text.size(), bytes_of(context), context.size(),
                                             nullptr, nonce, bytes_of(key.bytes()));
  require(written == text.size() + tag_size, "a sealed text is longer by its tag");
  return sealed;
}

std::optional<std::string> open(const SealingKey& key, std::string_view context,
                                std::string_view sealed) {
  if (sealed.size() < sealing_overhead) return std::nullopt;
  std::string text(sealed.size() - sealing_overhead, '\0');
  unsigned long long written = 0;
  const int status = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(text), &written, nullptr, bytes_of(sealed) + nonce_size, sealed.size() - nonce_size,
      bytes_of(context), context.size(), bytes_of(sealed), bytes_of(key.bytes()));
  if (status != 0) return std::nullopt;
  return text;
}

}  // namespace osier::crypto
