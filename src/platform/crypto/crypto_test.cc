#include "platform/crypto/crypto.h"

#include <gtest/gtest.h>

namespace osier::crypto {
namespace {

TEST(Hash, AgreesWithFips180) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(token_hash("abc"), sha256_hex("abc"));
}

TEST(Hmac, AgreesWithRfc4231AndWithAStripeSignature) {
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256_hex("whsec_test_secret", R"(1700000000.{"id":"evt_1","object":"event"})"),
            "0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd");
  EXPECT_EQ(hmac_sha256_hex({}, {}),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hex, ComesBackAndRefusesTheRest) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(from_hex("00FF10"), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
  EXPECT_EQ(from_hex(""), "");
}

TEST(Base64, ComesBackForEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
  EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(Base64, RefusesWhatIsNotIts) {
  EXPECT_EQ(from_base64("+/8"), std::nullopt);      // Padding is missing.
  EXPECT_EQ(from_base64("-_8="), std::nullopt);     // The other alphabet.
  EXPECT_EQ(from_base64("+/8= "), std::nullopt);    // Something behind.
  EXPECT_EQ(from_base64("+/9="), std::nullopt);     // Bits that nothing says.
  EXPECT_EQ(from_base64url("-_8="), std::nullopt);  // Padding is not ours.
  EXPECT_EQ(from_base64url("!"), std::nullopt);
}

// RFC 4648 section 10, without its padding.
TEST(Base32, IsThatOfTheStandard) {
  EXPECT_EQ(to_base32(""), "");
  EXPECT_EQ(to_base32("f"), "MY");
  EXPECT_EQ(to_base32("fo"), "MZXQ");
  EXPECT_EQ(to_base32("foo"), "MZXW6");
  EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
  EXPECT_EQ(to_base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
}

// RFC 2202 section 3, case 2.
TEST(Hmac, WithSha1IsThatOfTheStandard) {
  EXPECT_EQ(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Comparison, TellsEqualFromOther) {
  EXPECT_TRUE(equal_in_constant_time("same", "same"));
  EXPECT_FALSE(equal_in_constant_time("same", "sane"));
  EXPECT_FALSE(equal_in_constant_time("same", "same "));
}

}  // namespace
}  // namespace osier::crypto
