#include "checkout/checkout_form.h"

#include <gtest/gtest.h>

namespace osier::checkout {
namespace {

catalog::Market germany_and_states() {
  catalog::Market market;
  market.code = "eu";
  market.countries = {"DE", "US"};
  market.default_country = "DE";
  market.provinces = {{"US", "NJ", "New Jersey"}};
  return market;
}

CheckoutForm read(const std::string& body) {
  const auto form = http::Parameters::parse(body);
  EXPECT_TRUE(form);
  return read_checkout_form(*form, germany_and_states());
}

const std::string complete =
    "email=ada%40example.com&name=Ada+L&line1=Weg+1&postal_code=10115&city=Berlin&country=DE&"
    "shipping_option=0190&payment=stripe&total=2900";

TEST(CheckoutForm, TakesACompleteOrder) {
  const auto form = read(complete + "&order=1");
  EXPECT_TRUE(form.is_order);
  EXPECT_TRUE(form.errors.empty());
  EXPECT_EQ(form.contact.shipping.city, "Berlin");
}

TEST(CheckoutForm, NamesEachMissingFieldOfAnOrder) {
  const auto form = read("country=DE&order=1");
  for (const char* field :
       {"email", "name", "line1", "postal_code", "city", "shipping_option", "payment"}) {
    EXPECT_TRUE(form.errors.contains(field)) << field;
  }
}

TEST(CheckoutForm, AsksForNothingWhilePricesAreUpdated) {
  EXPECT_TRUE(read("country=DE&update=1").errors.empty());
}

TEST(CheckoutForm, AnUpdateButtonWinsOverTheOrderButton) {
  EXPECT_FALSE(read(complete + "&order=1&update=1").is_order);
}

TEST(CheckoutForm, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(read("name=" + std::string(121, 'a')).errors.contains("name"));
  EXPECT_FALSE(read("name=" + std::string(120, 'a')).errors.contains("name"));
  EXPECT_TRUE(read("name=a%0d%0ab").errors.contains("name"));
  EXPECT_TRUE(read("city=a&city=b").errors.contains("city"));
  EXPECT_TRUE(read("country=FR").errors.contains("country"));
}

TEST(CheckoutForm, AStateIsAskedForWhereThereAreStates) {
  EXPECT_TRUE(read("country=US&order=1").errors.contains("province"));
  EXPECT_TRUE(read("country=US&province=XX").errors.contains("province"));
  EXPECT_FALSE(read("country=US&province=NJ&order=1").errors.contains("province"));
  EXPECT_EQ(read("country=DE&province=NJ").contact.shipping.province, "");
}

TEST(Email, IsOneAddressWithADomain) {
  for (const char* good :
       {"a@b.de", "first.last+tag@sub.example.com", "ü@bücher.example", "o'neil@example.org"}) {
    EXPECT_TRUE(is_email(good)) << good;
  }
  for (const char* bad : {"", "a", "@b.de", "a@b", "a@b.de,c@d.de", "a b@c.de", "a@b..de", "a@.de",
                          "a@@b.de", "<a@b.de>"}) {
    EXPECT_FALSE(is_email(bad)) << bad;
  }
  EXPECT_TRUE(is_email(std::string(64, 'a') + "@" + std::string(185, 'b') + ".de"));
  EXPECT_FALSE(is_email(std::string(64, 'a') + "@" + std::string(187, 'b') + ".de"));
}

}  // namespace
}  // namespace osier::checkout
