#include "identity/cose_key.h"

#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace osier::identity {

namespace {

// Labels and values of RFC 9053 section 7 and RFC 8230 section 4.
constexpr std::int64_t key_type = 1;
constexpr std::int64_t algorithm_label = 3;
constexpr std::int64_t curve = -1;
constexpr std::int64_t x_coordinate = -2;
constexpr std::int64_t y_coordinate = -3;
constexpr std::int64_t rsa_modulus = -1;
constexpr std::int64_t rsa_exponent = -2;
constexpr std::int64_t type_okp = 1;
constexpr std::int64_t type_ec2 = 2;
constexpr std::int64_t type_rsa = 3;
constexpr std::int64_t curve_p256 = 1;
constexpr std::int64_t curve_ed25519 = 6;

bool says(const Cbor& map, std::int64_t label, std::int64_t value) {
  const Cbor* const item = map.find(label);
  return item != nullptr && item->number() == value;
}

// Bytes of exactly that size; empty if there are none such.
std::string bytes_at(const Cbor& map, std::int64_t label, std::size_t size) {
  const Cbor* const item = map.find(label);
  const auto bytes = item == nullptr ? std::nullopt : item->bytes();
  return bytes && bytes->size() == size ? std::string(*bytes) : std::string();
}

// Whether OpenSSL takes it for a key of its kind.
bool is_valid(EVP_PKEY* key) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> owned(key, EVP_PKEY_free);
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      key == nullptr ? nullptr : EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr),
      EVP_PKEY_CTX_free);
  const bool holds = context && EVP_PKEY_public_check(context.get()) == 1;
  ERR_clear_error();
  return holds;
}

std::shared_ptr<const void> es256_key(const Cbor& map) {
  const std::string x = bytes_at(map, x_coordinate, 32);
  const std::string y = bytes_at(map, y_coordinate, 32);
  if (!says(map, key_type, type_ec2) || !says(map, curve, curve_p256) || x.empty() || y.empty()) {
    return nullptr;
  }
  const std::shared_ptr<es256_pk_t> key(es256_pk_new(),
                                        [](es256_pk_t* made) { es256_pk_free(&made); });
  const std::string point = x + y;
  const bool is_read = key && es256_pk_from_ptr(key.get(), point.data(), point.size()) == FIDO_OK;
  if (!is_read || !is_valid(es256_pk_to_EVP_PKEY(key.get()))) return nullptr;
  return key;
}

std::shared_ptr<const void> eddsa_key(const Cbor& map) {
  const std::string x = bytes_at(map, x_coordinate, 32);
  if (!says(map, key_type, type_okp) || !says(map, curve, curve_ed25519) || x.empty()) {
    return nullptr;
  }
  const std::shared_ptr<eddsa_pk_t> key(eddsa_pk_new(),
                                        [](eddsa_pk_t* made) { eddsa_pk_free(&made); });
  const bool is_read = key && eddsa_pk_from_ptr(key.get(), x.data(), x.size()) == FIDO_OK;
  if (!is_read || !is_valid(eddsa_pk_to_EVP_PKEY(key.get()))) return nullptr;
  return key;
}

std::shared_ptr<const void> rs256_key(const Cbor& map) {
  const std::string modulus = bytes_at(map, rsa_modulus, 256);
  const std::string exponent = bytes_at(map, rsa_exponent, 3);
  // Every RSA authenticator has the exponent 65,537, and a modulus of all its bits.
  const bool is_usual = exponent == std::string("\x01\x00\x01", 3) && !modulus.empty() &&
                        (modulus.front() & 0x80) != 0 && (modulus.back() & 1) != 0;
  if (!says(map, key_type, type_rsa) || !is_usual) return nullptr;
  const std::shared_ptr<rs256_pk_t> key(rs256_pk_new(),
                                        [](rs256_pk_t* made) { rs256_pk_free(&made); });
  const std::string numbers = modulus + exponent;
  const bool is_read =
      key && rs256_pk_from_ptr(key.get(), numbers.data(), numbers.size()) == FIDO_OK;
  if (!is_read || !is_valid(rs256_pk_to_EVP_PKEY(key.get()))) return nullptr;
  return key;
}

}  // namespace

std::optional<CoseKey> CoseKey::read(const Cbor& map) {
  const Cbor* const named = map.find(algorithm_label);
  if (named == nullptr) return std::nullopt;
  for (const CoseAlgorithm algorithm : cose_algorithms) {
    if (named->number() != static_cast<std::int64_t>(algorithm)) continue;
    auto key = algorithm == CoseAlgorithm::es256   ? es256_key(map)
               : algorithm == CoseAlgorithm::eddsa ? eddsa_key(map)
                                                   : rs256_key(map);
    if (!key) return std::nullopt;
    return CoseKey(algorithm, std::string(map.encoded()), std::move(key));
  }
  return std::nullopt;
}

std::optional<CoseKey> CoseKey::read(std::string_view encoded) {
  const auto map = Cbor::read(encoded);
  return map ? read(*map) : std::nullopt;
}

}  // namespace osier::identity
