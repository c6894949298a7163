// Hardening 52: wrong origin, host, challenge and a counter that went back. Reuse of a challenge is
// passkey_store_db_test.cc's.

#include "identity/webauthn.h"

#include <gtest/gtest.h>

#include <random>

#include "identity/test/authenticator.h"

namespace osier::identity {
namespace {

using test::Authenticator;

const RelyingParty shop{.id = "shop.example", .origin = "https://shop.example"};
const std::string challenge = "thirty-two bytes that nobody saw";

std::string refusal_of(const Result<NewPasskey, WebAuthnRefusal>& outcome) {
  return outcome ? "accepted" : std::string(to_string(outcome.error()));
}
std::string refusal_of(const Result<PasskeyUse, WebAuthnRefusal>& outcome) {
  return outcome ? "accepted" : std::string(to_string(outcome.error()));
}

std::string registered(const Authenticator& authenticator,
                       UserVerification verification = UserVerification::preferred) {
  return refusal_of(
      verify_registration(shop, challenge, authenticator.registers(challenge), verification));
}

KnownPasskey known(const Authenticator& authenticator, std::uint32_t sign_count = 0) {
  auto key = CoseKey::read(authenticator.pair.cose());
  require(key.has_value(), "the test's key is one");
  return {.credential_id = authenticator.credential_id,
          .user_handle = "handle",
          .key = std::move(*key),
          .sign_count = sign_count};
}

std::string asserted(const Authenticator& authenticator, std::uint32_t stored_count = 0,
                     UserVerification verification = UserVerification::required) {
  return refusal_of(verify_assertion(shop, challenge, known(authenticator, stored_count),
                                     authenticator.asserts(challenge), verification));
}

TEST(RelyingParty, IsTheShopsHostWithItsOrigin) {
  const auto party = RelyingParty::of("https://Shop.Example/path");
  ASSERT_TRUE(party);
  EXPECT_EQ(party->id, "shop.example");
  EXPECT_EQ(party->origin, "https://shop.example");
  const auto local = RelyingParty::of("http://localhost:8080");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->id, "localhost");
  EXPECT_EQ(local->origin, "http://localhost:8080");
}

TEST(RelyingParty, IsNoAddressOfAMachine) {
  EXPECT_FALSE(RelyingParty::of("http://127.0.0.1:8080"));
  EXPECT_FALSE(RelyingParty::of("http://[::1]:8080"));
  EXPECT_FALSE(RelyingParty::of("shop.example"));
  EXPECT_FALSE(RelyingParty::of(""));
}

TEST(Passkey, OfEachKindIsRegisteredAndUsed) {
  for (const CoseAlgorithm algorithm : cose_algorithms) {
    Authenticator authenticator(algorithm);
    authenticator.sign_count = 5;
    const auto made = verify_registration(shop, challenge, authenticator.registers(challenge),
                                          UserVerification::required);
    ASSERT_TRUE(made) << static_cast<int>(algorithm);
    EXPECT_EQ(made->credential_id, authenticator.credential_id);
    EXPECT_EQ(made->key.algorithm(), algorithm);
    EXPECT_EQ(made->key.encoded(), authenticator.pair.cose());
    EXPECT_EQ(made->sign_count, 5u);

    authenticator.sign_count = 6;
    const auto use = verify_assertion(shop, challenge, known(authenticator, 5),
                                      authenticator.asserts(challenge), UserVerification::required);
    ASSERT_TRUE(use) << static_cast<int>(algorithm) << refusal_of(use);
    EXPECT_EQ(use->sign_count, 6u);
    EXPECT_TRUE(use->is_user_verified);
  }
}

// Hardening 52.
TEST(Passkey, IsRefusedFromAnotherOrigin) {
  for (const auto* origin : {"https://shop.example.evil", "http://shop.example",
                             "https://shop.example:444", "https://sub.shop.example", "null"}) {
    Authenticator authenticator;
    authenticator.origin = origin;
    EXPECT_EQ(registered(authenticator), "origin_wrong") << origin;
    EXPECT_EQ(asserted(authenticator), "origin_wrong") << origin;
  }
  Authenticator framed;
  framed.more_client_data = R"(,"crossOrigin":true)";
  EXPECT_EQ(registered(framed), "origin_wrong");
  EXPECT_EQ(asserted(framed), "origin_wrong");
  framed.more_client_data = R"(,"topOrigin":"https://evil.example")";
  EXPECT_EQ(asserted(framed), "origin_wrong");
  framed.more_client_data = R"(,"crossOrigin":false,"other_keys_can_be_added_here":"…")";
  EXPECT_EQ(asserted(framed), "accepted");
}

// Hardening 52.
TEST(Passkey, IsRefusedForAnotherHost) {
  Authenticator authenticator;
  authenticator.rp_id = "example";
  EXPECT_EQ(registered(authenticator), "relying_party_wrong");
  EXPECT_EQ(asserted(authenticator), "relying_party_wrong");
}

// Hardening 52.
TEST(Passkey, IsRefusedForAnotherChallenge) {
  const Authenticator authenticator;
  const std::string other = "thirty-two bytes of another time";
  EXPECT_EQ(refusal_of(verify_registration(shop, challenge, authenticator.registers(other),
                                           UserVerification::preferred)),
            "challenge_wrong");
  EXPECT_EQ(refusal_of(verify_assertion(shop, challenge, known(authenticator),
                                        authenticator.asserts(other), UserVerification::required)),
            "challenge_wrong");
  EXPECT_EQ(refusal_of(verify_assertion(shop, "", known(authenticator), authenticator.asserts(""),
                                        UserVerification::required)),
            "malformed");
}

// Hardening 52.
TEST(Passkey, IsRefusedIfItsCounterWentBack) {
  Authenticator authenticator;
  const auto with_count = [&](std::uint32_t told, std::uint32_t stored) {
    authenticator.sign_count = told;
    return asserted(authenticator, stored);
  };
  EXPECT_EQ(with_count(0, 0), "accepted");  // It does not count.
  EXPECT_EQ(with_count(8, 7), "accepted");
  EXPECT_EQ(with_count(4'294'967'295, 7), "accepted");
  EXPECT_EQ(with_count(7, 7), "counter_went_back");
  EXPECT_EQ(with_count(6, 7), "counter_went_back");
  EXPECT_EQ(with_count(0, 7), "counter_went_back");
}

TEST(Passkey, NeedsSomebodyWhoTouchesItAndAloneSomebodyItKnows) {
  Authenticator untouched;
  untouched.is_user_present = false;
  EXPECT_EQ(registered(untouched), "user_absent");
  EXPECT_EQ(asserted(untouched), "user_absent");
  Authenticator unverified;
  unverified.is_user_verified = false;
  EXPECT_EQ(registered(unverified), "accepted");
  EXPECT_EQ(registered(unverified, UserVerification::required), "user_not_verified");
  EXPECT_EQ(asserted(unverified, 0, UserVerification::preferred), "accepted");
  EXPECT_EQ(asserted(unverified), "user_not_verified");
}

TEST(Passkey, MadeDoesNotAnswerWhereUsedWasAskedNorTheReverse) {
  Authenticator authenticator;
  authenticator.type = "webauthn.get";
  EXPECT_EQ(registered(authenticator), "wrong_ceremony");
  authenticator.type = "webauthn.create";
  EXPECT_EQ(asserted(authenticator), "wrong_ceremony");
}

TEST(Passkey, IsRefusedWithAnothersSignatureOrAChangedByte) {
  const Authenticator authenticator;
  const Authenticator other;
  auto answer = authenticator.asserts(challenge);
  answer.signature = other.asserts(challenge).signature;
  EXPECT_EQ(refusal_of(verify_assertion(shop, challenge, known(authenticator), answer,
                                        UserVerification::required)),
            "signature_wrong");
  answer = authenticator.asserts(challenge);
  answer.authenticator_data[36] ^= 1;  // The counter.
  EXPECT_EQ(refusal_of(verify_assertion(shop, challenge, known(authenticator), answer,
                                        UserVerification::required)),
            "signature_wrong");
  answer = authenticator.asserts(challenge);
  answer.credential_id = other.credential_id;
  EXPECT_EQ(refusal_of(verify_assertion(shop, challenge, known(authenticator), answer,
                                        UserVerification::required)),
            "signature_wrong");
}

TEST(Passkey, IsRefusedIfItSaysItIsAnotherAccounts) {
  Authenticator authenticator;
  authenticator.user_handle = "another";
  EXPECT_EQ(asserted(authenticator), "user_wrong");
  authenticator.user_handle.clear();
  EXPECT_EQ(asserted(authenticator), "accepted");
}

TEST(Passkey, MayAttestItselfButNotWrongly) {
  for (const CoseAlgorithm algorithm : {CoseAlgorithm::es256, CoseAlgorithm::eddsa}) {
    Authenticator honest(algorithm);
    EXPECT_EQ(refusal_of(verify_registration(
                  shop, challenge, honest.attests_itself(challenge, algorithm, honest.pair),
                  UserVerification::preferred)),
              "accepted")
        << static_cast<int>(algorithm);
    Authenticator forger(algorithm);
    const test::PasskeyPair stolen(algorithm);
    EXPECT_EQ(refusal_of(verify_registration(shop, challenge,
                                             forger.attests_itself(challenge, algorithm, stolen),
                                             UserVerification::preferred)),
              "attestation_wrong");
  }
  Authenticator unknown;
  unknown.format = "of-my-own";
  EXPECT_EQ(registered(unknown), "attestation_wrong");
  Authenticator chatty;
  chatty.statement = test::cbor_map(1) + test::cbor_text("alg") + test::cbor_number(-7);
  EXPECT_EQ(registered(chatty), "attestation_wrong");
}

TEST(Passkey, IsOfAKindThatWeOffered) {
  Authenticator authenticator;
  // ES384, and a point that is not on its curve.
  authenticator.cose = test::cbor_map(5) + test::cbor_number(1) + test::cbor_number(2) +
                       test::cbor_number(3) + test::cbor_number(-35) + test::cbor_number(-1) +
                       test::cbor_number(2) + test::cbor_number(-2) +
                       test::cbor_bytes(std::string(48, 'x')) + test::cbor_number(-3) +
                       test::cbor_bytes(std::string(48, 'y'));
  EXPECT_EQ(registered(authenticator), "malformed");
  authenticator.cose = test::cbor_map(5) + test::cbor_number(1) + test::cbor_number(2) +
                       test::cbor_number(3) + test::cbor_number(-7) + test::cbor_number(-1) +
                       test::cbor_number(1) + test::cbor_number(-2) +
                       test::cbor_bytes(std::string(32, 'x')) + test::cbor_number(-3) +
                       test::cbor_bytes(std::string(32, 'y'));
  EXPECT_EQ(registered(authenticator), "malformed");
}

TEST(PasskeyAnswer, IsReadFromTheBrowsersJson) {
  const Authenticator authenticator;
  const auto made = authenticator.registers(challenge);
  const auto read_made = RegistrationAnswer::parse(Authenticator::json_of(made));
  ASSERT_TRUE(read_made);
  EXPECT_EQ(read_made->attestation_object, made.attestation_object);
  EXPECT_EQ(challenge_of(read_made->client_data), challenge);
  const auto used = authenticator.asserts(challenge);
  const auto read_used = AssertionAnswer::parse(Authenticator::json_of(used));
  ASSERT_TRUE(read_used);
  EXPECT_EQ(read_used->signature, used.signature);
  EXPECT_EQ(read_used->user_handle, used.user_handle);
}

TEST(PasskeyAnswer, IsNothingElse) {
  for (
      const auto* text :
      {"", "{}", "null", "[]", R"({"id":"!","type":"public-key","response":{}})",
       R"({"id":"AA","type":"password","response":{"clientDataJSON":"AA","attestationObject":"AA"}})",
       R"({"id":"AA","type":"public-key","response":{"clientDataJSON":7,"attestationObject":"AA"}})",
       R"({"id":"AA","type":"public-key","response":"x"})"}) {
    EXPECT_FALSE(RegistrationAnswer::parse(text)) << text;
    EXPECT_FALSE(AssertionAnswer::parse(text)) << text;
  }
  EXPECT_FALSE(challenge_of(""));
  EXPECT_FALSE(challenge_of(R"({"type":"webauthn.get","challenge":"!","origin":"o"})"));
  EXPECT_FALSE(challenge_of(R"({"type":"webauthn.get","origin":"o"})"));
}

// Whatever bytes come, the answer is a refusal.
TEST(PasskeyAnswer, DamagedAnywhereIsRefused) {
  std::mt19937 random{20261201};
  const Authenticator authenticator;
  const auto passkey = known(authenticator);
  for (int round = 0; round < 3'000; ++round) {
    auto used = authenticator.asserts(challenge);
    std::string& part = round % 3 == 0   ? used.client_data
                        : round % 3 == 1 ? used.authenticator_data
                                         : used.signature;
    const std::size_t at = random() % part.size();
    const auto flipped = static_cast<char>(1U << random() % 8);
    part[at] = static_cast<char>(part[at] ^ flipped);
    ASSERT_NE(
        refusal_of(verify_assertion(shop, challenge, passkey, used, UserVerification::required)),
        "accepted");
    auto made = authenticator.registers(challenge);
    made.attestation_object.resize(random() % made.attestation_object.size());
    ASSERT_EQ(refusal_of(verify_registration(shop, challenge, made, UserVerification::preferred)),
              "malformed");
  }
}

}  // namespace
}  // namespace osier::identity
