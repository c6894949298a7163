#include "orders/refunding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <numeric>

namespace osier::orders {
namespace {

constexpr Currency eur = Currency::of("EUR");
constexpr Currency usd = Currency::of("USD");

Money euros(std::int64_t minor) { return Money::minor(minor, eur); }

LineId line_id(unsigned n) {
  return LineId{*Uuid::parse("01930000-0000-7000-8000-00000000000" + std::to_string(n))};
}
payments::PaymentId payment_id(unsigned n) {
  return payments::PaymentId{
      *Uuid::parse("01930000-0000-7000-8000-00000000010" + std::to_string(n))};
}

// Three mugs for 10.00 together, one jug at 20.00, delivery at 5.00, all paid.
RefundFacts paid_order() {
  RefundFacts facts;
  facts.currency = eur;
  facts.lines = {{line_id(1), euros(1000), 3, 0, 3}, {line_id(2), euros(2000), 1, 0, 1}};
  facts.shipping = euros(500);
  facts.shipping_refunded = euros(0);
  facts.sources = {{payment_id(1), euros(3500)}};
  return facts;
}

RefundRequest everything() {
  RefundRequest request;
  request.scope = RefundRequest::Scope::everything;
  return request;
}
RefundRequest amount(Money money) {
  RefundRequest request;
  request.amount = money;
  return request;
}
RefundRequest units(std::vector<UnitsOfLine> lines) {
  RefundRequest request;
  request.lines = std::move(lines);
  return request;
}

StaffRefusal refusal_of(const RefundFacts& facts, const RefundRequest& request) {
  const auto plan = decide_refund(facts, request);
  EXPECT_FALSE(plan.has_value());
  return plan ? StaffRefusal::unknown_order : plan.error();
}

// The provider sent back by hand what was decided to go back.
TEST(Refunding, TakesNothingFromAPaymentThatIsOverdrawn) {
  auto facts = paid_order();
  facts.sources = {{payment_id(1), euros(-100)}, {payment_id(2), euros(300)}};
  const auto plan = decide_refund(facts, amount(euros(300)));
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->parts.size(), 1u);
  EXPECT_EQ(plan->parts[0].payment_id, payment_id(2));
  EXPECT_EQ(plan->parts[0].amount, euros(300));
  EXPECT_EQ(refusal_of(facts, amount(euros(301))), StaffRefusal::more_than_paid);
}

TEST(Refunding, GivesEverythingBack) {
  const auto plan = decide_refund(paid_order(), everything());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->amount, euros(3500));
  EXPECT_EQ(plan->shipping, euros(500));
  ASSERT_EQ(plan->lines.size(), 2U);
  EXPECT_EQ(plan->lines[0].amount, euros(1000));
  EXPECT_EQ(plan->lines[0].quantity, 3);
  EXPECT_EQ(plan->lines[1].amount, euros(2000));
  ASSERT_EQ(plan->parts.size(), 1U);
  EXPECT_EQ(plan->parts[0].amount, euros(3500));
}

TEST(Refunding, GivesBackWhatIsLeftAfterEarlierRefunds) {
  RefundFacts facts = paid_order();
  facts.sources[0].left = euros(1500);
  facts.lines[1].canceled = 1;
  facts.lines[1].unsent = 0;
  const auto plan = decide_refund(facts, everything());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->amount, euros(1500));
  ASSERT_EQ(plan->lines.size(), 1U);
  EXPECT_EQ(plan->lines[0].amount, euros(1000));
  EXPECT_EQ(plan->shipping, euros(500));
}

TEST(Refunding, SharesTooLittleMoneyOutInProportion) {
  RefundFacts facts = paid_order();
  facts.sources[0].left = euros(350);  // The rest went back as a gesture.
  const auto plan = decide_refund(facts, everything());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->amount, euros(350));
  EXPECT_EQ(plan->lines[0].amount, euros(100));
  EXPECT_EQ(plan->lines[1].amount, euros(200));
  EXPECT_EQ(plan->shipping, euros(50));
}

TEST(Refunding, GivesBackMoreThanThePartsIfMoreWasPaid) {
  RefundFacts facts = paid_order();
  facts.sources[0].left = euros(4000);
  const auto plan = decide_refund(facts, everything());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->amount, euros(4000));
  EXPECT_EQ(plan->shipping, euros(500));
}

TEST(Refunding, TakesUnitsAtTheirShareOfTheLine) {
  RefundFacts facts = paid_order();
  const std::int64_t worth[] = {334, 333, 333};
  for (const std::int64_t minor : worth) {
    const auto plan = decide_refund(facts, units({{line_id(1), 1}}));
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->amount, euros(minor));
    ++facts.lines[0].canceled;
    --facts.lines[0].unsent;
  }
  EXPECT_EQ(refusal_of(facts, units({{line_id(1), 1}})), StaffRefusal::units_not_there);
}

