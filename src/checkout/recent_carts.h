// Carts as this process wrote them last: the shopper's next step need not read the cart again
// before it changes it or orders what is in it.
//
// Never an answer by itself. What was decided on such a cart is written only if the cart still has
// that version and still no order (CartStore::save and OrderIntake ask); else it is decided anew on
// what is read then. So another process, another tab or a payment in between costs a second try,
// and nothing else. Carts with an order or a coupon are not kept: what they may hold depends on
// others.
//
// On any loop.

#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "checkout/cart.h"

namespace osier::checkout {

class RecentCarts {
 public:
  static constexpr std::size_t carts_max = 16'384;  // Of two at one place the later one is kept.
  static constexpr Duration keep_duration = std::chrono::minutes(5);

  std::optional<Cart> find(const CartToken& token, Instant now) const;
  // Keeps it in place of what was known of it, or forgets that.
  void note(const Cart& cart, Instant now);
  void forget(const CartToken& token);

 private:
  struct Kept {
    Cart cart;
    Instant at;
  };

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Kept>> places_{carts_max};
};

}  // namespace osier::checkout
