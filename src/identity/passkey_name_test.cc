#include "identity/passkey_name.h"

#include <gtest/gtest.h>

namespace osier::identity {
namespace {

TEST(PasskeyName, IsWhatWasTypedInAnyScript) {
  EXPECT_EQ(passkey_name("  Blue key "), "Blue key");
  EXPECT_EQ(passkey_name("مفتاح 🔑 \"O'Neill\" <b>"), "مفتاح 🔑 \"O'Neill\" <b>");
}

TEST(PasskeyName, HasOneToSixtyCharacters) {
  EXPECT_FALSE(passkey_name(""));
  EXPECT_FALSE(passkey_name(" \t "));
  std::string name;
  for (int i = 0; i < 60; ++i) name += "ü";
  EXPECT_EQ(passkey_name(name), name);
  EXPECT_FALSE(passkey_name(name + "ü"));
}

TEST(PasskeyName, HasNoControlCharacters) {
  EXPECT_FALSE(passkey_name("two\nlines"));
  EXPECT_FALSE(passkey_name(std::string_view("a\0b", 3)));
  EXPECT_FALSE(passkey_name("\x1b[31m"));
}

}  // namespace
}  // namespace osier::identity