TEST(Refunding, CountsALineNamedTwice) {
  const auto plan = decide_refund(paid_order(), units({{line_id(1), 1}, {line_id(1), 2}}));
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->lines.size(), 1U);
  EXPECT_EQ(plan->lines[0].quantity, 3);
  EXPECT_EQ(refusal_of(paid_order(), units({{line_id(1), 2}, {line_id(1), 2}})),
            StaffRefusal::units_not_there);
}

TEST(Refunding, GivesDeliveryBackOnce) {
  RefundFacts facts = paid_order();
  RefundRequest request;
  request.with_shipping = true;
  const auto plan = decide_refund(facts, request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->amount, euros(500));
  EXPECT_EQ(plan->shipping, euros(500));
  facts.shipping_refunded = euros(500);
  EXPECT_EQ(refusal_of(facts, request), StaffRefusal::shipping_refunded);
}

TEST(Refunding, LetsStaffNameTheAmountForTheUnits) {
  RefundRequest request = units({{line_id(1), 3}});
  request.amount = euros(400);
  auto plan = decide_refund(paid_order(), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->amount, euros(400));
  EXPECT_EQ(plan->lines[0].amount, euros(400));

  request.amount = euros(1200);
  plan = decide_refund(paid_order(), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->amount, euros(1200));
  EXPECT_EQ(plan->lines[0].amount, euros(1000));

  request.amount = euros(0);  // Units alone.
  plan = decide_refund(paid_order(), request);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->parts.empty());
}

TEST(Refunding, GivesBackWhatWasPaidAndNoCentMore) {
  EXPECT_TRUE(decide_refund(paid_order(), amount(euros(3500))));
  EXPECT_EQ(refusal_of(paid_order(), amount(euros(3501))), StaffRefusal::more_than_paid);
}

TEST(Refunding, TakesTheOldestPaymentFirst) {
  RefundFacts facts = paid_order();
  facts.sources = {
      {payment_id(1), euros(0)}, {payment_id(2), euros(1000)}, {payment_id(3), euros(2500)}};
  const auto plan = decide_refund(facts, amount(euros(1200)));
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->parts.size(), 2U);
  EXPECT_EQ(plan->parts[0].payment_id, payment_id(2));
  EXPECT_EQ(plan->parts[0].amount, euros(1000));
  EXPECT_EQ(plan->parts[1].amount, euros(200));
}

TEST(Refunding, RefusesWhatMakesNoSense) {
  const RefundFacts facts = paid_order();
  EXPECT_EQ(refusal_of(facts, {}), StaffRefusal::nothing_to_refund);
  EXPECT_EQ(refusal_of(facts, amount(euros(0))), StaffRefusal::nothing_to_refund);
  EXPECT_EQ(refusal_of(facts, amount(euros(-1))), StaffRefusal::amount_invalid);
  EXPECT_EQ(refusal_of(facts, amount(Money::minor(1, usd))), StaffRefusal::amount_invalid);
  EXPECT_EQ(refusal_of(facts, units({{line_id(3), 1}})), StaffRefusal::unknown_line);
  EXPECT_EQ(refusal_of(facts, units({{line_id(1), 0}})), StaffRefusal::units_not_there);
  EXPECT_EQ(refusal_of(facts, units({{line_id(1), -1}})), StaffRefusal::units_not_there);
  EXPECT_EQ(refusal_of(facts, units({{line_id(1), 4}})), StaffRefusal::units_not_there);
}

TEST(Refunding, RefusesAnOrderThatIsNotPlacedYet) {
  RefundFacts facts = paid_order();
  for (const auto status : {OrderStatus::draft, OrderStatus::pending}) {
    facts.status = status;
    EXPECT_EQ(refusal_of(facts, everything()), StaffRefusal::wrong_status);
  }
  for (const auto status :
       {OrderStatus::placed, OrderStatus::completed, OrderStatus::expired, OrderStatus::canceled}) {
    facts.status = status;
    EXPECT_TRUE(decide_refund(facts, amount(euros(1))));
  }
}

TEST(Refunding, RefusesWhatWasRefundedAlready) {
  RefundFacts facts = paid_order();
  facts.sources[0].left = euros(0);
  facts.shipping_refunded = euros(500);
  for (auto& line : facts.lines) {
    line.canceled = line.quantity;
    line.unsent = 0;
  }
  EXPECT_EQ(refusal_of(facts, everything()), StaffRefusal::nothing_to_refund);
}

