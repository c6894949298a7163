// What shoppers do through a process of the shop. Each is one piece of work, with the
// calls that the storefront's and the store API's handlers make.

#pragma once

#include "simulation/world.h"

namespace osier::simulation {

Task<void> fill_cart(World& world, ShopProcess& shop, Shopper& shopper);
Task<void> change_cart(World& world, ShopProcess& shop, Shopper& shopper);
// A code that others want too.
Task<void> try_coupon(World& world, ShopProcess& shop, Shopper& shopper);
Task<void> look_at_cart(World& world, ShopProcess& shop, Shopper& shopper);
// The storefront: the shopper states the total seen; a hosted page, or an invoice.
Task<void> order_on_storefront(World& world, ShopProcess& shop, Shopper& shopper);
// The store API: a payment session, perhaps under an idempotency key of the client's.
Task<void> open_payment_session(World& world, ShopProcess& shop, Shopper& shopper);
Task<void> complete_cart(World& world, ShopProcess& shop, Shopper& shopper);
// From the order's page.
Task<void> pay_again(World& world, ShopProcess& shop, Bought bought, Shopper& shopper);
Task<void> cancel_order(World& world, ShopProcess& shop, Bought bought);
Task<void> look_at_order(World& world, ShopProcess& shop, Bought bought);

// What the shop's schedule does about payments on which card after card is tried.
Task<void> stop_card_testing(World& world, ShopProcess& shop);

Task<void> take_in_webhook(World& world, ShopProcess& shop, Webhook webhook);

}  // namespace osier::simulation
