#include "identity/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Releaser<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Releaser<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Releaser<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Releaser<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Releaser<ECDSA_SIG_free>>;

constexpr std::size_t coordinate_size = 32;  // P-256.

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

BigNumber number_of(std::string_view bytes) {
  return BigNumber(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

// A public key of the type, checked; null if the parts are none. OpenSSL leaves its reasons in a
// queue per thread, which nobody reads here.
std::shared_ptr<EVP_PKEY> key_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext making(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (params && making && EVP_PKEY_fromdata_init(making.get()) == 1) {
    EVP_PKEY_fromdata(making.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get());
  }
  std::shared_ptr<EVP_PKEY> key(made, EVP_PKEY_free);
  if (key) {
    const KeyContext checking(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (!checking || EVP_PKEY_public_check(checking.get()) != 1) key.reset();
  }
  ERR_clear_error();
  return key;
}

// The 64 bytes of a JWS as the DER that OpenSSL reads (RFC 7518 section 3.4); empty if they are
// not 64.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * coordinate_size) return {};
  const Signature pair(ECDSA_SIG_new());
  BigNumber r = number_of(signature.substr(0, coordinate_size));
  BigNumber s = number_of(signature.substr(coordinate_size));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

std::optional<Jwk> Jwk::rsa(std::string key_id, std::string_view modulus,
                            std::string_view exponent) {
  // An exponent is 3, 17 or 65537 in practice; a huge one is a way to keep our processor busy.
  if (modulus.size() > rsa_bits_max / 8 || exponent.empty() || exponent.size() > 4) return {};
  const BigNumber n = number_of(modulus);
  const BigNumber e = number_of(exponent);
  if (!n || !e || BN_num_bits(n.get()) < rsa_bits_min || !BN_is_odd(n.get())) return {};
  if (!BN_is_odd(e.get()) || BN_is_one(e.get())) return {};
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return {};
  }
  auto key = key_of("RSA", builder.get());
  if (!key) return {};
  return Jwk(std::move(key_id), SignatureAlgorithm::rs256, std::move(key));
}

std::optional<Jwk> Jwk::p256(std::string key_id, std::string_view x, std::string_view y) {
  if (x.size() != coordinate_size || y.size() != coordinate_size) return {};
  std::string point = "\x04";  // Uncompressed (SEC 1 section 2.3.3).
  point += x;
  point += y;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return {};
  }
  auto key = key_of("EC", builder.get());
  if (!key) return {};
  return Jwk(std::move(key_id), SignatureAlgorithm::es256, std::move(key));
}

bool Jwk::has_signed(std::string_view bytes, std::string_view signature) const {
  const bool is_ecdsa = algorithm_ == SignatureAlgorithm::es256;
  const std::string form = is_ecdsa ? der_of(signature) : std::string(signature);
  const DigestContext context(EVP_MD_CTX_new());
  if (form.empty() || !context) return false;
  // RSA's default padding here is PKCS #1 version 1.5, which RS256 is.
  const bool holds =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(form), form.size(), bytes_of(bytes), bytes.size()) ==
          1;
  ERR_clear_error();
  return holds;
}

namespace {

// A member that must be a text, if it is there at all.
std::optional<std::string> text_member(const json::Object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->as_string());
}

std::string bytes_in(const json::Object& object, std::string_view name) {
  const auto text = text_member(object, name);
  return text ? crypto::from_base64url(*text).value_or("") : "";
}

std::optional<Jwk> read_key(const json::Value& value) {
  const auto* const object = value.if_object();
  if (object == nullptr) return std::nullopt;
  if (const auto use = text_member(*object, "use"); use && *use != "sig") return std::nullopt;
  const auto type = text_member(*object, "kty");
  const auto algorithm = text_member(*object, "alg");
  std::string key_id = text_member(*object, "kid").value_or("");
  if (type == "RSA" && algorithm.value_or("RS256") == "RS256") {
    return Jwk::rsa(std::move(key_id), bytes_in(*object, "n"), bytes_in(*object, "e"));
  }
  if (type == "EC" && text_member(*object, "crv") == "P-256" &&
      algorithm.value_or("ES256") == "ES256") {
    return Jwk::p256(std::move(key_id), bytes_in(*object, "x"), bytes_in(*object, "y"));
  }
  return std::nullopt;
}

}  // namespace

Result<JwkSet, std::string> JwkSet::parse(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return refuse(std::string(value.error().message));
  const auto* const object = value->if_object();
  const auto* const member = object == nullptr ? nullptr : object->if_contains("keys");
  const auto* const array = member == nullptr ? nullptr : member->if_array();
  if (array == nullptr) return refuse(std::string("there is no list of keys"));
  if (array->size() > keys_max) return refuse(std::string("there are more than 100 keys"));
  std::vector<Jwk> keys;
  for (const auto& element : *array) {
    if (auto key = read_key(element)) keys.push_back(std::move(*key));
  }
  if (keys.empty()) return refuse(std::string("no key is for RS256 or ES256"));
  return JwkSet(std::move(keys));
}

std::vector<const Jwk*> JwkSet::candidates(SignatureAlgorithm algorithm,
                                           const std::optional<std::string>& key_id) const {
  std::vector<const Jwk*> found;
  for (const auto& key : keys_) {
    const bool fits = !key_id || key.key_id() == *key_id;
    if (key.algorithm() == algorithm && fits) found.push_back(&key);
  }
  if (!key_id && found.size() > 1) found.clear();
  return found;
}

}  // namespace osier::identity
