// The public keys by which an issuer's signatures are checked (RFC 7517, RFC 7518).
//
// Two kinds are known: RSA for RS256, and EC on P-256 for ES256. OpenSSL does the arithmetic. Pure:
// nothing here waits.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"

struct evp_pkey_st;

namespace osier::identity {

// The signature algorithms that are accepted; there is no other, whatever a token's head says.
enum class SignatureAlgorithm { rs256, es256 };

class Jwk {
 public:
  static constexpr int rsa_bits_min = 2'048;
  static constexpr int rsa_bits_max = 8'192;

  // An RSA key of modulus and exponent, both big-endian; nothing if it is too weak, too large or
  // none.
  static std::optional<Jwk> rsa(std::string key_id, std::string_view modulus,
                                std::string_view exponent);
  // A point on P-256, 32 bytes each; nothing if it does not lie on the curve.
  static std::optional<Jwk> p256(std::string key_id, std::string_view x, std::string_view y);

  const std::string& key_id() const { return key_id_; }  // Empty: it has none.
  SignatureAlgorithm algorithm() const { return algorithm_; }

  // Whether `signature`, in the form of a JWS (RFC 7518 sections 3.3 and 3.4), is this key's over
  // `bytes`.
  bool has_signed(std::string_view bytes, std::string_view signature) const;

 private:
  Jwk(std::string key_id, SignatureAlgorithm algorithm, std::shared_ptr<evp_pkey_st> key)
      : key_id_(std::move(key_id)), algorithm_(algorithm), key_(std::move(key)) {}

  std::string key_id_;
  SignatureAlgorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

// An issuer's keys, as its jwks_uri gives them.
class JwkSet {
 public:
  static constexpr std::size_t keys_max = 100;

  JwkSet() = default;
  explicit JwkSet(std::vector<Jwk> keys) : keys_(std::move(keys)) {}

  // Reads a JWK set. Keys of other kinds, for other uses, or too weak are passed over (RFC 7517
  // section 5), symmetric ones among them: no secret ever checks a token. Refuses, with the reason,
  // what is no set, and a set without one usable key.
  static Result<JwkSet, std::string> parse(std::string_view json);

  // Those that may have signed a token of this algorithm: with that key id; or, for a token that
  // names none, the only one of that algorithm (OpenID Connect Core section 10.1). Empty: unknown.
  std::vector<const Jwk*> candidates(SignatureAlgorithm algorithm,
                                     const std::optional<std::string>& key_id) const;

  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<Jwk> keys_;
};

}  // namespace osier::identity
