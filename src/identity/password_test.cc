#include "identity/password.h"

#include <gtest/gtest.h>

namespace osier::identity {
namespace {

const std::vector<std::string> ada = {"Ada Lovelace", "ada.lovelace@example.org", "Osier Goods"};

PasswordRefusal refusal_of(std::string_view typed, OtherFactor other = OtherFactor::none) {
  const auto accepted = accept_new_password(typed, other, ada);
  EXPECT_FALSE(accepted) << typed;
  return accepted ? PasswordRefusal{} : accepted.error();
}

bool is_accepted(std::string_view typed, OtherFactor other = OtherFactor::none) {
  return accept_new_password(typed, other, ada).has_value();
}

TEST(Password, NeedsFifteenCharactersAloneAndEightBesideASecondFactor) {
  EXPECT_TRUE(is_accepted("wibble kraut 7q"));
  EXPECT_EQ(refusal_of("wibble kraut 7"), PasswordRefusal::too_short);
  EXPECT_TRUE(is_accepted("kr4ut-q9", OtherFactor::present));
  EXPECT_EQ(refusal_of("kr4ut-q", OtherFactor::present), PasswordRefusal::too_short);
}

// Hardening 53.
TEST(Password, MayHave128CharactersOfAnyScript) {
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += "雪é";
  EXPECT_TRUE(is_accepted(longest));
  EXPECT_EQ(refusal_of(longest + "a"), PasswordRefusal::too_long);
  EXPECT_EQ(refusal_of(std::string(1'000'000, 'a')), PasswordRefusal::too_long);
  EXPECT_FALSE(normalised_password(std::string(129, 'a')));
}

TEST(Password, CountsCharactersNotBytes) {
  EXPECT_EQ(refusal_of("雪雪雪雪雪"), PasswordRefusal::too_short);  // 15 bytes.
  EXPECT_TRUE(is_accepted("🐢 мышь 雪 zaḥīr 🦊"));
}

// Hardening 53: é as one character and as e with an accent beside it are one password.
TEST(Password, IsTheSameComposedAndDecomposed) {
  const auto composed = normalised_password("caf\u00E9 au lait, s'il vous pla\u00EEt");
  const auto decomposed = normalised_password("cafe\u0301 au lait, s'il vous plai\u0302t");
  ASSERT_TRUE(composed && decomposed);
  EXPECT_EQ(composed->reveal(), decomposed->reveal());
}

// Hardening 53.
TEST(Password, HasNoControlCharactersAndIsUtf8) {
  using namespace std::string_view_literals;
  EXPECT_EQ(refusal_of("wibble kraut\0 7q!"sv), PasswordRefusal::control_character);
  EXPECT_EQ(refusal_of("wibble kraut\x1b 7q!"), PasswordRefusal::control_character);
  EXPECT_FALSE(normalised_password("wibble \xff kraut"));
}

TEST(Password, NeedsNoDigitNorSign) {
  EXPECT_TRUE(is_accepted("turtle gravel sonnet"));
  EXPECT_TRUE(is_accepted("   spaces   are   fine   turtle   "));
}

// Hardening 53.
TEST(Password, IsRefusedIfItIsKnownToEveryGuesser) {
  EXPECT_EQ(refusal_of("password", OtherFactor::present), PasswordRefusal::common);
  EXPECT_EQ(refusal_of("P4ssw0rd", OtherFactor::present), PasswordRefusal::common);
  EXPECT_EQ(refusal_of("iloveyou", OtherFactor::present), PasswordRefusal::common);
  EXPECT_EQ(refusal_of("passwordpassword"), PasswordRefusal::common);
  EXPECT_EQ(refusal_of("qwertyuiopasdfghjkl"), PasswordRefusal::common);
  EXPECT_EQ(refusal_of("éééééééééééééééééééé"), PasswordRefusal::easily_guessed);
  EXPECT_EQ(refusal_of("jkl;jkl;jkl;jkl;jkl;"), PasswordRefusal::easily_guessed);
}

TEST(Password, IsRefusedIfItIsMadeOfOnesOwnName) {
  EXPECT_EQ(refusal_of("ada.lovelace@example.org"), PasswordRefusal::own_words);
  EXPECT_EQ(refusal_of("AdaLovelaceAdaLovelace"), PasswordRefusal::own_words);
  EXPECT_EQ(refusal_of("osier goods osier"), PasswordRefusal::own_words);
}

TEST(Password, StrengthRisesWithGuesses) {
  const auto strength = [](std::string_view text) {
    return strength_of(*normalised_password(text), {});
  };
  EXPECT_EQ(strength("password").score, 0);
  EXPECT_EQ(strength("password").parts, std::vector{PasswordPart::common_word});
  EXPECT_EQ(strength("turtle gravel sonnet whisk").score, 4);
  EXPECT_LT(strength("qwertyuiop").bits, strength("qwertyuiop vex").bits);
}

}  // namespace
}  // namespace osier::identity
