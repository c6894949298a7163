#include "identity/cbor.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "platform/crypto/crypto.h"

namespace osier::identity {
namespace {

std::optional<Cbor> read_hex(const std::string& hex) {
  static std::string bytes;  // Outlives what is read of it, until the next.
  bytes = crypto::from_hex(hex).value();
  return Cbor::read(bytes);
}

// RFC 8949 appendix A.
TEST(Cbor, IsThatOfTheStandard) {
  EXPECT_EQ(read_hex("00")->number(), 0);
  EXPECT_EQ(read_hex("17")->number(), 23);
  EXPECT_EQ(read_hex("1903e8")->number(), 1'000);
  EXPECT_EQ(read_hex("1b000000e8d4a51000")->number(), 1'000'000'000'000);
  EXPECT_EQ(read_hex("20")->number(), -1);
  EXPECT_EQ(read_hex("390100")->number(), -257);
  EXPECT_EQ(read_hex("4401020304")->bytes(), std::string_view("\1\2\3\4"));
  EXPECT_EQ(read_hex("6449455446")->text(), "IETF");
  EXPECT_EQ(read_hex("83010203")->elements().size(), 3u);
  EXPECT_EQ(read_hex("f5")->kind(), Cbor::Kind::simple);
  const auto map = read_hex("a26161016162820203");
  ASSERT_TRUE(map);
  ASSERT_NE(map->find("b"), nullptr);
  EXPECT_EQ(map->find("b")->elements().size(), 2u);
  EXPECT_EQ(map->find("c"), nullptr);
  EXPECT_EQ(map->find(1), nullptr);
}

TEST(Cbor, LeavesWhatStandsBehindTheItem) {
  const auto map = read_hex("a10126ff00");
  ASSERT_TRUE(map);
  EXPECT_EQ(map->encoded().size(), 3u);
  ASSERT_NE(map->find(1), nullptr);
  EXPECT_EQ(map->find(1)->number(), -7);
}

TEST(Cbor, IsRefusedIfItIsAmbiguousOrEndless) {
  EXPECT_FALSE(read_hex(""));
  EXPECT_FALSE(read_hex("18"));                  // Cut short.
  EXPECT_FALSE(read_hex("42ff"));                // A string of two bytes with one.
  EXPECT_FALSE(read_hex("5f4101ff"));            // Of indefinite length.
  EXPECT_FALSE(read_hex("9f01ff"));              // An array of indefinite length.
  EXPECT_FALSE(read_hex("bf0101ff"));            // A map of indefinite length.
  EXPECT_FALSE(read_hex("c001"));                // Tagged.
  EXPECT_FALSE(read_hex("f93c00"));              // 1.0.
  EXPECT_FALSE(read_hex("fb3ff199999999999a"));  // 1.1.
  EXPECT_FALSE(read_hex("a201010102"));          // A key twice.
  EXPECT_FALSE(read_hex("a20101180102"));        // A key twice, written in two ways.
  EXPECT_FALSE(read_hex("1bffffffffffffffff"));  // More than 63 bits.
  EXPECT_FALSE(read_hex("81818181818101"));      // Deeper than anything of ours.
}

// Few bytes that claim much must not take much memory.
TEST(Cbor, BelievesNoLengthBeyondItsBytes) {
  EXPECT_FALSE(read_hex("9bffffffffffffffff"));
  EXPECT_FALSE(read_hex("bb7fffffffffffffff"));
  EXPECT_FALSE(read_hex("bb8000000000000001"));  // Twice that is two.
  EXPECT_FALSE(read_hex("5b7fffffffffffffff00"));
  EXPECT_FALSE(read_hex("9a40000000" + std::string(200, '0')));
}

TEST(Cbor, OfChanceDoesNoHarm) {
  std::mt19937 random{20261201};
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (const auto item = Cbor::read(bytes)) {
      ASSERT_LE(item->encoded().size(), bytes.size());
    }
  }
}

}  // namespace
}  // namespace osier::identity
