#include "orders/staff_order_view.h"

#include <gtest/gtest.h>

#include "orders/amount.h"

namespace osier::orders {
namespace {

TEST(MaskedEmail, TellsHardlyWhoItIs_Hardening61) {
  EXPECT_EQ(masked_email("anna.lindqvist@example.com"), "a•••@e•••.com");
  EXPECT_EQ(masked_email("a@b.co.uk"), "a•••@b•••.uk");
  EXPECT_EQ(masked_email("ärger@münchen.example"), "ä•••@m•••.example");
  EXPECT_EQ(masked_email("a@localhost"), "a•••@l•••");
  for (const auto* odd : {"anna", "@example.com", "anna@"}) EXPECT_EQ(masked_email(odd), "•••");
  EXPECT_EQ(masked_email(""), "");
}

TEST(AmountOf, TakesTheCurrencysDecimalsAndNoMore) {
  const Currency euro = *Currency::parse("EUR");
  const Currency yen = *Currency::parse("JPY");
  EXPECT_EQ(amount_of("12.34", euro), Money::minor(1234, euro));
  EXPECT_EQ(amount_of("12.3", euro), Money::minor(1230, euro));
  EXPECT_EQ(amount_of("12", euro), Money::minor(1200, euro));
  EXPECT_EQ(amount_of("500", yen), Money::minor(500, yen));
  for (const auto* wrong : {"", ".5", "12.", "12.345", "-1", "1,50", "1e3", "12.3.4", " 12"})
    EXPECT_EQ(amount_of(wrong, euro), std::nullopt) << wrong;
  EXPECT_EQ(amount_of("5.5", yen), std::nullopt);
  EXPECT_EQ(amount_of("99999999999999999999", euro), std::nullopt);
}

}  // namespace
}  // namespace osier::orders
