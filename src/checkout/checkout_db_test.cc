#include <gtest/gtest.h>

#include "checkout/test/shop.h"

namespace osier::checkout {
namespace {

using test::in_shop;
using test::Shop;

constexpr pg::Statement number_of_orders_sql{"checkout_test.number_of_orders", R"sql(
  SELECT count(*) FROM orders.orders WHERE status = $1
)sql"};

Task<std::int64_t> orders_that_are(Shop& shop, std::string status) {
  const auto row = co_await shop.database.run_one(number_of_orders_sql, status);
  co_return row->get<std::int64_t>(0);
}

PlaceCommand place_command(const Cart& cart,
                           payments::Provider provider = payments::Provider::manual) {
  return {.cart_token = cart.token,
          .provider = provider,
          .method = payments::PaymentMethod::client_intent,
          .stated_total = std::nullopt,
          .idempotency_key = std::nullopt};
}

// --- Carts.

Task<void> keep_a_cart(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(2);
  const auto found = co_await shop.checkout.find_cart(cart.token);
  EXPECT_TRUE(found);
  if (!found) co_return;
  EXPECT_EQ(found->id, cart.id);
  EXPECT_EQ(found->version, 2);
  EXPECT_EQ(found->lines, cart.lines);
  EXPECT_EQ(found->contact, cart.contact);
  EXPECT_EQ(found->shipping_option_id, shop.parcel);
  EXPECT_EQ(found->market_code, "eu");

  const auto priced = shop.checkout.price(*found);
  EXPECT_TRUE(priced);
  EXPECT_EQ(priced->quote.total, Money::minor(5'290, Currency::of("EUR")));
  EXPECT_EQ(priced->quote.tax, Money::minor(766 + 78, Currency::of("EUR")));
}
TEST(Carts, AreFoundAsTheyWereSaved) { in_shop(keep_a_cart); }

Task<void> refuse_strangers(Shop& shop) {
  for (const char* token : {"", "x", "AAAAAAAAAAAAAAAAAAAAAA", "' OR true; --          "}) {
    EXPECT_FALSE(co_await shop.checkout.find_any_cart(CartToken(token))) << token;
  }
  const auto outcome =
      co_await shop.checkout.add_line(CartToken("AAAAAAAAAAAAAAAAAAAAAA"), shop.mug, 1);
  EXPECT_FALSE(outcome);
}
TEST(Carts, OfUnknownTokensAreNotThere) { in_shop(refuse_strangers); }

Task<void> change_lines(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  auto changed = co_await shop.checkout.add_line(cart.token, shop.mug, 2);
  EXPECT_EQ(changed->lines.front().quantity, 3);
  changed = co_await shop.checkout.add_line(cart.token, shop.book, 1);
  EXPECT_EQ(changed->lines.size(), 2U);
  changed = co_await shop.checkout.set_line(cart.token, changed->lines.front().id, 0);
  EXPECT_EQ(changed->lines.size(), 1U);
  EXPECT_EQ(changed->version, 5);
  const auto same = co_await shop.checkout.set_line(cart.token, changed->lines.front().id, 1);
  EXPECT_EQ(same->version, 5) << "a change that changes nothing leaves the version";

  const auto too_many = co_await shop.checkout.add_line(cart.token, shop.mug, 11);
  EXPECT_FALSE(too_many);
  EXPECT_EQ(too_many.error(), CartRefusal::not_enough_stock);
  for (const std::int32_t quantity : {0, -1, 10'000}) {
    const auto refused = co_await shop.checkout.add_line(cart.token, shop.mug, quantity);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error(), CartRefusal::quantity_out_of_range);
  }
  const auto stored = co_await shop.checkout.find_cart(cart.token);
  EXPECT_EQ(stored->lines, changed->lines);
}
TEST(Carts, ChangeLineByLine) { in_shop(change_lines); }

Task<void> add_in_parallel(Shop& shop, CartToken token) {
  const auto added = co_await shop.checkout.add_line(token, shop.mug, 1);
  EXPECT_TRUE(added);
}
Task<void> add_from_tabs(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  std::vector<Task<void>> tabs;
  for (int i = 0; i < 3; ++i) tabs.push_back(add_in_parallel(shop, cart.token));
  co_await when_all(std::move(tabs));
  const auto found = co_await shop.checkout.find_cart(cart.token);
  EXPECT_EQ(found->lines.front().quantity, 4);
  EXPECT_EQ(found->version, 5);
}
TEST(Carts, LoseNothingWhenTabsAddAtOnce) { in_shop(add_from_tabs); }

Task<void> move_market(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  (void)co_await shop.checkout.add_line(cart.token, shop.book, 1);
  CartUpdate update;
  update.market_code = "us";
  const auto moved = co_await shop.checkout.update_cart(cart.token, std::move(update));
  EXPECT_TRUE(moved);
  EXPECT_EQ(moved->country, "US");
  EXPECT_FALSE(moved->shipping_option_id);
  const auto priced = shop.checkout.price(*moved);
  EXPECT_EQ(priced->quote.total, Money::minor(2'600, Currency::of("USD")));
  EXPECT_EQ(priced->notices.size(), 1U);
  EXPECT_EQ(priced->notices.front().kind, Notice::Kind::no_longer_sold);
}
// Hardening 69.
TEST(Carts, AreRepricedInAnotherMarket) { in_shop(move_market); }

Task<void> overflow_total(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  const auto added = co_await shop.checkout.add_line(cart.token, shop.card, 9'999);
  EXPECT_TRUE(added) << "99,990,000,000,000 minor units are fewer than the largest total";
  co_await shop.set_price(shop.card, 100'000'000'000);
  const auto more = co_await shop.checkout.add_line(cart.token, shop.mug, 1);
  EXPECT_TRUE(more) << "999,900,000,000,000 still fit";
}
// Hardening 67.
TEST(Carts, ReckonWithHugeTotals) { in_shop(overflow_total); }

// Each process knows the carts that it wrote last; what another one did meanwhile is seen all the
// same.
Task<void> change_in_two_processes(Shop& shop) {
  Checkout other(shop.database, shop.catalog, shop.inventory, shop.promotions, shop.payments,
                 shop.orders, shop.fulfilment, shop.clock, shop.random, Loop::current(), {});
  const Cart cart = co_await shop.ready_cart(1);
  auto changed = co_await other.add_line(cart.token, shop.book, 1);
  EXPECT_EQ(changed->lines.size(), 2U);
  const LineId book_line = changed->lines.back().id;
  changed = co_await shop.checkout.set_line(cart.token, book_line, 2);  // Not known here.
  EXPECT_TRUE(changed);
  changed = co_await other.add_line(cart.token, shop.mug, 1);  // Known there as it was.
  EXPECT_EQ(changed->lines.size(), 2U);
  EXPECT_EQ(changed->lines.front().quantity, 2);
  EXPECT_EQ(changed->lines.back().quantity, 2);

  (void)co_await shop.checkout.set_line(cart.token, book_line, 1);
  const auto placed = co_await other.place(place_command(*changed));  // Known there as it was.
  EXPECT_TRUE(placed);
  const auto order = co_await shop.orders.find(placed->order_id);
  EXPECT_EQ(order->lines.back().quantity, 1) << "what is in the cart now is ordered";
  co_await shop.catalog.load();
  changed = co_await shop.checkout.add_line(cart.token, shop.mug, 8);
  EXPECT_TRUE(changed) << "the order's own units count as available";
  EXPECT_TRUE(changed->order);
}
TEST(Carts, ChangedInAnotherProcessAreSeen) { in_shop(change_in_two_processes); }

// --- Orders.

Task<void> place_one(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(2);
  auto command = place_command(cart);
  command.stated_total = Money::minor(5'290, Currency::of("EUR"));
  const auto placed = co_await shop.checkout.place(command);
  EXPECT_TRUE(placed);
  EXPECT_FALSE(placed->is_repeat);
  const auto order = co_await shop.orders.find(placed->order_id);
  EXPECT_EQ(order->status, orders::OrderStatus::pending);
  EXPECT_EQ(order->total, placed->total);
  EXPECT_EQ(order->contact.billing, order->contact.shipping);
  EXPECT_EQ(order->lines.front().title, "Mug");
  EXPECT_EQ(order->number, placed->number);

  const auto again = co_await shop.checkout.place(command);
  EXPECT_TRUE(again->is_repeat);
  EXPECT_EQ(again->order_id, placed->order_id);
  EXPECT_EQ(again->payment_id, placed->payment_id);
  const auto found = co_await shop.orders.find_by_access_token(placed->access_token);
  EXPECT_EQ(found->id, placed->order_id);
}
TEST(Placing, FreezesTheCartOnce) { in_shop(place_one); }

Task<void> expect_refusal(Shop& shop, PlaceCommand command, PlaceRefusal reason) {
  const auto outcome = co_await shop.checkout.place(command);
  EXPECT_FALSE(outcome);
  if (!outcome) EXPECT_EQ(static_cast<int>(outcome.error().reason), static_cast<int>(reason));
}

Task<void> refuse_unready_carts(Shop& shop) {
  Checkout::NewCart request{.market_code = "eu", .country = std::nullopt, .locale = "en"};
  auto cart = co_await shop.checkout.create_cart(request);
  co_await expect_refusal(shop, place_command(*cart), PlaceRefusal::cart_is_empty);
  cart = co_await shop.checkout.add_line(cart->token, shop.mug, 1);
  co_await expect_refusal(shop, place_command(*cart), PlaceRefusal::contact_incomplete);
  CartUpdate update;
  update.contact = test::some_contact();
  cart = co_await shop.checkout.update_cart(cart->token, update);
  co_await expect_refusal(shop, place_command(*cart), PlaceRefusal::shipping_missing);
  update = {};
  update.shipping_option_id = shop.mail;
  EXPECT_FALSE(co_await shop.checkout.update_cart(cart->token, update))
      << "mail serves another market";
  update.shipping_option_id = shop.parcel;
  cart = co_await shop.checkout.update_cart(cart->token, update);
  auto command = place_command(*cart);
  command.stated_total = Money::minor(1, Currency::of("EUR"));
  co_await expect_refusal(shop, command, PlaceRefusal::changed);
  command.cart_token = CartToken("AAAAAAAAAAAAAAAAAAAAAA");
  co_await expect_refusal(shop, command, PlaceRefusal::unknown_cart);
  EXPECT_EQ(co_await shop.count("orders.orders"), 0);
}
TEST(Placing, RefusesACartThatIsNotReady) { in_shop(refuse_unready_carts); }

Task<void> change_price(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  co_await shop.set_price(shop.mug, 2'500);
  const auto outcome = co_await shop.checkout.place(place_command(cart));
  EXPECT_FALSE(outcome);
  EXPECT_EQ(outcome.error().reason, PlaceRefusal::changed);
  EXPECT_EQ(outcome.error().notices.front().kind, Notice::Kind::price_changed);
  (void)co_await shop.checkout.accept_changes(cart.token);
  const auto placed = co_await shop.checkout.place(place_command(cart));
  EXPECT_TRUE(placed);
  EXPECT_EQ(placed->total, Money::minor(2'990, Currency::of("EUR")));
}
// Hardening 72.
TEST(Placing, WantsANewPriceConfirmed) { in_shop(change_price); }

Task<void> change_cart_after_placing(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(9);
  const auto first = co_await shop.checkout.place(place_command(cart, payments::Provider::stripe));
  EXPECT_TRUE(first);
  co_await shop.catalog.load();
  const auto more = co_await shop.checkout.add_line(cart.token, shop.mug, 1);
  EXPECT_TRUE(more) << "the units its own order holds are the cart's";
  const auto second = co_await shop.checkout.place(place_command(cart, payments::Provider::stripe));
  EXPECT_TRUE(second);
  EXPECT_NE(second->order_id, first->order_id);
  const auto old = co_await shop.orders.find(first->order_id);
  EXPECT_EQ(old->status, orders::OrderStatus::canceled);
  EXPECT_EQ(shop.stripe.standings.size(), 0U)
      << "an attempt that was never opened needs no closing";
}
// Hardening 76, 78.
TEST(Placing, ReplacesTheOrderOfAChangedCart) { in_shop(change_cart_after_placing); }

Task<void> change_provider(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  const auto first = co_await shop.checkout.place(place_command(cart, payments::Provider::stripe));
  const auto second = co_await shop.checkout.place(place_command(cart, payments::Provider::manual));
  EXPECT_TRUE(second);
  EXPECT_NE(second->order_id, first->order_id);
  EXPECT_EQ(second->provider, payments::Provider::manual);
  EXPECT_EQ(co_await orders_that_are(shop, "pending"), 1);
}
TEST(Placing, ReplacesTheOrderWhenItIsPaidElsewhere) { in_shop(change_provider); }

Task<void> repeat_a_key(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  auto command = place_command(cart);
  command.idempotency_key = "my-key";
  const auto first = co_await shop.checkout.place(command);
  (void)co_await shop.checkout.add_line(cart.token, shop.mug, 1);
  const auto second = co_await shop.checkout.place(command);
  EXPECT_EQ(second->order_id, first->order_id);
  EXPECT_TRUE(second->is_repeat);
  const Cart other = co_await shop.ready_cart(1);
  command.cart_token = other.token;
  const auto others = co_await shop.checkout.place(command);
  EXPECT_NE(others->order_id, first->order_id) << "a key is its cart's own";
}
TEST(Placing, AnswersAKeyTwiceWithTheSameOrder) { in_shop(repeat_a_key); }

Task<void> complete(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  const auto placed = co_await shop.checkout.place(place_command(cart));
  EXPECT_TRUE(co_await shop.orders.accept_manual_payment(placed->order_id));
  EXPECT_FALSE(co_await shop.checkout.find_cart(cart.token)) << "its order is placed";
  EXPECT_FALSE(co_await shop.checkout.add_line(cart.token, shop.mug, 1));
  const std::vector<orders::OrderId> of_order{placed->order_id};
  co_await shop.checkout.complete_carts_of(of_order);
  co_await shop.checkout.complete_carts_of(of_order);
  const auto done = co_await shop.checkout.find_any_cart(cart.token);
  EXPECT_EQ(done->status, CartStatus::completed);
  const auto again = co_await shop.checkout.place(place_command(cart));
  EXPECT_EQ(again->order_id, placed->order_id);
}
TEST(Carts, AreOverOnceTheirOrderIsPlaced) { in_shop(complete); }

constexpr pg::Statement age_sql{"checkout_test.age", R"sql(
  UPDATE checkout.carts SET updated_at = updated_at - interval '100 days'
)sql"};

Task<void> abandon(Shop& shop) {
  const Cart idle = co_await shop.ready_cart(1);
  const Cart ordered = co_await shop.ready_cart(1);
  (void)co_await shop.checkout.place(place_command(ordered));
  co_await shop.database.run(age_sql);
  const Cart young = co_await shop.ready_cart(1);
  EXPECT_EQ(co_await shop.checkout.abandon_idle_carts(100), 1);
  EXPECT_EQ(co_await shop.checkout.abandon_idle_carts(100), 0);
  EXPECT_FALSE(co_await shop.checkout.find_cart(idle.token));
  EXPECT_TRUE(co_await shop.checkout.find_cart(ordered.token));
  EXPECT_TRUE(co_await shop.checkout.find_cart(young.token));
  EXPECT_EQ(co_await shop.count("checkout.cart_contacts"), 2);
}
TEST(Carts, LeftForLongAreForgotten) { in_shop(abandon); }

}  // namespace
}  // namespace osier::checkout
