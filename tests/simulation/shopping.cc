#include "simulation/shopping.h"

#include <fmt/format.h>

#include "payments/declined_tries.h"

namespace osier::simulation {

namespace {

using checkout::Cart;
using checkout::CartUpdate;
using checkout::NewLine;
using checkout::PlaceCommand;
using payments::PaymentMethod;
using payments::Provider;

orders::Contact contact_of(const Shopper& shopper) {
  const bool is_us = shopper.market == "us";
  orders::Contact contact;
  contact.email = fmt::format("shopper{}@example.com", shopper.index);
  contact.shipping = {.name = "Anna Schmidt",
                      .company = "",
                      .line1 = "Hauptstr. 1",
                      .line2 = "",
                      .postal_code = is_us ? "07030" : "10115",
                      .city = is_us ? "Hoboken" : "Berlin",
                      .province = is_us ? "NJ" : "",
                      .country = is_us ? "US" : "DE",
                      .phone = ""};
  return contact;
}

// Some share one, as people behind one router do.
std::string address_of(const Shopper& shopper) {
  return fmt::format("192.0.2.{}", shopper.index / 3 + 1);
}

NewLine some_line(World& world) {
  Dice& dice = world.stage.dice();
  const bool is_popular = dice.below(5) != 0;
  const Ware& ware = is_popular ? dice.pick(world.popular) : dice.pick(world.fixture.wares);
  return {.variant_id = ware.variant, .quantity = dice.between(1, 3)};
}

void remember(const ShopProcess& shop, Shopper& shopper, const Cart& cart) {
  shopper.cart = cart.token;
  shopper.lines.clear();
  for (const auto& line : cart.lines) shopper.lines.push_back(line.id);
  const auto priced = shop.checkout.price(cart);
  if (priced) shopper.seen_total = priced->quote.total;
}

Bought& keep(Shopper& shopper, const checkout::Placed& placed) {
  for (Bought& known : shopper.bought) {
    if (known.order == placed.order_id && known.payment == placed.payment_id) return known;
  }
  shopper.bought.push_back({.order = placed.order_id,
                            .payment = placed.payment_id,
                            .access_token = placed.access_token,
                            .total = placed.total,
                            .provider = placed.provider});
  return shopper.bought.back();
}

void show_page(Shopper& shopper, payments::PaymentId payment) {
  for (Bought& known : shopper.bought) {
    if (known.payment == payment) known.is_page_shown = true;
  }
}

// The page at the provider, as the shopper gets to see it.
Task<Result<payments::Payment, payments::OpenRefusal>> open_page(ShopProcess& shop,
                                                                 orders::OrderId order_id,
                                                                 payments::PaymentId payment_id) {
  const auto order = co_await shop.orders.find(order_id);
  require(order.has_value(), "an order that was acknowledged is there");
  auto purchase = shop.orders.purchase_of(*order, payment_id, "", "");
  co_return co_await shop.payments.open_at_provider(std::move(purchase));
}

void note_refusal(World& world, const checkout::NotPlaced& refusal) {
  if (refusal.reason == checkout::PlaceRefusal::sold_out) ++world.counts.refused_for_stock;
  world.stage.note(fmt::format("not placed: {}", static_cast<int>(refusal.reason)));
}

}  // namespace

Task<void> fill_cart(World& world, ShopProcess& shop, Shopper& shopper) {
  Dice& dice = world.stage.dice();
  checkout::Checkout::NewCart request{
      .market_code = shopper.market, .country = std::nullopt, .locale = "en"};
  const int lines = world.broken.skips_coupon_lock ? 1 : dice.between(1, 3);
  for (int i = 0; i < lines; ++i) request.lines.push_back(some_line(world));
  if (dice.below(4) == 0)
    request.lines.push_back(request.lines.front());  // The same variant twice.
  request.contact = contact_of(shopper);
  const auto cart = co_await shop.checkout.create_cart(std::move(request));
  if (!cart) co_return;
  CartUpdate update;
  update.shipping_option_id =
      shopper.market == "us" ? world.fixture.us_mail : world.fixture.eu_parcel;
  const auto ready = co_await shop.checkout.update_cart(cart->token, std::move(update));
  if (!ready) co_return;
  shopper.idempotency_key.reset();
  remember(shop, shopper, *ready);
  if (world.broken.skips_coupon_lock || dice.below(3) == 0)
    co_await try_coupon(world, shop, shopper);
}

Task<void> try_coupon(World& world, ShopProcess& shop, Shopper& shopper) {
  Dice& dice = world.stage.dice();
  const std::string code =
      world.broken.skips_coupon_lock ? coupon_codes.front() : dice.pick(coupon_codes);
  const auto cart = co_await shop.checkout.add_coupon(*shopper.cart, code);
  if (cart) remember(shop, shopper, *cart);
}

Task<void> change_cart(World& world, ShopProcess& shop, Shopper& shopper) {
  Dice& dice = world.stage.dice();
  const auto token = *shopper.cart;
  Result<Cart, checkout::CartRefusal> changed = refuse(checkout::CartRefusal::unknown_cart);
  const auto kind = dice.below(5);
  if (kind == 4) co_return co_await try_coupon(world, shop, shopper);
  if (kind == 0) {
    const NewLine line = some_line(world);
    changed = co_await shop.checkout.add_line(token, line.variant_id, line.quantity);
  } else if (kind == 1 && !shopper.lines.empty()) {
    const auto line = dice.pick(shopper.lines);
    const auto quantity = dice.between(0, 4);
    changed = co_await shop.checkout.set_line(token, line, quantity);
  } else if (kind == 2) {
    CartUpdate update;
    auto contact = contact_of(shopper);
    contact.shipping.line1 = fmt::format("Nebenstr. {}", dice.between(1, 9));
    update.contact = std::move(contact);
    changed = co_await shop.checkout.update_cart(token, std::move(update));
  } else {
    changed = co_await shop.checkout.accept_changes(token);
  }
  if (changed) remember(shop, shopper, *changed);
}

Task<void> look_at_cart(World&, ShopProcess& shop, Shopper& shopper) {
  const auto cart = co_await shop.checkout.find_cart(*shopper.cart);
  if (cart) {
    remember(shop, shopper, *cart);
  } else {
    shopper.cart.reset();
  }
}

Task<void> order_on_storefront(World& world, ShopProcess& shop, Shopper& shopper) {
  const bool is_manual = world.stage.dice().below(6) == 0;
  PlaceCommand command{.cart_token = *shopper.cart,
                       .provider = is_manual ? Provider::manual : Provider::stripe,
                       .method = is_manual ? PaymentMethod::transfer : PaymentMethod::hosted_page,
                       .stated_total = shopper.seen_total,
                       .idempotency_key = std::nullopt,
                       .client_address = address_of(shopper)};
  const auto token = command.cart_token;
  const auto placed = co_await shop.checkout.place(std::move(command));
  if (!placed) {
    note_refusal(world, placed.error());
    if (placed.error().reason == checkout::PlaceRefusal::unknown_cart) shopper.cart.reset();
    if (placed.error().reason == checkout::PlaceRefusal::changed) {
      const auto seen = co_await shop.checkout.accept_changes(token);
      if (seen) remember(shop, shopper, *seen);
    }
    co_return;
  }
  (void)keep(shopper, *placed);
  if (placed->provider == Provider::manual) {
    (void)co_await shop.orders.accept_manual_payment(placed->order_id);
    co_return;
  }
  const auto opened = co_await open_page(shop, placed->order_id, placed->payment_id);
  if (opened) show_page(shopper, placed->payment_id);
}

Task<void> open_payment_session(World& world, ShopProcess& shop, Shopper& shopper) {
  Dice& dice = world.stage.dice();
  if (!shopper.idempotency_key && dice.below(3) == 0)
    shopper.idempotency_key = fmt::format("key-{}", dice.below(1'000'000));
  const PlaceCommand command{.cart_token = *shopper.cart,
                             .provider = dice.below(8) == 0 ? Provider::manual : Provider::stripe,
                             .method = PaymentMethod::client_intent,
                             .stated_total = std::nullopt,
                             .idempotency_key = shopper.idempotency_key,
                             .client_address = address_of(shopper)};
  for (int tries = 0; tries < 2; ++tries) {
    const auto placed = co_await shop.checkout.place(command);
    if (!placed) {
      note_refusal(world, placed.error());
      if (placed.error().reason == checkout::PlaceRefusal::changed)
        (void)co_await shop.checkout.accept_changes(command.cart_token, checkout::Accept::prices);
      co_return;
    }
    (void)keep(shopper, *placed);
    if (placed->provider == Provider::manual) co_return;
    const auto opened = co_await open_page(shop, placed->order_id, placed->payment_id);
    if (opened) {
      show_page(shopper, placed->payment_id);
      co_return;
    }
    if (opened.error() == payments::OpenRefusal::provider_refused) co_return;
    (void)co_await shop.orders.release(placed->order_id, orders::Orders::ReleaseReason::canceled,
                                       "shopper");
  }
}

Task<void> complete_cart(World& world, ShopProcess& shop, Shopper& shopper) {
  const auto cart = co_await shop.checkout.find_any_cart(*shopper.cart);
  if (!cart || !cart->order || cart->order->status != orders::OrderStatus::pending) co_return;
  const auto order_id = cart->order->id;
  const auto attempts = co_await shop.payments.of_payable(payments::PayableId{order_id.value()});
  if (attempts.empty()) co_return;
  const auto& payment = attempts.back();
  const bool was_ready_before =
      cart->order->cart_version == cart->version && !payments::is_ended(payment.status);
  if (!was_ready_before) co_return;
  if (payment.provider == Provider::manual) {
    (void)co_await shop.orders.accept_manual_payment(order_id);
    co_return;
  }
  auto report = co_await shop.payments.ask(payment.id);
  co_await shop.orders.settle(std::move(report));
  const auto order = co_await shop.orders.find(order_id);
  world.stage.note(fmt::format("completed: {}", orders::to_string(order->status)));
  if (order->status == orders::OrderStatus::placed) shopper.cart.reset();
}

Task<void> pay_again(World&, ShopProcess& shop, Bought bought, Shopper& shopper) {
  const auto order = co_await shop.orders.find_by_access_token(bought.access_token);
  require(order.has_value(), "an order that was acknowledged is there");
  if (order->status != orders::OrderStatus::pending) co_return;
  const auto opened = co_await open_page(shop, bought.order, bought.payment);
  if (opened) show_page(shopper, bought.payment);
}

Task<void> cancel_order(World& world, ShopProcess& shop, Bought bought) {
  const auto outcome = co_await shop.orders.release(
      bought.order, orders::Orders::ReleaseReason::canceled, "shopper");
  world.stage.note(fmt::format("canceling: {}", static_cast<int>(outcome)));
}

Task<void> look_at_order(World& world, ShopProcess& shop, Bought bought) {
  const auto order = co_await shop.orders.find_by_access_token(bought.access_token);
  if (!order || order->total != bought.total) {
    world.stage.fail("an order that was acknowledged is not there as it was");
    co_return;
  }
  world.stage.note(fmt::format("order {} is {}, {}", order->number,
                               orders::to_string(order->status),
                               orders::to_string(order->payment_status)));
}

Task<void> stop_card_testing(World&, ShopProcess& shop) {
  const auto payables = co_await payments::declined_too_often(shop.database, 50);
  for (const payments::PayableId payable : payables) {
    (void)co_await shop.orders.release(orders::OrderId{payable.value()},
                                       orders::Orders::ReleaseReason::canceled, "card_testing");
  }
}

// A webhook that could not be stored comes again, as the provider does it.
Task<void> take_in_webhook(World& world, ShopProcess& shop, Webhook webhook) {
  bool is_stored = false;
  try {
    (void)co_await shop.inbox.store(webhook.event);
    is_stored = true;
  } catch (const pg::Error&) {
    world.stage.note("a webhook was not stored");
  }
  if (!is_stored) world.account.webhooks.push_back(std::move(webhook));
}

}  // namespace osier::simulation