TEST(Refunding, UnitsSumToTheirLineHoweverTheyAreTaken) {
  rc::check("units sum to their line", [] {
    const auto total = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
    const auto quantity = *rc::gen::inRange(1, 10'000);
    std::int64_t sum = 0;
    int taken = 0;
    while (taken < quantity) {
      const int now = *rc::gen::inRange(1, quantity - taken + 1);
      const auto value = value_of_units(euros(total), quantity, taken, now);
      RC_ASSERT(value.amount_minor() >= 0);
      sum += value.amount_minor();
      taken += now;
    }
    RC_ASSERT(sum == total);
  });
}

// --- Whatever staff ask for, in any order.

RefundFacts random_order() {
  RefundFacts facts;
  facts.currency = eur;
  Money paid = euros(0);
  const auto count = *rc::gen::inRange(1U, 5U);
  for (unsigned i = 0; i < count; ++i) {
    const auto quantity = *rc::gen::inRange(1, 8);
    const Money total = euros(*rc::gen::inRange<std::int64_t>(0, 5'000));
    facts.lines.push_back({line_id(i), total, quantity, 0, quantity});
    paid += total;
  }
  facts.shipping = euros(*rc::gen::inRange<std::int64_t>(0, 900));
  facts.shipping_refunded = euros(0);
  paid += facts.shipping;
  const auto first = *rc::gen::inRange<std::int64_t>(0, paid.amount_minor() + 1);
  facts.sources = {{payment_id(1), euros(first)}, {payment_id(2), paid - euros(first)}};
  return facts;
}

RefundRequest random_request(const RefundFacts& facts) {
  if (*rc::gen::inRange(0, 12) == 0) return everything();
  RefundRequest request;
  for (const auto& line : facts.lines) {
    if (*rc::gen::arbitrary<bool>()) request.lines.push_back({line.id, *rc::gen::inRange(0, 5)});
  }
  request.with_shipping = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>())
    request.amount = euros(*rc::gen::inRange<std::int64_t>(-10, 6'000));
  return request;
}

void check_sums(const RefundPlan& plan) {
  Money parts = euros(0);
  for (const auto& part : plan.parts) {
    RC_ASSERT(part.amount > euros(0));
    parts += part.amount;
  }
  RC_ASSERT(parts == plan.amount);
  Money worth = plan.shipping;
  for (const auto& line : plan.lines) {
    RC_ASSERT(line.amount >= euros(0));
    worth += line.amount;
  }
  RC_ASSERT(worth <= plan.amount);
}

// As the books do it.
void carry_out(RefundFacts& facts, const RefundPlan& plan) {
  for (const auto& part : plan.parts) {
    for (auto& source : facts.sources) {
      if (source.payment_id == part.payment_id) source.left -= part.amount;
    }
  }
  for (const auto& taken : plan.lines) {
    for (auto& line : facts.lines) {
      if (line.id != taken.line_id) continue;
      line.canceled += taken.quantity;
      line.unsent -= taken.quantity;
    }
  }
  facts.shipping_refunded += plan.shipping;
}

TEST(Refunding, NeverGivesBackMoreThanWasPaidOrMoreUnitsThanThereAre) {
  rc::check("no more than was paid", [] {
    RefundFacts facts = random_order();
    const Money paid = facts.sources[0].left + facts.sources[1].left;
    Money refunded = euros(0);
    for (int step = 0; step < 12; ++step) {
      const auto plan = decide_refund(facts, random_request(facts));
      if (!plan) continue;
      check_sums(*plan);
      carry_out(facts, *plan);
      refunded += plan->amount;
      RC_ASSERT(refunded <= paid);
      RC_ASSERT(facts.shipping_refunded <= facts.shipping);
      for (const auto& source : facts.sources) RC_ASSERT(source.left >= euros(0));
      for (const auto& line : facts.lines)
        RC_ASSERT(line.canceled <= line.quantity && line.unsent >= 0);
    }
  });
}

TEST(Refunding, RefundingLineByLineSumsToWhatWasPaid) {
  rc::check("line by line is everything", [] {
    RefundFacts facts = random_order();
    const Money paid = facts.sources[0].left + facts.sources[1].left;
    Money refunded = euros(0);
    for (std::size_t i = 0; i < facts.lines.size(); ++i) {
      while (facts.lines[i].unsent > 0) {
        const auto now = *rc::gen::inRange(1, facts.lines[i].unsent + 1);
        const auto plan = decide_refund(facts, units({{facts.lines[i].id, now}}));
        RC_ASSERT(plan.has_value());
        refunded += plan->amount;
        carry_out(facts, *plan);
      }
    }
    RefundRequest delivery;
    delivery.with_shipping = true;
    if (const auto plan = decide_refund(facts, delivery)) refunded += plan->amount;
    RC_ASSERT(refunded == paid);
  });
}

}  // namespace
}  // namespace osier::orders
