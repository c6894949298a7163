#include "platform/crypto/ed25519.h"

#include <gtest/gtest.h>

#include "platform/crypto/crypto.h"

namespace osier::crypto {
namespace {

// RFC 8032, section 7.1, test 3.
TEST(Ed25519, AgreesWithRfc8032) {
  const auto seed = *from_hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  const auto key = SigningKey::parse(Secret(to_base64(seed)));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(*from_base64(key->public_key().text())),
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const std::string message("\xaf\x82", 2);
  EXPECT_EQ(to_hex(key->sign(message)),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST(Ed25519, BelievesNothingElse) {
  SystemRandom random;
  const auto key = SigningKey::make(random);
  const auto other = SigningKey::make(random);
  std::string signature = key.sign("head 12");
  EXPECT_TRUE(key.public_key().has_signed("head 12", signature));
  EXPECT_FALSE(key.public_key().has_signed("head 13", signature));
  EXPECT_FALSE(other.public_key().has_signed("head 12", signature));
  EXPECT_FALSE(key.public_key().has_signed("head 12", signature + "\n"));
  signature[10] = static_cast<char>(signature[10] ^ 1);
  EXPECT_FALSE(key.public_key().has_signed("head 12", signature));
}

TEST(Ed25519, KeysComeBackFromTheirTexts) {
  SystemRandom random;
  const auto key = SigningKey::make(random);
  EXPECT_EQ(SigningKey::parse(key.text())->public_key(), key.public_key());
  EXPECT_EQ(PublicKey::parse(key.public_key().text()), key.public_key());
  EXPECT_FALSE(PublicKey::parse("c2hvcnQ="));
  EXPECT_FALSE(SigningKey::parse(Secret("not base64")));
}

}  // namespace
}  // namespace osier::crypto
