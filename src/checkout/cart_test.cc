#include "checkout/cart.h"

#include <gtest/gtest.h>

#include <random>

#include "catalog/test/shop.h"

namespace osier::checkout {
namespace {

using catalog::test::noon;
using catalog::test::product_of;

struct Desk {
  catalog::Product mug = product_of(1, "Mug", 2'400);
  catalog::Product bowl = product_of(2, "Bowl", 900);
  std::shared_ptr<const catalog::Snapshot> snapshot = catalog::test::snapshot_of({mug, bowl}, 10);
  std::vector<fulfilment::ShippingOption> options;

  Desk() {
    fulfilment::ShippingOption parcel;
    parcel.id = fulfilment::ShippingOptionId(catalog::test::id_of(9, 1));
    parcel.market_code = "eu";
    parcel.countries = {"DE"};
    options.push_back(parcel);
  }
  ShopView view() const {
    return {.snapshot = *snapshot, .shipping_options = options, .now = noon()};
  }
  catalog::VariantId mug_id() const { return mug.variants[0].id; }
  catalog::VariantId bowl_id() const { return bowl.variants[0].id; }
};

Cart empty_cart() {
  Cart cart;
  cart.market_code = "eu";
  cart.country = "DE";
  cart.locale = "en";
  return cart;
}

TEST(Cart, AddsToTheLineOfTheVariant) {
  const Desk desk;
  auto cart = with_line_added(desk.view(), empty_cart(), {desk.mug_id(), 2});
  cart = with_line_added(desk.view(), *cart, {desk.mug_id(), 8});
  ASSERT_TRUE(cart);
  ASSERT_EQ(cart->lines.size(), 1U);
  EXPECT_EQ(cart->lines[0].quantity, 10);
  EXPECT_EQ(with_line_added(desk.view(), *cart, {desk.mug_id(), 1}).error(),
            CartRefusal::not_enough_stock);
}

TEST(Cart, TakesTheLinesOfAnotherUpToWhatItHolds) {
  const Desk desk;
  Cart into = empty_cart();
  into.lines = {{.id = LineId(catalog::test::id_of(7, 1)),
                 .variant_id = desk.mug_id(),
                 .quantity = 9'000,
                 .unit_price_seen_minor = 2'400}};
  Cart from = empty_cart();
  from.lines = {{.id = LineId(catalog::test::id_of(7, 2)),
                 .variant_id = desk.mug_id(),
                 .quantity = 999,
                 .unit_price_seen_minor = 2'400},
                {.id = LineId(catalog::test::id_of(7, 3)),
                 .variant_id = desk.bowl_id(),
                 .quantity = 2,
                 .unit_price_seen_minor = 900}};
  const Cart merged = with_lines_merged(into, from.lines, noon());
  ASSERT_EQ(merged.lines.size(), 2U);
  EXPECT_EQ(merged.lines[0].quantity, quantity_per_line_max);
  EXPECT_EQ(merged.lines[1].quantity, 2);
  EXPECT_NE(merged.lines[1].id, from.lines[1].id) << "a line of its own";
  EXPECT_EQ(with_lines_merged(merged, from.lines, noon()).lines[0].quantity, quantity_per_line_max)
      << "one past the last";

  Cart full = empty_cart();
  for (std::size_t i = 0; i < lines_per_cart_max; ++i) {
    full.lines.push_back({.id = LineId(Uuid::v7(noon())),
                          .variant_id = catalog::VariantId(Uuid::v7(noon())),
                          .quantity = 1,
                          .unit_price_seen_minor = 1});
  }
  EXPECT_EQ(with_lines_merged(full, from.lines, noon()).lines.size(), lines_per_cart_max);
}

TEST(Cart, RefusesQuantitiesOutOfRange) {
  const Desk desk;
  for (const std::int32_t quantity : {0, -1, 10'000, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(with_line_added(desk.view(), empty_cart(), {desk.mug_id(), quantity}).error(),
              CartRefusal::quantity_out_of_range);
  }
  const auto cart = with_line_added(desk.view(), empty_cart(), {desk.mug_id(), 1});
  EXPECT_EQ(with_line_added(desk.view(), *cart, {desk.mug_id(), INT32_MAX}).error(),
            CartRefusal::quantity_out_of_range);
  EXPECT_EQ(with_line_set(desk.view(), *cart, cart->lines[0].id, -1).error(),
            CartRefusal::quantity_out_of_range);
  EXPECT_EQ(with_line_set(desk.view(), *cart, LineId(Uuid()), 1).error(),
            CartRefusal::unknown_line);
}

TEST(Cart, LetsALineShrinkWhenTooFewAreLeft) {
  Desk desk;
  const auto cart = with_line_added(desk.view(), empty_cart(), {desk.mug_id(), 10});
  desk.snapshot = catalog::test::snapshot_of({desk.mug}, 2);
  EXPECT_TRUE(with_line_set(desk.view(), *cart, cart->lines[0].id, 5))
      << "fewer is always a step forward";
  const auto accepted = with_changes_accepted(desk.view(), *cart);
  EXPECT_EQ(accepted->lines[0].quantity, 2);
  EXPECT_EQ(with_changes_accepted(desk.view(), *cart, Accept::prices)->lines[0].quantity, 10);
}

TEST(Cart, KeepsAPriceUnseenUntilItIsAccepted) {
  Desk desk;
  auto cart = with_line_added(desk.view(), empty_cart(), {desk.mug_id(), 1});
  desk.snapshot = catalog::test::snapshot_of({product_of(1, "Mug", 2'500)}, 10);
  cart = with_line_set(desk.view(), *cart, cart->lines[0].id, 2);
  EXPECT_EQ(cart->lines[0].unit_price_seen_minor, 2'400);
  EXPECT_EQ(with_changes_accepted(desk.view(), *cart)->lines[0].unit_price_seen_minor, 2'500);
}

TEST(Cart, DropsTheShippingOptionThatNoLongerServes) {
  const Desk desk;
  CartUpdate update;
  update.shipping_option_id = desk.options[0].id;
  auto cart = with_update(desk.view(), empty_cart(), update);
  ASSERT_TRUE(cart->shipping_option_id);
  CartUpdate to_austria;
  to_austria.contact = orders::Contact{};
  to_austria.contact->shipping.country = "AT";
  cart = with_update(desk.view(), *cart, to_austria);
  EXPECT_EQ(cart->country, "AT");
  EXPECT_FALSE(cart->shipping_option_id);
  to_austria.contact->shipping.country = "US";
  EXPECT_EQ(with_update(desk.view(), *cart, to_austria).error(), CartRefusal::country_not_served);
}

TEST(Cart, CannotBeChangedOnceItsOrderIsPlaced) {
  const Desk desk;
  Cart cart = empty_cart();
  cart.order.emplace().status = orders::OrderStatus::placed;
  EXPECT_EQ(with_line_added(desk.view(), cart, {desk.mug_id(), 1}).error(),
            CartRefusal::unknown_cart);
  EXPECT_EQ(with_update(desk.view(), cart, {}).error(), CartRefusal::unknown_cart);
}

TEST(Cart, NamesWhatIsMissing) {
  const Desk desk;
  const auto& market = desk.snapshot->markets()[0];
  orders::Contact contact;
  EXPECT_EQ(missing_contact_fields(contact, market).front(), "email");
  contact = {.email = "a@b.de", .phone = "", .shipping = {}, .billing = {}};
  contact.shipping.name = "Anna";
  contact.shipping.line1 = "Weg 1";
  contact.shipping.postal_code = "10115";
  contact.shipping.country = "DE";
  EXPECT_EQ(missing_contact_fields(contact, market),
            std::vector<std::string>{"shipping_address.city"});
}

TEST(Email, IsTakenByItsLooks) {
  for (const char* good : {"a@b.de", "first.last+tag@sub.example.com", "ü@example.org"})
    EXPECT_TRUE(is_email(good));
  for (const char* bad : {"", "a", "@b.de", "a@b", "a@.de", "a@b.", "a b@c.de", "a@b@c.de",
                          "a@b..de", "a@b.de\n", "<a@b.de>", "a@b.de,c@d.de"}) {
    EXPECT_FALSE(is_email(bad)) << bad;
  }
}

// Whatever is asked, a cart never has a line outside 1 … 9,999, two lines of one variant, or more
// than there are.
TEST(Cart, HoldsItsPromisesUnderTenThousandChanges) {
  const Desk desk;
  std::mt19937 random{20261122};  // A fixed seed: a failure can be repeated.
  Cart cart = empty_cart();
  for (int step = 0; step < 10'000; ++step) {
    const auto quantity = static_cast<std::int32_t>(random() % 14) - 1;
    const auto variant = random() % 2 == 0 ? desk.mug_id() : desk.bowl_id();
    const bool is_set = random() % 2 == 0 && !cart.lines.empty();
    const auto changed = is_set
                             ? with_line_set(desk.view(), cart,
                                             cart.lines[random() % cart.lines.size()].id, quantity)
                             : with_line_added(desk.view(), cart, {variant, quantity});
    if (changed) cart = *changed;
    ASSERT_LE(cart.lines.size(), 2U);
    for (const CartLine& line : cart.lines) {
      ASSERT_GE(line.quantity, 1) << "at step " << step;
      ASSERT_LE(line.quantity, 10) << "at step " << step;
    }
  }
}

}  // namespace
}  // namespace osier::checkout
