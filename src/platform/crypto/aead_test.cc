#include "platform/crypto/aead.h"

#include <gtest/gtest.h>

namespace osier::crypto {
namespace {

TEST(Aead, OpensWhatItSealed) {
  SystemRandom random;
  const auto key = SealingKey::make(random);
  for (const std::string& text :
       {std::string(), std::string("Anna Ö"), std::string(100'000, 'x')}) {
    const auto sealed = seal(key, random, "here", text);
    EXPECT_EQ(sealed.size(), text.size() + sealing_overhead);
    EXPECT_EQ(open(key, "here", sealed), text);
  }
}

TEST(Aead, IsAnotherTextEachTime) {
  SystemRandom random;
  const auto key = SealingKey::make(random);
  EXPECT_NE(seal(key, random, "", "same"), seal(key, random, "", "same"));
}

TEST(Aead, OpensByNoOtherKeyAndForNoOtherContext) {
  SystemRandom random;
  const auto key = SealingKey::make(random);
  const auto sealed = seal(key, random, "table|1", "text");
  EXPECT_EQ(open(SealingKey::make(random), "table|1", sealed), std::nullopt);
  EXPECT_EQ(open(key, "table|2", sealed), std::nullopt);
  EXPECT_EQ(open(key, "", sealed), std::nullopt);
}

TEST(Aead, DoesNotOpenWhatWasChangedInAnyByte) {
  SystemRandom random;
  const auto key = SealingKey::make(random);
  const auto sealed = seal(key, random, "here", "a text");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(open(key, "here", changed), std::nullopt) << "byte " << i;
    EXPECT_EQ(open(key, "here", sealed.substr(0, i)), std::nullopt) << "cut at " << i;
  }
  EXPECT_EQ(open(key, "here", sealed + '\0'), std::nullopt);
}

// draft-irtf-cfrg-xchacha-03 appendix A.3.1: key, nonce and text are given, so is the result.
TEST(Aead, IsTheXChaCha20Poly1305OfTheDraft) {
  const auto unhex = [](std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
      bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
  };
  const auto key =
      SealingKey::from(unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"));
  const auto sealed = unhex(
      "404142434445464748494a4b4c4d4e4f5051525354555657"
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda"
      "7e39"
      "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3"
      "fff9"
      "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
  EXPECT_EQ(open(*key, unhex("50515253c0c1c2c3c4c5c6c7"), sealed),
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
            "future, sunscreen would be it.");
}

TEST(SealingKey, Has32Bytes) {
  EXPECT_FALSE(SealingKey::from(std::string(31, 'k')));
  EXPECT_TRUE(SealingKey::from(std::string(32, 'k')));
  EXPECT_FALSE(SealingKey::from(std::string(33, 'k')));
}

}  // namespace
}  // namespace osier::crypto
