// What Checkout is made of. Internal to checkout.

#pragma once

#include "checkout/cart_store.h"
#include "checkout/checkout.h"
#include "checkout/order_intake.h"
#include "checkout/recent_carts.h"

namespace osier::checkout {

struct Checkout::State {
  catalog::Catalog& catalog;
  promotions::Promotions& promotions;
  payments::Payments& payments;
  orders::Orders& orders;
  fulfilment::Fulfilment& fulfilment;
  const Clock& clock;
  Random& random;
  CheckoutOptions options;
  pg::Database& database;
  CartStore carts;
  OrderIntake intake;
  RecentCarts recent{};
  std::optional<HoldOrigins> origins = std::nullopt;  // Set by load(), if there are caps.
};

}  // namespace osier::checkout
