// Makes keys and signs tokens with them, well and badly, as an issuer or a forger would. For tests.

#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include "platform/base/require.h"
#include "platform/crypto/crypto.h"

namespace osier::identity::test {

class SigningKey {
 public:
  static SigningKey rsa(std::string key_id, unsigned bits = 2'048) {
    return SigningKey(std::move(key_id), "RS256", EVP_RSA_gen(bits));
  }
  static SigningKey p256(std::string key_id) {
    return SigningKey(std::move(key_id), "ES256", EVP_EC_gen("P-256"));
  }

  const std::string& key_id() const { return key_id_; }
  const std::string& algorithm() const { return algorithm_; }

  // As it stands in a JWK set.
  std::string jwk() const {
    const std::string kid = key_id_.empty() ? "" : R"("kid":")" + key_id_ + R"(",)";
    if (algorithm_ == "RS256") {
      return R"({"kty":"RSA","use":"sig",)" + kid + R"("n":")" + number("n") + R"(","e":")" +
             number("e") + R"("})";
    }
    return R"({"kty":"EC","crv":"P-256",)" + kid + R"("x":")" + number("qx", 32) + R"(","y":")" +
           number("qy", 32) + R"("})";
  }
  std::string jwk_set() const { return R"({"keys":[)" + jwk() + "]}"; }

  // The modulus as bytes: what a forger takes for the secret of HS256.
  std::string public_bytes() const { return crypto::from_base64url(number("n")).value(); }

  std::string signature(const std::string& bytes) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    std::string made(1'024, '\0');
    std::size_t size = made.size();
    const bool is_signed =
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size,
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
    require(is_signed, "a key just made signs");
    made.resize(size);
    return algorithm_ == "ES256" ? raw(made) : made;
  }

  std::string head() const {
    const std::string kid = key_id_.empty() ? "" : R"(,"kid":")" + key_id_ + R"(")";
    return R"({"alg":")" + algorithm_ + R"(","typ":"JWT")" + kid + "}";
  }
  std::string token(const std::string& claims) const { return token(head(), claims); }
  // With a head of the caller's.
  std::string token(const std::string& head, const std::string& claims) const {
    const std::string bytes = crypto::to_base64url(head) + "." + crypto::to_base64url(claims);
    return bytes + "." + crypto::to_base64url(signature(bytes));
  }

 private:
  SigningKey(std::string key_id, std::string algorithm, EVP_PKEY* key)
      : key_id_(std::move(key_id)), algorithm_(std::move(algorithm)), key_(key, EVP_PKEY_free) {
    require(key != nullptr, "OpenSSL makes a key");
  }

  std::string number(const char* name, int size = 0) const {
    BIGNUM* value = nullptr;
    require(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1, "a key has this number");
    std::string bytes(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(value)), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    BN_free(value);
    return crypto::to_base64url(bytes);
  }

  // DER to the 64 bytes of a JWS.
  static std::string raw(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string bytes(64, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(bytes.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32);
    ECDSA_SIG_free(pair);
    return bytes;
  }

  std::string key_id_;
  std::string algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace osier::identity::test
