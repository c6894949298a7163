#include "privacy/email.h"

#include <gtest/gtest.h>

namespace osier::privacy {
namespace {

TEST(NormalisedEmail, IsOneSpellingForOneMailbox) {
  EXPECT_EQ(normalised_email("Anna@Example.COM"), "anna@example.com");
  EXPECT_EQ(normalised_email("  anna@example.com\t"), "anna@example.com");
  EXPECT_EQ(normalised_email("\u00a0anna@example.com\u2003"), "anna@example.com");
  EXPECT_EQ(normalised_email("ÉMILE@example.com"), normalised_email("e\u0301mile@example.com"));
}

TEST(NormalisedEmail, HasTheDomainAsALabels) {
  EXPECT_EQ(normalised_email("ida@bücher.example"), "ida@xn--bcher-kva.example");
  EXPECT_EQ(normalised_email("ida@BÜCHER.example"), "ida@xn--bcher-kva.example");
  EXPECT_EQ(normalised_email("ida@XN--BCHER-KVA.example"), "ida@xn--bcher-kva.example");
  EXPECT_EQ(normalised_email("ida@straße.example"), "ida@xn--strae-oqa.example");
  EXPECT_EQ(normalised_email("用户@例え.jp"), "用户@xn--r8jz45g.jp");
  EXPECT_EQ(normalised_email("ida@example。com"), "ida@example.com");
}

TEST(NormalisedEmail, PlaysNoGamesWithDotsAndTags) {
  EXPECT_NE(normalised_email("an.na@gmail.com"), normalised_email("anna@gmail.com"));
  EXPECT_EQ(normalised_email("anna+shop@gmail.com"), "anna+shop@gmail.com");
}

TEST(NormalisedEmail, TakesWhatIsNoAddress) {
  EXPECT_EQ(normalised_email(""), "");
  EXPECT_EQ(normalised_email(" Anna "), "anna");
  EXPECT_EQ(normalised_email("A@B@Example.com"), "a@b@example.com");
  EXPECT_EQ(normalised_email("anna@[IPv6:2001:DB8::1]"), "anna@[ipv6:2001:db8::1]");
  EXPECT_EQ(normalised_email("anna@"), "anna@");
  EXPECT_EQ(normalised_email(std::string(320, 'A')), std::string(320, 'a'));
}

}  // namespace
}  // namespace osier::privacy
