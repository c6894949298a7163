#include "payments/reconciliation.h"

#include <gtest/gtest.h>

#include "payments/stripe_forms.h"
#include "payments/stripe_reading.h"

namespace osier::payments {
namespace {

constexpr Currency eur = Currency::of("EUR");
constexpr Instant noon{std::chrono::seconds{1'795'348'800}};
const std::string this_shop = "01930000-0000-7000-8000-00000000000a";
const PaymentId id{Uuid::v7(noon)};

Money euros(std::int64_t minor) { return Money::minor(minor, eur); }

ProviderPayment there(PaymentStatus status, std::int64_t captured, std::int64_t refunded = 0) {
  return {.id = "pi_1",
          .shop_id = this_shop,
          .payment_id = id,
          .status = status,
          .amount = euros(1000),
          .captured = euros(captured),
          .refunded = euros(refunded)};
}

Payment ours(PaymentStatus status, std::int64_t captured, std::int64_t refunded = 0) {
  Payment payment;
  payment.id = id;
  payment.provider = Provider::stripe;
  payment.status = status;
  payment.amount = euros(1000);
  payment.authorized = payment.captured = euros(captured);
  payment.refunded = euros(refunded);
  payment.provider_payment_id = "pi_1";
  return payment;
}

ReconcileStep step(const ProviderPayment& payment, const std::optional<Payment>& known,
                   bool has_order = true) {
  return step_for(payment, this_shop, known, has_order);
}

TEST(ReconcileStep, BooksWhatTheProviderKnowsBetter) {
  const auto open = ours(PaymentStatus::requires_action, 0);
  EXPECT_EQ(step(there(PaymentStatus::captured, 1000), open), ReconcileStep::book);
  EXPECT_EQ(step(there(PaymentStatus::canceled, 0), open), ReconcileStep::book);
  EXPECT_EQ(step(there(PaymentStatus::requires_action, 0), open), ReconcileStep::nothing);
  const auto paid = ours(PaymentStatus::captured, 1000);
  EXPECT_EQ(step(there(PaymentStatus::captured, 1000), paid), ReconcileStep::nothing);
  EXPECT_EQ(step(there(PaymentStatus::captured, 1000, 1), paid), ReconcileStep::book);
}

TEST(ReconcileStep, UndoesOnlyWhatIsThisShops) {
  auto paid = there(PaymentStatus::captured, 1000);
  EXPECT_EQ(step(paid, std::nullopt), ReconcileStep::undo);
  EXPECT_EQ(step(there(PaymentStatus::captured, 1000, 1000), std::nullopt), ReconcileStep::nothing);
  EXPECT_EQ(step(there(PaymentStatus::canceled, 0), std::nullopt), ReconcileStep::nothing);
  paid.shop_id.clear();
  EXPECT_EQ(step(paid, std::nullopt), ReconcileStep::nothing);
  paid.shop_id = "another";
  EXPECT_EQ(step(paid, std::nullopt), ReconcileStep::nothing);
}

TEST(ReconcileStep, EndsAPaymentWithoutItsOrder) {
  EXPECT_EQ(
      step(there(PaymentStatus::captured, 1000), ours(PaymentStatus::requires_action, 0), false),
      ReconcileStep::end);
  EXPECT_EQ(step(there(PaymentStatus::captured, 1000, 1000),
                 ours(PaymentStatus::captured, 1000, 1000), false),
            ReconcileStep::nothing);
}

TEST(ReconcileStep, ReportsMoneyUnderAnotherIdAndCancelsWhatHasNone) {
  auto other = there(PaymentStatus::captured, 1000);
  other.id = "pi_2";
  EXPECT_EQ(step(other, ours(PaymentStatus::captured, 1000)), ReconcileStep::report);
  auto open = there(PaymentStatus::requires_action, 0);
  open.id = "pi_2";
  EXPECT_EQ(step(open, ours(PaymentStatus::captured, 1000)), ReconcileStep::undo);
}

TEST(Differences, AreNoneWhereBothAgree) {
  EXPECT_TRUE(differences(ours(PaymentStatus::captured, 1000), there(PaymentStatus::captured, 1000))
                  .empty());
  EXPECT_TRUE(differences(ours(PaymentStatus::requires_action, 0), std::nullopt).empty());
}

TEST(StripeLists, AreReadWithTheirMetadata) {
  const auto page = read_intents(R"({"object":"list","has_more":true,"data":[{"id":"pi_1",
      "status":"succeeded","currency":"eur","amount":1000,"amount_received":1000,
      "latest_charge":{"id":"ch_1","amount_refunded":200},
      "metadata":{"payment_id":"p","shop_id":"s"}}]})");
  ASSERT_EQ(page.intents.size(), 1U);
  EXPECT_TRUE(page.has_more);
  EXPECT_EQ(page.intents[0].shop_id, "s");
  EXPECT_EQ(page.intents[0].amount, euros(1000));
  EXPECT_EQ(page.intents[0].refunded, euros(200));
  EXPECT_EQ(status_of(page.intents[0]), PaymentStatus::captured);
  EXPECT_THROW(read_intents(R"({"object":"list"})"), ProviderUnavailable);
  EXPECT_THROW(read_intents(R"({"data":[1]})"), ProviderUnavailable);
}

TEST(StripeForms, SayWhoseThePaymentIsAndWhatIsUndone) {
  Purchase purchase;
  purchase.amount = euros(1000);
  EXPECT_NE(intent_form(purchase, this_shop)->find("metadata[shop_id]=" + this_shop),
            std::string::npos);
  EXPECT_EQ(intent_form(purchase)->find("shop_id"), std::string::npos);
  EXPECT_EQ(undo_form("pi_1", euros(1000)).value(),
            "payment_intent=pi_1&amount=1000&metadata[reason]=payment_without_order");
  EXPECT_FALSE(undo_form("pi_1", euros(0)));
}

}  // namespace
}  // namespace osier::payments
