#include "orders/order_status.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "orders/address.h"
#include "orders/settlement.h"

namespace osier::orders {
namespace {

using payments::Booking;
using payments::Payment;
using payments::PaymentId;
using payments::PaymentStatus;

constexpr Currency eur = Currency::of("EUR");

Money euros(std::int64_t minor) { return Money::minor(minor, eur); }

PaymentId id_of(int n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = static_cast<std::uint8_t>(n);
  return PaymentId{Uuid(bytes)};
}

Payment payment_of(int n, PaymentStatus status, std::int64_t captured = 0,
                   std::int64_t refunded = 0) {
  Payment payment;
  payment.id = id_of(n);
  payment.status = status;
  payment.amount = euros(1000);
  payment.authorized = payment.captured = euros(captured);
  payment.refunded = euros(refunded);
  return payment;
}

TEST(OrderStatus, MovesOnlyAsItsStatesAllow) {
  using enum OrderStatus;
  const std::vector<OrderStatus> all{draft, pending, placed, completed, expired, canceled};
  const std::vector<std::pair<OrderStatus, OrderStatus>> allowed{
      {draft, pending},    {pending, placed},  {pending, expired}, {pending, canceled},
      {placed, completed}, {placed, canceled}, {expired, placed}};
  for (const auto from : all) {
    for (const auto to : all) {
      const bool is_allowed = std::ranges::find(allowed, std::pair(from, to)) != allowed.end();
      EXPECT_EQ(may_move(from, to), is_allowed) << to_string(from) << " to " << to_string(to);
    }
  }
}

TEST(OrderStatus, HoldsStockWhilePendingAndPlaced) {
  EXPECT_TRUE(holds_stock(OrderStatus::pending));
  EXPECT_TRUE(holds_stock(OrderStatus::placed));
  EXPECT_FALSE(holds_stock(OrderStatus::draft));
  EXPECT_FALSE(holds_stock(OrderStatus::completed));
  EXPECT_FALSE(holds_stock(OrderStatus::expired));
}

OrderPaymentStatus derive(std::vector<Payment> payments) {
  return derive_payment_status(euros(1000), payments);
}

TEST(OrderPaymentStatus, FollowsFromThePayments) {
  using enum PaymentStatus;
  EXPECT_EQ(derive({}), OrderPaymentStatus::unpaid);
  EXPECT_EQ(derive({payment_of(1, created)}), OrderPaymentStatus::unpaid);
  EXPECT_EQ(derive({payment_of(1, requires_action)}), OrderPaymentStatus::pending);
  EXPECT_EQ(derive({payment_of(1, failed), payment_of(2, processing)}),
            OrderPaymentStatus::pending);
  EXPECT_EQ(derive({payment_of(1, authorized)}), OrderPaymentStatus::authorized);
  EXPECT_EQ(derive({payment_of(1, captured, 999)}), OrderPaymentStatus::partially_paid);
  EXPECT_EQ(derive({payment_of(1, captured, 1000)}), OrderPaymentStatus::paid);
  EXPECT_EQ(derive({payment_of(1, captured, 1001)}), OrderPaymentStatus::overpaid);
  EXPECT_EQ(derive({payment_of(1, captured, 1000), payment_of(2, captured, 1000)}),
            OrderPaymentStatus::overpaid);
  EXPECT_EQ(derive({payment_of(1, captured, 1000), payment_of(2, captured, 1000, 1000)}),
            OrderPaymentStatus::paid);
  EXPECT_EQ(derive({payment_of(1, captured, 1000, 1)}), OrderPaymentStatus::partially_refunded);
  EXPECT_EQ(derive({payment_of(1, captured, 1000, 1000)}), OrderPaymentStatus::refunded);
  EXPECT_EQ(derive({payment_of(1, failed), payment_of(2, expired)}), OrderPaymentStatus::failed);
  EXPECT_EQ(derive({payment_of(1, canceled)}), OrderPaymentStatus::voided);
}

TEST(OrderPaymentStatus, IsPaidWhenNothingIsDueAndAgreed) {
  Payment payment = payment_of(1, PaymentStatus::authorized);
  payment.amount = euros(0);
  EXPECT_EQ(derive_payment_status(euros(0), {payment}), OrderPaymentStatus::paid);
  payment.status = PaymentStatus::created;
  EXPECT_EQ(derive_payment_status(euros(0), {payment}), OrderPaymentStatus::unpaid);
}

// News of a payment that was captured just now.
Booking capture_of(const Payment& payment) {
  Booking booking;
  booking.payment = payment;
  booking.newly_captured = payment.captured;
  booking.newly_refunded = euros(0);
  booking.is_changed = booking.brings_money = true;
  return booking;
}

OrderFacts facts_of(OrderStatus status, std::vector<Payment> payments, std::vector<Booking> news) {
  return {.status = status,
          .total = euros(1000),
          .payments = std::move(payments),
          .news = std::move(news),
          .can_be_honoured = false};
}

TEST(Settlement, PlacesAPendingOrderThatIsPaid) {
  const auto paid = payment_of(1, PaymentStatus::captured, 1000);
  const auto settlement =
      decide_settlement(facts_of(OrderStatus::pending, {paid}, {capture_of(paid)}));
  EXPECT_TRUE(settlement.is_placed);
  EXPECT_TRUE(settlement.refunds.empty());
  EXPECT_FALSE(settlement.hold);
}

TEST(Settlement, DoesNothingAtARepeat) {
  const auto paid = payment_of(1, PaymentStatus::captured, 1000);
  Booking repeat = capture_of(paid);
  repeat.newly_captured = euros(0);
  repeat.is_changed = repeat.brings_money = false;
  for (const auto status :
       {OrderStatus::pending, OrderStatus::placed, OrderStatus::expired, OrderStatus::canceled}) {
    const auto settlement = decide_settlement(facts_of(status, {paid}, {repeat}));
    EXPECT_FALSE(settlement.is_placed);
    EXPECT_TRUE(settlement.refunds.empty());
  }
}

// Hardening 101.
TEST(Settlement, RefundsASecondPayment) {
  const auto first = payment_of(1, PaymentStatus::captured, 1000);
  const auto second = payment_of(2, PaymentStatus::captured, 1000);
  const auto later =
      decide_settlement(facts_of(OrderStatus::placed, {first, second}, {capture_of(second)}));
  EXPECT_FALSE(later.is_placed);
  ASSERT_EQ(later.refunds.size(), 1U);
  EXPECT_EQ(later.refunds[0].payment_id, second.id);
  EXPECT_EQ(later.refunds[0].reason, "duplicate_payment");

  const auto together = decide_settlement(
      facts_of(OrderStatus::pending, {first, second}, {capture_of(second), capture_of(first)}));
  EXPECT_TRUE(together.is_placed);
  ASSERT_EQ(together.refunds.size(), 1U);
  EXPECT_EQ(together.refunds[0].payment_id, first.id);  // The later news.
}

TEST(Settlement, TakesTheCaptureOfWhatWasAuthorized) {
  const auto paid = payment_of(1, PaymentStatus::captured, 1000);
  const auto settlement =
      decide_settlement(facts_of(OrderStatus::placed, {paid}, {capture_of(paid)}));
  EXPECT_TRUE(settlement.refunds.empty());
  EXPECT_FALSE(settlement.hold);
}

TEST(Settlement, HonoursLateMoneyOrSendsItBack) {
  const auto paid = payment_of(1, PaymentStatus::captured, 1000);
  auto facts = facts_of(OrderStatus::expired, {paid}, {capture_of(paid)});
  const auto refused = decide_settlement(facts);
  EXPECT_FALSE(refused.is_placed);
  ASSERT_EQ(refused.refunds.size(), 1U);
  EXPECT_EQ(refused.refunds[0].reason, "late_payment");
  EXPECT_EQ(refused.refunds[0].amount, euros(1000));

  facts.can_be_honoured = true;
  const auto honoured = decide_settlement(facts);
  EXPECT_TRUE(honoured.is_placed);
  EXPECT_TRUE(honoured.refunds.empty());
}

TEST(Settlement, RefundsMoneyForACanceledOrder) {
  const auto paid = payment_of(1, PaymentStatus::captured, 1000);
  const auto settlement =
      decide_settlement(facts_of(OrderStatus::canceled, {paid}, {capture_of(paid)}));
  EXPECT_FALSE(settlement.is_placed);
  ASSERT_EQ(settlement.refunds.size(), 1U);
  EXPECT_EQ(settlement.refunds[0].reason, "order_canceled");
}

TEST(Settlement, HoldsAnOrderWhoseAmountDoesNotMatch) {
  for (const std::int64_t amount : {999, 1001}) {
    const auto paid = payment_of(1, PaymentStatus::captured, amount);
    const auto settlement =
        decide_settlement(facts_of(OrderStatus::pending, {paid}, {capture_of(paid)}));
    EXPECT_TRUE(settlement.is_placed);
    ASSERT_TRUE(settlement.hold);
    EXPECT_EQ(settlement.hold->reason, "amount_mismatch");
  }
}

TEST(Settlement, HoldsAnOrderPaidInAnotherCurrency) {
  Booking booking;
  booking.payment = payment_of(1, PaymentStatus::requires_action);
  booking.newly_captured = booking.newly_refunded = euros(0);
  booking.mismatch = payments::Mismatch::currency;
  const auto settlement =
      decide_settlement(facts_of(OrderStatus::pending, {booking.payment}, {booking}));
  EXPECT_TRUE(settlement.is_placed);
  ASSERT_TRUE(settlement.hold);
  EXPECT_EQ(settlement.hold->reason, "currency_mismatch");
}

TEST(Address, SurvivesTheWayThroughJson) {
  const Address address{.name = "Zoë \"Z\" Müller",
                        .company = "",
                        .line1 = "Hauptstraße 1\\2",
                        .line2 = "",
                        .postal_code = "10115",
                        .city = "Berlin",
                        .province = "",
                        .country = "DE",
                        .phone = "+49 30 1"};
  EXPECT_EQ(address_from_json(to_json(address)), address);
  EXPECT_EQ(to_json(address).find("company"), std::string::npos);
}

TEST(Address, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(address_from_json(""), Address{});
  EXPECT_EQ(address_from_json("[]"), Address{});
  EXPECT_EQ(address_from_json("{"), Address{});
  EXPECT_EQ(to_json(Address{}), "{}");
}

TEST(OrderWords, AreTheSameBothWays) {
  for (const auto word : {"draft", "pending", "placed", "completed", "expired", "canceled"}) {
    EXPECT_EQ(to_string(parse_order_status(word).value()), word);
  }
  for (const auto word : {"unpaid", "pending", "authorized", "partially_paid", "paid", "overpaid",
                          "partially_refunded", "refunded", "voided", "failed"}) {
    EXPECT_EQ(to_string(parse_order_payment_status(word).value()), word);
  }
  for (const auto word : {"storefront", "store_api", "admin"}) {
    EXPECT_EQ(to_string(parse_channel(word).value()), word);
  }
  EXPECT_FALSE(parse_order_status("shipped"));
}

}  // namespace
}  // namespace osier::orders
