#include "platform/crypto/ed25519.h"

#include <sodium.h>

#include <algorithm>

#include "platform/base/require.h"
#include "platform/crypto/bytes.h"
#include "platform/crypto/crypto.h"

namespace osier::crypto {

namespace {

struct KeyPair {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> open{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};

  explicit KeyPair(const std::string& seed) {
    require(seed.size() == crypto_sign_SEEDBYTES, "a signing key's seed has 32 bytes");
    crypto_sign_seed_keypair(open.data(), secret.data(), bytes_of(seed));
  }
  ~KeyPair() { sodium_memzero(secret.data(), secret.size()); }
};

}  // namespace

std::optional<PublicKey> PublicKey::parse(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() != 32) return std::nullopt;
  PublicKey key;
  std::ranges::copy(*bytes, key.bytes_.begin());
  return key;
}

std::string PublicKey::text() const {
  return to_base64({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
}

bool PublicKey::has_signed(std::string_view message, std::string_view signature) const {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(),
                                     bytes_.data()) == 0;
}

SigningKey SigningKey::make(Random& random) {
  std::string seed(crypto_sign_SEEDBYTES, '\0');
  random.fill({reinterpret_cast<unsigned char*>(seed.data()), seed.size()});
  return SigningKey(std::move(seed));
}

std::optional<SigningKey> SigningKey::parse(const Secret& text) {
  auto seed = from_base64(text.reveal());
  if (!seed || seed->size() != crypto_sign_SEEDBYTES) return std::nullopt;
  return SigningKey(*std::move(seed));
}

Secret SigningKey::text() const { return Secret(to_base64(seed_.reveal())); }

PublicKey SigningKey::public_key() const {
  PublicKey key;
  key.bytes_ = KeyPair(seed_.reveal()).open;
  return key;
}

std::string SigningKey::sign(std::string_view message) const {
  const KeyPair pair(seed_.reveal());
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                       bytes_of(message), message.size(), pair.secret.data());
  return signature;
}

}  // namespace osier::crypto
