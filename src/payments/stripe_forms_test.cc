#include "payments/stripe_forms.h"

#include <gtest/gtest.h>

#include "payments/stripe_breaker.h"
#include "platform/http/message.h"

namespace osier::payments {
namespace {

constexpr Currency eur = Currency::of("EUR");
constexpr Instant noon{std::chrono::seconds{1'795'348'800}};

Purchase two_mugs() {
  return {.payment_id = PaymentId{*Uuid::parse("01930000-0000-7000-8000-000000000001")},
          .payable_id = PayableId{*Uuid::parse("01930000-0000-7000-8000-000000000002")},
          .order_number = "1001",
          .amount = Money::minor(5'290, eur),
          .lines = {{.title = "Speckled mug", .quantity = 2, .total = Money::minor(4'800, eur)},
                    {.title = "Parcel & care", .quantity = 1, .total = Money::minor(490, eur)}},
          .email = "ida@example.org",
          .locale = "de-AT",
          .success_url = "https://shop.example/orders/t?paid=1",
          .cancel_url = "https://shop.example/orders/t",
          .expires_at = noon};
}

http::Parameters form_of(const Purchase& purchase) {
  const auto form = session_form(purchase);
  if (!form) return {};
  return http::Parameters::parse(*form).value_or(http::Parameters{});
}

TEST(SessionForm, SaysWhatTheShopperPaysForLineByLine) {
  const auto form = form_of(two_mugs());
  EXPECT_EQ(form.get("mode"), "payment");
  EXPECT_EQ(form.get("line_items[0][price_data][product_data][name]"), "2 × Speckled mug");
  EXPECT_EQ(form.get("line_items[0][price_data][unit_amount]"), "4800");
  EXPECT_EQ(form.get("line_items[0][quantity]"), "1");
  EXPECT_EQ(form.get("line_items[1][price_data][product_data][name]"), "Parcel & care");
  EXPECT_EQ(form.get("line_items[1][price_data][currency]"), "eur");
  EXPECT_FALSE(form.get("line_items[2][quantity]"));
}

TEST(SessionForm, CarriesOurIdsAndWhereToReturn) {
  const auto form = form_of(two_mugs());
  const std::string id = "01930000-0000-7000-8000-000000000001";
  EXPECT_EQ(form.get("metadata[payment_id]"), id);
  EXPECT_EQ(form.get("payment_intent_data[metadata][payment_id]"), id);
  EXPECT_EQ(form.get("metadata[order_id]"), "01930000-0000-7000-8000-000000000002");
  EXPECT_EQ(form.get("success_url"), "https://shop.example/orders/t?paid=1");
  EXPECT_EQ(form.get("customer_email"), "ida@example.org");
  EXPECT_EQ(form.get("locale"), "de");
}

// Made at the last moment of its hold, it still lives longer than Stripe's half hour.
TEST(SessionForm, LivesLongEnoughForStripeAndDoesNotDependOnTheTime) {
  const auto form = form_of(two_mugs());
  EXPECT_EQ(form.get("expires_at"), std::to_string(1'795'348'800 + 31 * 60));
  EXPECT_EQ(session_form(two_mugs()), session_form(two_mugs()));
}

TEST(SessionForm, SaysOneSumWhereTheLinesAreNotTheAmount) {
  auto purchase = two_mugs();
  purchase.amount = Money::minor(5'000, eur);
  const auto form = form_of(purchase);
  EXPECT_EQ(form.get("line_items[0][price_data][unit_amount]"), "5000");
  EXPECT_EQ(form.get("line_items[0][price_data][product_data][name]"), "#1001");
  EXPECT_FALSE(form.get("line_items[1][quantity]"));
}

TEST(SessionForm, SaysOneSumPastTheHundredthLine) {
  auto purchase = two_mugs();
  purchase.lines.assign(101, {.title = "Spoon", .quantity = 1, .total = Money::minor(100, eur)});
  purchase.amount = Money::minor(10'100, eur);
  EXPECT_FALSE(form_of(purchase).get("line_items[1][quantity]"));
  purchase.lines.pop_back();
  purchase.amount = Money::minor(10'000, eur);
  EXPECT_TRUE(form_of(purchase).get("line_items[99][quantity]"));
}

TEST(SessionForm, CutsLongNamesBetweenLetters) {
  auto purchase = two_mugs();
  purchase.lines[0].title = std::string(247, 'a') + "ß" + std::string(99, 'b');
  purchase.lines[0].quantity = 1;
  const auto name = form_of(purchase).get("line_items[0][price_data][product_data][name]");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->size(), 250u);
  purchase.lines[0].title = std::string(249, 'a') + "ß";
  const auto shorter = form_of(purchase);
  EXPECT_EQ(shorter.get("line_items[0][price_data][product_data][name]"), std::string(249, 'a'));
}

TEST(SessionForm, IsNotMadeForNothing) {
  auto purchase = two_mugs();
  purchase.amount = Money::zero(eur);
  EXPECT_FALSE(session_form(purchase));
  EXPECT_FALSE(intent_form(purchase));
}

// Hardening 70, and Stripe's own exceptions from ISO 4217.
TEST(StripeAmount, CountsInStripesUnits) {
  EXPECT_EQ(to_stripe_amount(Money::minor(1'230, eur)), 1'230);
  EXPECT_EQ(to_stripe_amount(Money::minor(500, Currency::of("JPY"))), 500);
  EXPECT_EQ(to_stripe_amount(Money::minor(1'230, Currency::of("KWD"))), 1'230);
  EXPECT_FALSE(to_stripe_amount(Money::minor(1'234, Currency::of("KWD"))));
  EXPECT_FALSE(to_stripe_amount(Money::minor(1'231, Currency::of("TND"))));
  EXPECT_EQ(to_stripe_amount(Money::minor(500, Currency::of("ISK"))), 50'000);
  EXPECT_EQ(to_stripe_amount(Money::minor(500, Currency::of("MGA"))), 5);
  EXPECT_FALSE(to_stripe_amount(Money::minor(501, Currency::of("MGA"))));
  EXPECT_FALSE(to_stripe_amount(Money::minor(INT64_MAX, Currency::of("ISK"))));
  for (const char* code : {"EUR", "JPY", "KWD", "ISK", "UGX", "MGA"}) {
    const Money amount = Money::minor(12'300, *Currency::parse(code));
    EXPECT_EQ(from_stripe_amount(*to_stripe_amount(amount), amount.currency()), amount) << code;
  }
}

TEST(StripeLocale, IsOneThatStripeHas) {
  EXPECT_EQ(stripe_locale("en-GB"), "en-GB");
  EXPECT_EQ(stripe_locale("de-CH"), "de");
  EXPECT_EQ(stripe_locale("eo"), "auto");
  EXPECT_EQ(stripe_locale(""), "auto");
}

TEST(StripeBreaker, OpensAfterFailuresInARowAndTriesOnceAfterThePause) {
  StripeBreaker breaker(2, 10s);
  EXPECT_TRUE(breaker.lets_through(noon));
  breaker.failed(noon);
  breaker.succeeded();
  breaker.failed(noon);
  EXPECT_TRUE(breaker.lets_through(noon));
  breaker.failed(noon);
  EXPECT_FALSE(breaker.lets_through(noon + 9s));
  EXPECT_TRUE(breaker.lets_through(noon + 10s));
  EXPECT_FALSE(breaker.lets_through(noon + 10s));  // The first one is still under way.
  breaker.failed(noon + 11s);
  EXPECT_FALSE(breaker.lets_through(noon + 20s));
  EXPECT_TRUE(breaker.lets_through(noon + 21s));
  breaker.succeeded();
  EXPECT_TRUE(breaker.lets_through(noon + 21s));
}

}  // namespace
}  // namespace osier::payments
