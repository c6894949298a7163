// The carts' tables: every statement that touches them. Each function is one round trip.

#pragma once

#include "checkout/cart.h"
#include "platform/postgres/database.h"

namespace osier::checkout {

class CartStore {
 public:
  explicit CartStore(pg::Database& database) : database_(database) {}

  Task<std::optional<Cart>> find(CartToken token);
  Task<void> insert(Cart cart);
  // Writes what differs, if the cart still is what `before` says. Returns whether it was.
  Task<bool> save(Cart before, Cart after);

  // The cart of that order is done.
  Task<void> complete_of(orders::OrderId order_id, Instant now);
  // Returns how many were abandoned.
  Task<int> abandon(Instant untouched_since, Instant now, int limit);

 private:
  pg::Database& database_;
};

}  // namespace osier::checkout
