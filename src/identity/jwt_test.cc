// Hardening 45: what forgers have tried on other people's verifiers.

#include "identity/jwt.h"

#include <gtest/gtest.h>

#include "identity/test/token_maker.h"
#include "platform/json/value.h"

namespace osier::identity {
namespace {

using test::SigningKey;

const std::string claims = R"({"iss":"https://issuer.example","sub":"maria"})";

// Making an RSA key takes a while; one is enough for all.
const SigningKey& rsa_key() {
  static const SigningKey key = SigningKey::rsa("rsa-1");
  return key;
}
const SigningKey& ec_key() {
  static const SigningKey key = SigningKey::p256("ec-1");
  return key;
}

JwkSet set_of(const std::string& json) {
  auto set = JwkSet::parse(json);
  require(set.has_value(), "the test's key set is one");
  return *std::move(set);
}
const JwkSet& both_keys() {
  static const JwkSet set = set_of(R"({"keys":[)" + rsa_key().jwk() + "," + ec_key().jwk() + "]}");
  return set;
}

std::string refusal_of(const std::string& token, const JwkSet& keys = both_keys()) {
  const auto outcome = verify_jwt(token, keys);
  return outcome ? "accepted" : std::string(to_string(outcome.error()));
}

std::string in_parts(const std::string& head, const std::string& body, const std::string& tail) {
  return crypto::to_base64url(head) + "." + crypto::to_base64url(body) + "." + tail;
}

TEST(Jwt, IsReadIfAKeyOfTheIssuerSignedIt) {
  for (const SigningKey* key : {&rsa_key(), &ec_key()}) {
    const auto read = verify_jwt(key->token(claims), both_keys());
    ASSERT_TRUE(read) << key->algorithm();
    EXPECT_EQ(read->as_object().at("sub").as_string(), "maria");
  }
}

// RFC 7515 appendices A.2 and A.3: tokens and keys of somebody else's making.
TEST(Jwt, OfTheStandardsOwnExamplesAreRead) {
  const auto rsa = set_of(
      R"({"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx)"
      R"(HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ4)"
      R"(7soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665x)"
      R"(smtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkM)"
      R"(Ls91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}]})");
  EXPECT_EQ(
      refusal_of("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
                 "Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0X"
                 "F9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
                 "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0G"
                 "arZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2"
                 "w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
                 rsa),
      "accepted");
  const auto ec = set_of(
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  EXPECT_EQ(
      refusal_of("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
                 "Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4Gawxa"
                 "epmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
                 ec),
      "accepted");
}

TEST(Jwt, WithoutAlgorithmIsRefused) {
  for (const std::string name : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string head = R"({"alg":")" + name + R"(","kid":"rsa-1"})";
    EXPECT_EQ(refusal_of(in_parts(head, claims, "")), "algorithm_not_allowed") << name;
    EXPECT_EQ(refusal_of(rsa_key().token(head, claims)), "algorithm_not_allowed") << name;
  }
  EXPECT_EQ(refusal_of(rsa_key().token(R"({"kid":"rsa-1"})", claims)), "algorithm_not_allowed");
  EXPECT_EQ(refusal_of(rsa_key().token(R"({"alg":["RS256"]})", claims)), "algorithm_not_allowed");
}

// The public key taken for a shared secret.
TEST(Jwt, WithThePublicKeyAsSecretIsRefused) {
  const std::string head = R"({"alg":"HS256","kid":"rsa-1"})";
  const std::string bytes = crypto::to_base64url(head) + "." + crypto::to_base64url(claims);
  for (const std::string& secret : {rsa_key().public_bytes(), rsa_key().jwk()}) {
    const auto mac = crypto::hmac_sha256(secret, bytes);
    EXPECT_EQ(refusal_of(bytes + "." + crypto::to_base64url(crypto::view_of(mac))),
              "algorithm_not_allowed");
  }
  // Nor is a symmetric key in the set one of the issuer's.
  EXPECT_FALSE(JwkSet::parse(R"({"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"rsa-1"}]})"));
}

TEST(Jwt, OfAKeyThatTheIssuerDoesNotHaveIsRefused) {
  const auto stranger = SigningKey::p256("ec-9");
  EXPECT_EQ(refusal_of(stranger.token(claims)), "key_unknown");
  // The id of a known key, but not the key.
  const auto forger = SigningKey::p256("ec-1");
  EXPECT_EQ(refusal_of(forger.token(claims)), "signature_wrong");
  // The id of a key of the other kind.
  EXPECT_EQ(refusal_of(ec_key().token(R"({"alg":"ES256","kid":"rsa-1"})", claims)), "key_unknown");
}

TEST(Jwt, ThatNamesNoKeyIsRefusedIfSeveralMightHaveSigned) {
  const auto unnamed = SigningKey::p256("");
  EXPECT_EQ(refusal_of(unnamed.token(claims), set_of(unnamed.jwk_set())), "accepted");
  EXPECT_EQ(refusal_of(unnamed.token(claims),
                       set_of(R"({"keys":[)" + unnamed.jwk() + "," + ec_key().jwk() + "]}")),
            "key_unknown");
}

