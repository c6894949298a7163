// The public key of a passkey (COSE, RFC 9053; WebAuthn section 5.8.5) and what it has signed.
//
// Three kinds: ES256 on P-256, EdDSA on Ed25519, and RS256 with 2,048 bits, which Windows Hello
// makes. libfido2 checks the signatures. Pure.

#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "identity/cbor.h"

namespace osier::identity {

// By their numbers in the registry of COSE algorithms.
enum class CoseAlgorithm { es256 = -7, eddsa = -8, rs256 = -257 };

// What we offer a new passkey, most wanted first.
constexpr std::array cose_algorithms{CoseAlgorithm::es256, CoseAlgorithm::eddsa,
                                     CoseAlgorithm::rs256};

class CoseKey {
 public:
  // Nothing for other kinds, and for numbers that are no key of their kind (a point off its curve).
  static std::optional<CoseKey> read(const Cbor& map);
  static std::optional<CoseKey> read(std::string_view encoded);

  CoseAlgorithm algorithm() const { return algorithm_; }
  // The map as it was read: what is stored.
  const std::string& encoded() const { return encoded_; }
  // The key as libfido2 takes it: es256_pk_t, eddsa_pk_t or rs256_pk_t.
  const void* fido_key() const { return key_.get(); }

 private:
  CoseKey(CoseAlgorithm algorithm, std::string encoded, std::shared_ptr<const void> key)
      : algorithm_(algorithm), encoded_(std::move(encoded)), key_(std::move(key)) {}

  CoseAlgorithm algorithm_;
  std::string encoded_;
  std::shared_ptr<const void> key_;
};

}  // namespace osier::identity
