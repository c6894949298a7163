// An authenticator and the browser before it, as they would make and use passkeys, well and badly.
// For tests.

#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <optional>
#include <string>

#include "identity/webauthn.h"
#include "platform/base/random.h"
#include "platform/base/require.h"
#include "platform/crypto/crypto.h"

namespace osier::identity::test {

// Writing CBOR by hand, so that it may be wrong too.
inline std::string cbor_head(unsigned major, std::size_t count) {
  const auto first = static_cast<char>(major << 5);
  if (count < 24) return {static_cast<char>(first | static_cast<char>(count))};
  if (count < 256) return {static_cast<char>(first | 24), static_cast<char>(count)};
  return {static_cast<char>(first | 25), static_cast<char>(count >> 8), static_cast<char>(count)};
}
inline std::string cbor_number(int number) {
  return number >= 0 ? cbor_head(0, static_cast<std::size_t>(number))
                     : cbor_head(1, static_cast<std::size_t>(-1 - number));
}
inline std::string cbor_bytes(const std::string& bytes) {
  return cbor_head(2, bytes.size()) + bytes;
}
inline std::string cbor_text(const std::string& text) { return cbor_head(3, text.size()) + text; }
inline std::string cbor_map(std::size_t pairs) { return cbor_head(5, pairs); }

// A key pair of a passkey.
class PasskeyPair {
 public:
  explicit PasskeyPair(CoseAlgorithm algorithm)
      : algorithm_(algorithm), key_(make(algorithm), EVP_PKEY_free) {
    require(key_ != nullptr, "OpenSSL makes a key");
  }

  std::string cose() const {
    const std::string algorithm = cbor_number(3) + cbor_number(static_cast<int>(algorithm_));
    switch (algorithm_) {
      case CoseAlgorithm::es256:
        return cbor_map(5) + cbor_number(1) + cbor_number(2) + algorithm + cbor_number(-1) +
               cbor_number(1) + cbor_number(-2) + cbor_bytes(number("qx", 32)) + cbor_number(-3) +
               cbor_bytes(number("qy", 32));
      case CoseAlgorithm::eddsa:
        return cbor_map(4) + cbor_number(1) + cbor_number(1) + algorithm + cbor_number(-1) +
               cbor_number(6) + cbor_number(-2) + cbor_bytes(raw_public());
      case CoseAlgorithm::rs256:
        return cbor_map(4) + cbor_number(1) + cbor_number(3) + algorithm + cbor_number(-1) +
               cbor_bytes(number("n", 256)) + cbor_number(-2) + cbor_bytes(number("e", 3));
    }
  }

  std::string sign(const std::string& bytes) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    std::string made(1'024, '\0');
    std::size_t size = made.size();
    const EVP_MD* const digest = algorithm_ == CoseAlgorithm::eddsa ? nullptr : EVP_sha256();
    const bool is_signed =
        EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size,
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
    require(is_signed, "a key just made signs");
    made.resize(size);
    return made;
  }

 private:
  static EVP_PKEY* make(CoseAlgorithm algorithm) {
    switch (algorithm) {
      case CoseAlgorithm::es256:
        return EVP_EC_gen("P-256");
      case CoseAlgorithm::eddsa:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      case CoseAlgorithm::rs256:
        return EVP_RSA_gen(2'048U);
    }
  }

  std::string number(const char* name, int size) const {
    BIGNUM* value = nullptr;
    require(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1, "a key has this number");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), size);
    BN_free(value);
    return bytes;
  }
  std::string raw_public() const {
    std::string bytes(32, '\0');
    std::size_t size = bytes.size();
    require(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                        &size) == 1,
            "an Ed25519 key has 32 bytes");
    return bytes;
  }

  CoseAlgorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

// One passkey and all that may be said wrongly of it. Change a member, then answer.
struct Authenticator {
  explicit Authenticator(CoseAlgorithm algorithm = CoseAlgorithm::es256) : pair(algorithm) {
    SystemRandom random;
    credential_id = crypto::from_base64url(random.token(32)).value();
  }

