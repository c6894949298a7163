#include "orders/withdrawal.h"

#include <gtest/gtest.h>

namespace osier::orders {
namespace {

http::Parameters form_of(const std::string& text) { return *http::Parameters::parse(text); }

TEST(WithdrawalForm, TakesNamesInEveryScriptAndOneLine) {
  const auto read = read_withdrawal_form(
      form_of("name=+Zo%C3%AB+O%27Brien-%E6%9D%8E+&order_number=1001&email=zoe%40example.org&"
              "goods=Two+mugs%0D%0Aand+a+bowl"));
  EXPECT_TRUE(read.errors.empty());
  EXPECT_EQ(read.declaration.name, "Zoë O'Brien-李");
  EXPECT_EQ(read.declaration.goods, "Two mugs  and a bowl");
  EXPECT_EQ(parse_declaration(write_declaration(read.declaration)), read.declaration);
}

TEST(WithdrawalForm, NamesEachFieldThatIsMissing) {
  const auto read = read_withdrawal_form(form_of("goods=mugs"));
  EXPECT_EQ(read.errors.size(), 3U);
  EXPECT_EQ(read.errors.at("name"), "withdrawal.error_name");
  EXPECT_EQ(read.errors.at("order_number"), "withdrawal.error_number");
  EXPECT_EQ(read.errors.at("email"), "withdrawal.error_email");
}

TEST(WithdrawalForm, RefusesTwoAddressesAndLineBreaksInOne) {
  for (const std::string email :
       {"a%40example.org%2C+b%40example.org", "a%40example.org%0Ax", "a", ""}) {
    const auto read = read_withdrawal_form(form_of("name=A&order_number=1&email=" + email));
    EXPECT_TRUE(read.errors.contains("email")) << email;
  }
}

TEST(WithdrawalForm, ANameMayHave120CharactersAndNotOneMore) {
  const std::string rest = "&order_number=1&email=a%40example.org";
  EXPECT_TRUE(read_withdrawal_form(form_of("name=" + std::string(120, 'x') + rest)).errors.empty());
  EXPECT_EQ(read_withdrawal_form(form_of("name=" + std::string(121, 'x') + rest)).errors.at("name"),
            "withdrawal.error_too_long");
}

TEST(WithdrawalForm, AFieldThatStandsTwiceIsNotGuessed) {
  const auto read =
      read_withdrawal_form(form_of("name=A&name=B&order_number=1&email=a%40example.org"));
  EXPECT_EQ(read.errors.at("name"), "withdrawal.error_characters");
}

}  // namespace
}  // namespace osier::orders
