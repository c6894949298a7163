#include <gtest/gtest.h>

#include "checkout/test/shop.h"
#include "platform/postgres/test/violations.h"

namespace osier::checkout {
namespace {

using test::in_shop;
using test::Shop;

Money euros(std::int64_t cents) { return Money::minor(cents, Currency::of("EUR")); }

promotions::Promotions::NewCoupon ten_percent() {
  promotions::Promotions::NewCoupon coupon;
  coupon.code = "TEN";
  coupon.title_en = "Ten percent";
  coupon.percent_ppm = 100'000;
  return coupon;
}

Task<void> add(Shop& shop, promotions::Promotions::NewCoupon coupon) {
  EXPECT_TRUE(co_await shop.promotions.add(std::move(coupon), {audit::ActorKind::staff, "test"}));
}

Task<std::int64_t> uses(Shop& shop) {
  const auto all = co_await shop.promotions.list();
  co_return all.at(0).uses;
}

// A ready cart of one mug with the coupon; another e-mail for each number.
Task<Cart> cart_with_coupon(Shop& shop, int number) {
  const Cart cart = co_await shop.ready_cart(1);
  CartUpdate update;
  update.contact = cart.contact;
  update.contact->email = "buyer-" + std::to_string(number) + "@example.com";
  (void)co_await shop.checkout.update_cart(cart.token, std::move(update));
  auto with = co_await shop.checkout.add_coupon(cart.token, " ten ");
  require(with.has_value(), "the test's cart takes its coupon");
  co_return std::move(*with);
}

PlaceCommand by_transfer(const Cart& cart) {
  return {.cart_token = cart.token,
          .provider = payments::Provider::manual,
          .method = payments::PaymentMethod::transfer,
          .stated_total = std::nullopt,
          .idempotency_key = std::nullopt};
}

PlaceCommand by_card(const Cart& cart) {
  auto command = by_transfer(cart);
  command.provider = payments::Provider::stripe;
  command.method = payments::PaymentMethod::client_intent;
  return command;
}

Task<void> order_with_a_coupon(Shop& shop) {
  co_await add(shop, ten_percent());
  const Cart cart = co_await cart_with_coupon(shop, 1);
  const auto found = co_await shop.checkout.find_cart(cart.token);
  const auto priced = shop.checkout.price(*found);
  EXPECT_EQ(priced->quote.total, euros(2'160 + 490));
  const auto placed = co_await shop.checkout.place(by_transfer(cart));
  EXPECT_TRUE(placed);
  if (!placed) co_return;
  const auto order = co_await shop.orders.find(placed->order_id);
  EXPECT_EQ(order->total, euros(2'650));
  EXPECT_EQ(order->discounts.size(), 1U);
  EXPECT_EQ(order->discounts.at(0).code, "TEN");
  EXPECT_EQ(order->discounts.at(0).amount, euros(240));
  EXPECT_EQ(order->discount, euros(202));  // 24.00 and 21.60 without 19 % are 20.17 and 18.15.
  EXPECT_EQ(co_await uses(shop), 1);
  const auto again = co_await shop.checkout.place(by_transfer(cart));
  EXPECT_TRUE(again && again->is_repeat);
  EXPECT_EQ(co_await uses(shop), 1) << "a repeat uses nothing";
}
TEST(Coupons, AreTakenOffAndFrozenWithTheOrder) { in_shop(order_with_a_coupon); }

Task<void> refuse_codes(Shop& shop) {
  auto coupon = ten_percent();
  coupon.markets = {{.market_code = "eu", .amount_minor = std::nullopt, .minimum_minor = 3'000}};
  co_await add(shop, std::move(coupon));
  const Cart cart = co_await shop.ready_cart(1);
  auto outcome = co_await shop.checkout.add_coupon(cart.token, "TEN");
  EXPECT_EQ(outcome.error().reason, promotions::CouponRefusal::minimum_not_reached);
  EXPECT_EQ(outcome.error().minimum_goods, euros(3'000));
  outcome = co_await shop.checkout.add_coupon(cart.token, "NONE");
  EXPECT_EQ(outcome.error().reason, promotions::CouponRefusal::unknown);
  const auto stored = co_await shop.checkout.find_cart(cart.token);
  EXPECT_TRUE(stored->coupons.empty());
  EXPECT_EQ(stored->version, cart.version) << "a code that is not taken changes nothing";
  for (int i = 2; i < coupon_tries_max; ++i) {
    outcome = co_await shop.checkout.add_coupon(cart.token, "x");
    EXPECT_EQ(outcome.error().reason, promotions::CouponRefusal::unknown);
  }
  outcome = co_await shop.checkout.add_coupon(cart.token, "TEN");
  EXPECT_EQ(outcome.error().reason, std::nullopt);
  EXPECT_EQ(outcome.error().cart, CartRefusal::too_many_coupon_tries);
}
TEST(Coupons, AreRefusedByNameAndGuessedTenTimesAnHourHardening105) { in_shop(refuse_codes); }

Task<void> replace_and_remove(Shop& shop) {
  co_await add(shop, ten_percent());
  auto fixed = ten_percent();
  fixed.code = "FIVE";
  fixed.kind = promotions::CouponKind::fixed_amount;
  fixed.markets = {{.market_code = "eu", .amount_minor = 500}};
  co_await add(shop, std::move(fixed));
  auto parcel = ten_percent();
  parcel.code = "PARCEL";
  parcel.kind = promotions::CouponKind::free_shipping;
  co_await add(shop, std::move(parcel));

  const Cart cart = co_await shop.ready_cart(1);
  (void)co_await shop.checkout.add_coupon(cart.token, "PARCEL");
  (void)co_await shop.checkout.add_coupon(cart.token, "TEN");
  auto changed = co_await shop.checkout.add_coupon(cart.token, "FIVE");
  EXPECT_TRUE(changed);
  EXPECT_EQ(changed->coupons.size(), 2U);
  EXPECT_EQ(shop.checkout.price(*changed)->quote.total, euros(1'900));
  std::vector<std::string> codes{"five", "NONE"};
  const auto removed = co_await shop.checkout.remove_coupons(cart.token, std::move(codes));
  EXPECT_EQ(shop.checkout.price(*removed)->quote.total, euros(2'400));
  const auto placed = co_await shop.checkout.place(by_transfer(cart));
  EXPECT_TRUE(placed);
  const auto order = co_await shop.orders.find(placed->order_id);
  EXPECT_TRUE(order->discounts.at(0).is_free_shipping);
  EXPECT_EQ(order->discounts.at(0).amount, euros(490));
  EXPECT_EQ(order->discount, euros(0));
}
TEST(Coupons, StandOneOfASortInACart) { in_shop(replace_and_remove); }

// --- The last use.

struct Tally {
  int placed = 0;
  int refused = 0;
};

Task<void> buy(Shop& shop, PlaceCommand command, Tally& tally) {
  const auto outcome = co_await shop.checkout.place(std::move(command));
  if (outcome) {
    ++tally.placed;
    co_return;
  }
  ++tally.refused;
  EXPECT_TRUE(outcome.error().reason == PlaceRefusal::coupon_lost ||
              outcome.error().reason == PlaceRefusal::changed);
  EXPECT_EQ(outcome.error().notices.size(), 1U);
}

Task<void> race_for_one_use(Shop& shop) {
  auto coupon = ten_percent();
  coupon.use_limit = 1;
  co_await add(shop, std::move(coupon));
  co_await shop.set_stock("MUG", 500);
  std::vector<PlaceCommand> commands;
  for (int i = 0; i < 100; ++i) commands.push_back(by_transfer(co_await cart_with_coupon(shop, i)));
  Tally tally;
  std::vector<Task<void>> buyers;
  for (const PlaceCommand& command : commands) buyers.push_back(buy(shop, command, tally));
  co_await when_all(std::move(buyers));
  EXPECT_EQ(tally.placed, 1);
  EXPECT_EQ(tally.refused, 99);
  EXPECT_EQ(co_await uses(shop), 1);
}
TEST(Coupons, OfOneUseGoToOneOfAHundredBuyersHardening73) { in_shop(race_for_one_use); }

Task<void> confirm_the_loss(Shop& shop) {
  auto coupon = ten_percent();
  coupon.use_limit = 1;
  co_await add(shop, std::move(coupon));
  const Cart first = co_await cart_with_coupon(shop, 1);
  const Cart second = co_await cart_with_coupon(shop, 2);
  EXPECT_TRUE(co_await shop.checkout.place(by_transfer(first)));
  const auto refused = co_await shop.checkout.place(by_transfer(second));
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, PlaceRefusal::changed);
  EXPECT_EQ(refused.error().notices.at(0).coupon_refusal, promotions::CouponRefusal::used_up);
  const auto accepted = co_await shop.checkout.accept_changes(second.token, Accept::prices);
  EXPECT_TRUE(accepted && accepted->coupons.empty());
  const auto placed = co_await shop.checkout.place(by_transfer(second));
  EXPECT_TRUE(placed);
  EXPECT_EQ(placed->total, euros(2'890));
}
TEST(Coupons, UsedUpMeanwhileMustBeConfirmed) { in_shop(confirm_the_loss); }

// --- Going back, and late money.

Task<void> give_back(Shop& shop) {
  auto coupon = ten_percent();
  coupon.use_limit = 1;
  co_await add(shop, std::move(coupon));
  const Cart cart = co_await cart_with_coupon(shop, 1);
  const auto placed = co_await shop.checkout.place(by_card(cart));
  EXPECT_EQ(co_await uses(shop), 1);
  // The cart's own use does not stand in its way.
  const auto seen = co_await shop.checkout.find_cart(cart.token);
  EXPECT_TRUE(shop.checkout.price(*seen)->notices.empty());
  (void)co_await shop.checkout.set_line(cart.token, seen->lines[0].id, 2);
  const auto again = co_await shop.checkout.place(by_card(cart));
  EXPECT_TRUE(again && !again->is_repeat);
  EXPECT_EQ(co_await uses(shop), 1);
  (void)co_await shop.orders.release(again->order_id, orders::Orders::ReleaseReason::canceled,
                                     "shopper");
  EXPECT_EQ(co_await uses(shop), 0);
  (void)placed;
}
TEST(Coupons, GoBackWithTheOrder) { in_shop(give_back); }

Task<payments::PaymentReport> late_money(Shop& shop, const Placed& placed) {
  payments::PaymentReport report;
  report.payment_id = placed.payment_id;
  report.status = payments::PaymentStatus::captured;
  report.authorized = report.captured = placed.total;
  report.refunded = Money::zero(placed.total.currency());
  report.capture_reference = "ch_" + placed.payment_id.value().to_hex();
  shop.stripe.standings[placed.payment_id] = test::FakeProvider::Standing::paid;
  co_return report;
}

Task<Placed> expired_order(Shop& shop, int number) {
  const Cart cart = co_await cart_with_coupon(shop, number);
  const auto placed = co_await shop.checkout.place(by_card(cart));
  require(placed.has_value(), "the test's order is placed");
  (void)co_await shop.orders.release(placed->order_id, orders::Orders::ReleaseReason::expired,
                                     "system");
  co_return *placed;
}

Task<void> honour_late_money(Shop& shop) {
  auto coupon = ten_percent();
  coupon.use_limit = 1;
  co_await add(shop, std::move(coupon));
  const Placed first = co_await expired_order(shop, 1);
  const Placed second = co_await expired_order(shop, 2);
  EXPECT_EQ(co_await uses(shop), 0);
  std::vector<payments::PaymentReport> reports;
  reports.push_back(co_await late_money(shop, first));
  reports.push_back(co_await late_money(shop, second));
  co_await shop.orders.settle_all(std::move(reports));
  EXPECT_EQ(co_await uses(shop), 1);
  const auto honoured = co_await shop.orders.find(first.order_id);
  const auto refunded = co_await shop.orders.find(second.order_id);
  EXPECT_EQ(honoured->status, orders::OrderStatus::placed);
  EXPECT_EQ(refunded->status, orders::OrderStatus::expired) << "its money goes back";
  (void)co_await shop.orders.poll_payments(10);
  const auto levels = co_await shop.inventory.load_levels({shop.mug});
  EXPECT_EQ(levels.at(0).committed, 1);
}
TEST(Coupons, AreTakenAgainForLateMoneyAsFarAsTheyGo) { in_shop(honour_late_money); }

constexpr pg::Statement forget_use_sql{"checkout_test.forget_use",
                                       "DELETE FROM promotions.coupon_uses"};

Task<void> lose_a_use(Shop& shop) {
  co_await add(shop, ten_percent());
  const Cart cart = co_await cart_with_coupon(shop, 1);
  const auto placed = co_await shop.checkout.place(by_card(cart));
  auto transaction = co_await shop.database.begin();
  (void)co_await transaction.run(forget_use_sql);
  for (const auto& each : osier::checkout::invariants()) {
    if (each.name != std::string_view("checkout.coupon_use_belongs_to_a_living_order")) continue;
    EXPECT_EQ((co_await transaction.run(each.query)).size(), 1);
  }
  EXPECT_TRUE(placed);
}
TEST(CouponInvariants, FindAnOrderWithoutItsUse) { in_shop(lose_a_use); }

}  // namespace
}  // namespace osier::checkout
