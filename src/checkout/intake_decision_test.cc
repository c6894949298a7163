#include <gtest/gtest.h>

#include "checkout/order_intake.h"

namespace osier::checkout {
namespace {

using Kind = IntakeDecision::Kind;

const Instant noon{std::chrono::seconds(1'795'348'800)};
const catalog::VariantId mug(Uuid::v7(noon));
const inventory::LocationId studio(Uuid::v7(noon));

orders::NewOrder order_for(std::int32_t quantity, std::string key,
                           std::optional<Uuid> cart = std::nullopt, std::int32_t version = 1) {
  orders::NewOrder order;
  order.id = orders::OrderId(Uuid::v7(noon));
  order.idempotency_key = std::move(key);
  order.cart_id = cart;
  order.cart_version = version;
  orders::OrderLine line;
  line.variant_id = mug;
  line.quantity = quantity;
  order.lines.push_back(line);
  return order;
}

std::vector<inventory::StockLevel> mugs(std::int32_t units) {
  return {{.variant_id = mug, .location_id = studio, .on_hand = units}};
}

orders::ExistingOrder existing_order(std::string key, orders::OrderStatus status,
                                     std::optional<Uuid> cart = std::nullopt,
                                     std::int32_t version = 1) {
  orders::ExistingOrder existing;
  existing.id = orders::OrderId(Uuid::v7(noon));
  existing.idempotency_key = std::move(key);
  existing.status = status;
  existing.cart_id = cart;
  existing.cart_version = version;
  return existing;
}

TEST(IntakeDecision, ServesInTheOrderOfArrival) {
  const auto decisions =
      decide_batch({order_for(3, "a"), order_for(3, "b"), order_for(2, "c")}, {}, mugs(5));
  EXPECT_EQ(decisions[0].kind, Kind::place);
  EXPECT_EQ(decisions[1].kind, Kind::short_of_stock);
  EXPECT_EQ(decisions[1].shortage.available, 2);
  EXPECT_EQ(decisions[2].kind, Kind::place);
}

TEST(IntakeDecision, GivesALivingOrderAgain) {
  const auto decisions = decide_batch({order_for(1, "a")},
                                      {existing_order("a", orders::OrderStatus::pending)}, mugs(0));
  EXPECT_EQ(decisions[0].kind, Kind::repeat_of_existing);
}

TEST(IntakeDecision, TakesANewKeyWhenTheOldOrderHasEnded) {
  const auto decisions = decide_batch({order_for(1, "a")},
                                      {existing_order("a", orders::OrderStatus::expired)}, mugs(1));
  EXPECT_EQ(decisions[0].kind, Kind::place);
  EXPECT_TRUE(decisions[0].needs_new_key);
}

TEST(IntakeDecision, TellsAnotherVersionOfTheCartThatItHasAnOrder) {
  const Uuid cart = Uuid::v7(noon);
  const auto existing = existing_order("old", orders::OrderStatus::pending, cart, 3);
  EXPECT_EQ(decide_batch({order_for(1, "new", cart, 4)}, {existing}, mugs(9))[0].kind,
            Kind::cart_has_order);
  EXPECT_EQ(decide_batch({order_for(1, "new", cart, 3)}, {existing}, mugs(9))[0].kind,
            Kind::repeat_of_existing);
}

TEST(IntakeDecision, TakesNothingForACartThatHasChanged) {
  const Uuid cart = Uuid::v7(noon);
  const auto decisions =
      decide_batch({order_for(1, "a", cart), order_for(1, "b")}, {}, mugs(1), {}, {}, {cart});
  EXPECT_EQ(decisions[0].kind, Kind::cart_changed);
  EXPECT_EQ(decisions[1].kind, Kind::place) << "the unit is another's";

  const auto living = existing_order("a", orders::OrderStatus::pending, cart, 1);
  EXPECT_EQ(decide_batch({order_for(1, "a", cart)}, {living}, mugs(1), {}, {}, {cart})[0].kind,
            Kind::repeat_of_existing)
      << "what was placed is answered again, whatever the cart is now";
}

TEST(IntakeDecision, LetsDoublesFollowTheFirst) {
  const Uuid cart = Uuid::v7(noon);
  const auto decisions = decide_batch({order_for(1, "a", cart), order_for(1, "a", cart),
                                       order_for(1, "b", cart, 2), order_for(1, "c")},
                                      {}, mugs(2));
  EXPECT_EQ(decisions[0].kind, Kind::place);
  EXPECT_EQ(decisions[1].kind, Kind::repeat_of_other);
  EXPECT_EQ(decisions[1].index, 0U);
  EXPECT_EQ(decisions[2].kind, Kind::repeat_of_other);
  EXPECT_EQ(decisions[3].kind, Kind::place);
}

// --- Coupons.

const promotions::CouponId ten(Uuid::v7(noon));

orders::NewOrder order_with_coupon(std::int32_t quantity, std::string key, std::string email) {
  auto order = order_for(quantity, std::move(key));
  order.contact.email = std::move(email);
  order.discounts = {{.coupon_id = ten.value(), .code = "TEN", .title = "Ten", .amount = {}}};
  return order;
}

promotions::LockedCoupons coupons(std::optional<std::int32_t> limit,
                                  std::optional<std::int32_t> per_customer) {
  return {.coupons =
              {{.id = ten, .uses = 0, .use_limit = limit, .use_limit_per_customer = per_customer}},
          .customers = {}};
}

TEST(IntakeDecision, GivesTheLastUseToTheFirstWhoCanHaveItsUnits) {
  const auto decisions =
      decide_batch({order_with_coupon(6, "a", "a@x.y"), order_with_coupon(2, "b", "b@x.y"),
                    order_with_coupon(2, "c", "c@x.y"), order_for(3, "d")},
                   {}, mugs(5), {}, coupons(1, std::nullopt));
  EXPECT_EQ(decisions[0].kind, Kind::short_of_stock) << "and its use is still to be had";
  EXPECT_EQ(decisions[1].kind, Kind::place);
  EXPECT_EQ(decisions[2].kind, Kind::coupon_refused);
  EXPECT_EQ(decisions[2].coupon.reason, promotions::CouponRefusal::used_up);
  EXPECT_EQ(decisions[3].kind, Kind::place) << "whoever is refused takes no units";
}

TEST(IntakeDecision, CountsACustomerOnceInWhateverSpelling) {
  const auto decisions =
      decide_batch({order_with_coupon(1, "a", "Anna@x.y"), order_with_coupon(1, "b", "anna@X.Y")},
                   {}, mugs(5), {}, coupons(std::nullopt, 1));
  EXPECT_EQ(decisions[0].kind, Kind::place);
  EXPECT_EQ(decisions[1].kind, Kind::coupon_refused);
  EXPECT_EQ(decisions[1].coupon.reason, promotions::CouponRefusal::already_used_by_customer);
}

TEST(IntakeDecision, UsesNoCouponTwiceForOneOrder) {
  const auto order = order_with_coupon(1, "a", "a@x.y");
  const auto decisions = decide_batch({order, order}, {}, mugs(5), {}, coupons(1, 1));
  EXPECT_EQ(decisions[0].kind, Kind::place);
  EXPECT_EQ(decisions[1].kind, Kind::repeat_of_other);
}

// --- Caps on what one origin holds.

// Everybody has the same address, and an e-mail of their own.
orders::NewOrder order_from_one_address(orders::NewOrder order) {
  order.origin = orders::HoldOrigin{.address_hash = "address", .email_hash = order.idempotency_key};
  return order;
}

TEST(IntakeDecision, Hardening87CapsWhatAnAddressHoldsAlsoWithinABatch) {
  const auto one = [](std::string key) { return order_from_one_address(order_for(1, key)); };
  const HoldDesk holds({{"address", {.orders = 1, .units = 1}}}, {.orders_max = 3});
  const auto decisions =
      decide_batch({one("a"), one("b"), one("c"), order_for(1, "elsewhere")}, {}, mugs(9), holds);
  EXPECT_EQ(decisions[0].kind, Kind::place);
  EXPECT_EQ(decisions[1].kind, Kind::place);
  EXPECT_EQ(decisions[2].kind, Kind::too_many_holds);
  EXPECT_EQ(decisions[3].kind, Kind::place);
}

TEST(IntakeDecision, CountsOnlyWhatIsPlacedAgainstTheCaps) {
  const Uuid cart = Uuid::v7(noon);
  auto used_up = order_with_coupon(1, "coupon", "a@x.y");
  const auto decisions = decide_batch(
      {order_from_one_address(order_for(1, "repeat")),
       order_from_one_address(order_for(7, "sold out")), order_from_one_address(used_up),
       order_from_one_address(order_for(2, "first", cart)),
       order_from_one_address(order_for(2, "double", cart)),
       order_from_one_address(order_for(1, "second")),
       order_from_one_address(order_for(1, "third"))},
      {existing_order("repeat", orders::OrderStatus::pending)}, mugs(6),
      HoldDesk({}, {.orders_max = 2, .units_max = 8}), coupons(0, std::nullopt));
  EXPECT_EQ(decisions[0].kind, Kind::repeat_of_existing);
  EXPECT_EQ(decisions[1].kind, Kind::short_of_stock);
  EXPECT_EQ(decisions[2].kind, Kind::coupon_refused);
  EXPECT_EQ(decisions[3].kind, Kind::place);
  EXPECT_EQ(decisions[4].kind, Kind::repeat_of_other);
  EXPECT_EQ(decisions[5].kind, Kind::place) << "one order with two units is held before it";
  EXPECT_EQ(decisions[6].kind, Kind::too_many_holds);
}

TEST(IntakeDecision, CapsUnitsAtTheirEdge) {
  const HoldDesk holds({}, {.units_max = 4});
  const auto decisions = decide_batch({order_from_one_address(order_for(3, "a")),
                                       order_from_one_address(order_for(2, "one too many")),
                                       order_from_one_address(order_for(1, "b"))},
                                      {}, mugs(9), holds);
  EXPECT_EQ(decisions[0].kind, Kind::place);
  EXPECT_EQ(decisions[1].kind, Kind::too_many_holds);
  EXPECT_EQ(decisions[2].kind, Kind::place);
}

}  // namespace
}  // namespace osier::checkout
