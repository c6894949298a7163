#include <gtest/gtest.h>

#include "catalog/hold_settings.h"
#include "checkout/hold_rules.h"
#include "checkout/test/shop.h"

namespace osier::checkout {
namespace {

using test::in_shop;
using test::Shop;

const audit::Actor staff{audit::ActorKind::staff, "test"};

// --- How long.

constexpr pg::Statement hold_of_sql{"checkout_test.hold_of", R"sql(
  SELECT extract(epoch FROM expires_at - created_at)::bigint FROM orders.orders WHERE id = $1
)sql"};

Task<Duration> hold_of_new_order(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  PlaceCommand command;
  command.cart_token = cart.token;
  const auto placed = co_await shop.checkout.place(std::move(command));
  require(placed.has_value(), "the order is placed");
  const auto row = co_await shop.database.run_one(hold_of_sql, placed->order_id);
  co_return std::chrono::seconds(row->get<std::int64_t>(0));
}

Task<void> set_holds(Shop& shop) {
  EXPECT_EQ(co_await hold_of_new_order(shop), Duration(30min));

  EXPECT_TRUE(co_await catalog::set_market_hold(shop.database, "eu", 45, staff, shop.clock.now()));
  co_await shop.catalog.refresh();
  EXPECT_EQ(co_await hold_of_new_order(shop), Duration(45min));

  EXPECT_TRUE(
      co_await catalog::set_product_hold(shop.database, "mug", 12, staff, shop.clock.now()));
  co_await shop.catalog.refresh();
  EXPECT_EQ(co_await hold_of_new_order(shop), Duration(12min));

  EXPECT_TRUE(co_await catalog::set_product_hold(shop.database, "mug", std::nullopt, staff,
                                                 shop.clock.now()));
  EXPECT_TRUE(co_await catalog::set_market_hold(shop.database, "eu", std::nullopt, staff,
                                                shop.clock.now()));
  co_await shop.catalog.refresh();
  EXPECT_EQ(co_await hold_of_new_order(shop), Duration(30min));

  EXPECT_FALSE(
      co_await catalog::set_market_hold(shop.database, "mars", 20, staff, shop.clock.now()));
  EXPECT_FALSE(
      co_await catalog::set_product_hold(shop.database, "nothing", 20, staff, shop.clock.now()));
}

TEST(Hold, IsAsLongAsTheProductSaysElseTheMarketElseTheShop) { in_shop(set_holds); }

constexpr pg::Statement age_orders_sql{"checkout_test.age_orders", R"sql(
  UPDATE orders.orders
     SET created_at = created_at - $1 * interval '1 minute', expires_at = expires_at - $1 * interval '1 minute'
)sql"};

constexpr pg::Statement minutes_left_sql{"checkout_test.minutes_left", R"sql(
  SELECT round(extract(epoch FROM expires_at - clock_timestamp()) / 60)::bigint FROM orders.orders
)sql"};

Task<std::int64_t> minutes_left(Shop& shop) {
  const auto row = co_await shop.database.run_one(minutes_left_sql);
  co_return row->get<std::int64_t>(0);
}

payments::PaymentReport unpaid_report(const Placed& placed) {
  const Money nothing = Money::zero(placed.total.currency());
  return {.payment_id = placed.payment_id,
          .status = payments::PaymentStatus::requires_action,
          .authorized = nothing,
          .captured = nothing,
          .refunded = nothing,
          .provider_payment_id = "pi_test",
          .capture_reference = {},
          .refunds = {},
          .failure_reason = {}};
}

Task<void> extend_hold(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  PlaceCommand command;
  command.cart_token = cart.token;
  const auto placed = co_await shop.checkout.place(std::move(command));
  require(placed.has_value(), "the order is placed");
  co_await shop.database.run(age_orders_sql, 28);
  EXPECT_EQ(co_await minutes_left(shop), 2);

  auto looked_at = unpaid_report(*placed);
  co_await shop.orders.settle(std::move(looked_at));
  EXPECT_EQ(co_await minutes_left(shop), 2);  // Reloading is no step.

  auto challenged = unpaid_report(*placed);
  challenged.is_under_way = true;
  co_await shop.orders.settle(challenged);
  EXPECT_EQ(co_await minutes_left(shop), 10);

  co_await shop.database.run(age_orders_sql, 37);  // 65 minutes old: 70 is the end.
  co_await shop.orders.settle(challenged);
  EXPECT_EQ(co_await minutes_left(shop), 5);
}

TEST(Hold, IsExtendedByAStepOfPayingAndNeverByLooking) { in_shop(extend_hold); }

// --- How much.

struct CappedShop {
  explicit CappedShop(Shop& shop, HoldCaps caps)
      : checkout(shop.database, shop.catalog, shop.inventory, shop.promotions, shop.payments,
                 shop.orders, shop.fulfilment, shop.clock, shop.random, Loop::current(),
                 {.hold_caps = caps, .hold_cap_exempt = {"127.0.0.0/8"}}) {}
  Checkout checkout;
};

Task<Result<Placed, NotPlaced>> place_from(Shop& shop, Checkout& checkout, std::string address,
                                           std::string email, std::int32_t mugs) {
  const Cart cart = co_await shop.ready_cart(mugs);
  CartUpdate update;
  update.contact = test::some_contact();
  update.contact->email = std::move(email);
  const auto with_email = co_await checkout.update_cart(cart.token, std::move(update));
  require(with_email.has_value(), "the cart takes the e-mail");
  PlaceCommand command;
  command.cart_token = cart.token;
  command.client_address = std::move(address);
  co_return co_await checkout.place(std::move(command));
}

Task<bool> is_capped(Shop& shop, Checkout& checkout, std::string address, std::string email,
                     std::int32_t mugs = 1) {
  const auto placed =
      co_await place_from(shop, checkout, std::move(address), std::move(email), mugs);
  if (!placed) EXPECT_EQ(placed.error().reason, PlaceRefusal::too_many_holds);
  co_return !placed;
}

Task<void> hoard(Shop& shop) {
  co_await shop.set_stock("MUG", 1'000);
  CappedShop capped(shop, {.orders_max = 2, .units_max = 50});
  Checkout& checkout = capped.checkout;
  co_await checkout.load();

  const auto first = co_await place_from(shop, checkout, "203.0.113.7", "a@example.com", 1);
  EXPECT_TRUE(first);
  EXPECT_FALSE(co_await is_capped(shop, checkout, "203.0.113.7", "b@example.com"));
  EXPECT_TRUE(co_await is_capped(shop, checkout, "203.0.113.7", "c@example.com"));
  EXPECT_FALSE(co_await is_capped(shop, checkout, "203.0.113.8", "c@example.com"));

  // By e-mail, whatever the address.
  EXPECT_FALSE(co_await is_capped(shop, checkout, "198.51.100.1", " A@Example.com"));
  EXPECT_TRUE(co_await is_capped(shop, checkout, "198.51.100.2", "a@example.com"));

  // An IPv6 network is one client; units count too; exempt addresses do not.
  EXPECT_FALSE(co_await is_capped(shop, checkout, "2001:db8::1", "v6@example.com", 50));
  EXPECT_TRUE(co_await is_capped(shop, checkout, "2001:db8::ffff", "v6b@example.com", 1));
  EXPECT_TRUE(co_await is_capped(shop, checkout, "198.51.100.3", "d@example.com", 51));
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(co_await is_capped(shop, checkout, "127.0.0.1", "till@example.com"));
  }

  // An order that is over counts no more, and nothing of its origin is left.
  const auto count_before = co_await shop.count("orders.hold_origins");
  const auto outcome = co_await shop.orders.release(
      first->order_id, orders::Orders::ReleaseReason::canceled, "shopper");
  EXPECT_EQ(outcome, orders::Orders::ReleaseOutcome::released);
  EXPECT_EQ(co_await shop.count("orders.hold_origins"), count_before - 1);
  EXPECT_FALSE(co_await is_capped(shop, checkout, "203.0.113.7", "e@example.com"));
}

TEST(HoldCaps, Hardening87StopWhoeverOrdersAgainAndAgainWithoutPaying) { in_shop(hoard); }

Task<void> place_into(Shop& shop, Checkout& checkout, int n, int& placed) {
  const bool was_capped =
      co_await is_capped(shop, checkout, "203.0.113.7", std::to_string(n) + "@example.com");
  if (!was_capped) ++placed;
}

Task<void> hoard_at_once(Shop& shop) {
  co_await shop.set_stock("MUG", 1'000);
  CappedShop capped(shop, {.orders_max = 3, .units_max = 0});
  co_await capped.checkout.load();
  int placed = 0;
  std::vector<Task<void>> tries;
  for (int i = 0; i < 40; ++i) tries.push_back(place_into(shop, capped.checkout, i, placed));
  co_await when_all(std::move(tries));
  EXPECT_EQ(placed, 3);
}

TEST(HoldCaps, Hardening87HoldAlsoInOneBatch) { in_shop(hoard_at_once); }

}  // namespace
}  // namespace osier::checkout