TEST(Jwt, ThatBringsItsOwnKeyIsRefused) {
  const auto forger = SigningKey::p256("ec-1");
  for (const std::string member :
       {R"("jku":"https://evil.example/keys")", R"("x5u":"https://evil.example/chain")",
        R"("x5c":["MIIB"])", R"("crit":["exp"])", R"("b64":false)"}) {
    const std::string head = R"({"alg":"ES256","kid":"ec-1",)" + member + "}";
    EXPECT_EQ(refusal_of(forger.token(head, claims)), "header_not_allowed") << member;
    EXPECT_EQ(refusal_of(ec_key().token(head, claims)), "header_not_allowed") << member;
  }
  const std::string own_key = R"({"alg":"ES256","kid":"ec-1","jwk":)" + forger.jwk() + "}";
  EXPECT_EQ(refusal_of(forger.token(own_key, claims)), "header_not_allowed");
}

TEST(Jwt, OfAnotherTypeIsRefused) {
  EXPECT_EQ(refusal_of(ec_key().token(R"({"alg":"ES256","kid":"ec-1","typ":"at+jwt"})", claims)),
            "header_not_allowed");
  EXPECT_EQ(
      refusal_of(ec_key().token(R"({"alg":"ES256","kid":"ec-1","typ":"logout+jwt"})", claims)),
      "header_not_allowed");
  EXPECT_EQ(refusal_of(ec_key().token(R"({"alg":"ES256","kid":"ec-1","typ":"jwt"})", claims)),
            "accepted");
}

TEST(Jwt, WithOneChangedByteAnywhereIsRefused) {
  for (const SigningKey* key : {&rsa_key(), &ec_key()}) {
    const std::string token = key->token(claims);
    for (std::size_t at = 0; at < token.size(); ++at) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      EXPECT_NE(refusal_of(changed), "accepted") << key->algorithm() << " at " << at;
    }
  }
}

TEST(Jwt, ThatIsNoTokenIsRefused) {
  const std::string token = ec_key().token(claims);
  const std::string head = R"({"alg":"ES256","kid":"ec-1"})";
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), token + ".",
        token + "=", " " + token, token + "\n", std::string(20'000, 'a'),
        ec_key().token(head, "[]"), ec_key().token(head, R"({"sub":1,"sub":2})"),
        ec_key().token("[]", claims), ec_key().token(R"({"alg":"ES256","alg":"none"})", claims),
        ec_key().token(R"({"alg":"ES256","kid":7})", claims)}) {
    EXPECT_EQ(refusal_of(text), "malformed") << text.substr(0, 200);
  }
  // Other forms of a true signature: as DER, with zeros before it, or none.
  const auto end = token.rfind('.') + 1;
  for (const std::string& signature :
       {std::string(), std::string(64, '\0'), std::string(63, 'a'), std::string(65, 'a')}) {
    EXPECT_EQ(refusal_of(token.substr(0, end) + crypto::to_base64url(signature)),
              "signature_wrong");
  }
}

TEST(JwkSet, PassesOverKeysThatMustNotCheckSignatures) {
  const auto weak = SigningKey::rsa("weak", 1'024);
  EXPECT_FALSE(JwkSet::parse(weak.jwk_set()));
  const std::string encryption = R"({"kty":"RSA","use":"enc","kid":"e","n":"AQAB","e":"AQAB"})";
  const std::string off_curve =
      R"({"kty":"EC","crv":"P-256","kid":"o","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})";
  const std::string other_curve = R"({"kty":"EC","crv":"P-384","kid":"c","x":"AA","y":"AA"})";
  const std::string other_algorithm = R"({"kty":"RSA","alg":"PS256","n":"AQAB","e":"AQAB"})";
  const auto set = set_of(R"({"keys":[)" + weak.jwk() + "," + encryption + "," + off_curve + "," +
                          other_curve + "," + other_algorithm + ",7,{}," + ec_key().jwk() + "]}");
  EXPECT_EQ(set.size(), 1u);
}

TEST(JwkSet, IsRefusedIfItIsNone) {
  for (const std::string text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", "<html>"}) {
    EXPECT_FALSE(JwkSet::parse(text)) << text;
  }
  std::string many = R"({"keys":[)" + ec_key().jwk();
  for (int i = 0; i < 100; ++i) many += ",{}";
  EXPECT_FALSE(JwkSet::parse(many + "]}"));
}

// RSA exponents and moduli that are none, or that would take our time.
TEST(JwkSet, TakesNoKeyThatIsNone) {
  const std::string odd(256, '\xff');
  EXPECT_FALSE(Jwk::rsa("k", odd, ""));
  EXPECT_FALSE(Jwk::rsa("k", odd, "\x01"));
  EXPECT_FALSE(Jwk::rsa("k", odd, "\x02"));
  EXPECT_FALSE(Jwk::rsa("k", odd, std::string(5, '\xff')));
  EXPECT_FALSE(Jwk::rsa("k", std::string(256, '\xfe'), "\x03"));
  EXPECT_FALSE(Jwk::rsa("k", std::string(1'025, '\xff'), "\x03"));
}

}  // namespace
}  // namespace osier::identity