  PasskeyPair pair;
  std::string credential_id;
  std::string user_handle = "handle";
  std::uint32_t sign_count = 0;
  bool is_user_present = true;
  bool is_user_verified = true;
  std::string rp_id = "shop.example";
  std::string origin = "https://shop.example";
  std::optional<std::string> type;  // Instead of the right one.
  std::string more_client_data;     // ,"crossOrigin":true
  std::string format = "none";
  std::string statement = std::string("\xA0", 1);
  std::optional<std::string> cose;  // Instead of its own.

  std::string client_data(const std::string& right_type, const std::string& challenge) const {
    return R"({"type":")" + type.value_or(right_type) + R"(","challenge":")" +
           crypto::to_base64url(challenge) + R"(","origin":")" + origin + R"(")" +
           more_client_data + "}";
  }
  std::string authenticator_data(bool is_new) const {
    unsigned flags = is_new ? 0x40U : 0U;
    if (is_user_present) flags |= 0x01;
    if (is_user_verified) flags |= 0x04;
    std::string data(crypto::view_of(crypto::sha256(rp_id)));
    data += static_cast<char>(flags);
    for (int shift = 24; shift >= 0; shift -= 8) data += static_cast<char>(sign_count >> shift);
    if (!is_new) return data;
    data += std::string(16, '\0');
    data += static_cast<char>(credential_id.size() >> 8);
    data += static_cast<char>(credential_id.size());
    return data + credential_id + cose.value_or(pair.cose());
  }

  RegistrationAnswer registers(const std::string& challenge) const {
    RegistrationAnswer answer{.credential_id = credential_id,
                              .client_data = client_data("webauthn.create", challenge),
                              .attestation_object = {}};
    answer.attestation_object = cbor_map(3) + cbor_text("fmt") + cbor_text(format) +
                                cbor_text("attStmt") + statement + cbor_text("authData") +
                                cbor_bytes(authenticator_data(true));
    return answer;
  }
  // "packed", signed by the passkey itself (WebAuthn section 8.2).
  RegistrationAnswer attests_itself(const std::string& challenge, CoseAlgorithm algorithm,
                                    const PasskeyPair& signer) {
    const std::string hash(
        crypto::view_of(crypto::sha256(client_data("webauthn.create", challenge))));
    format = "packed";
    statement = cbor_map(2) + cbor_text("alg") + cbor_number(static_cast<int>(algorithm)) +
                cbor_text("sig") + cbor_bytes(signer.sign(authenticator_data(true) + hash));
    return registers(challenge);
  }

  AssertionAnswer asserts(const std::string& challenge) const {
    AssertionAnswer answer{.credential_id = credential_id,
                           .client_data = client_data("webauthn.get", challenge),
                           .authenticator_data = authenticator_data(false),
                           .signature = {},
                           .user_handle = user_handle};
    answer.signature = pair.sign(answer.authenticator_data +
                                 std::string(crypto::view_of(crypto::sha256(answer.client_data))));
    return answer;
  }

  // The same as a browser's JSON.
  static std::string json_of(const RegistrationAnswer& answer) {
    return R"({"id":")" + crypto::to_base64url(answer.credential_id) +
           R"(","type":"public-key","response":{"clientDataJSON":")" +
           crypto::to_base64url(answer.client_data) + R"(","attestationObject":")" +
           crypto::to_base64url(answer.attestation_object) + R"("}})";
  }
  static std::string json_of(const AssertionAnswer& answer) {
    return R"({"id":")" + crypto::to_base64url(answer.credential_id) +
           R"(","type":"public-key","response":{"clientDataJSON":")" +
           crypto::to_base64url(answer.client_data) + R"(","authenticatorData":")" +
           crypto::to_base64url(answer.authenticator_data) + R"(","signature":")" +
           crypto::to_base64url(answer.signature) + R"(","userHandle":")" +
           crypto::to_base64url(answer.user_handle) + R"("}})";
  }
};

}  // namespace osier::identity::test
