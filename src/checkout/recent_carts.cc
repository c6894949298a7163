#include "checkout/recent_carts.h"

#include <functional>

namespace osier::checkout {

static std::size_t place_of(const CartToken& token) {
  return std::hash<std::string>{}(token.value()) % RecentCarts::carts_max;
}

std::optional<Cart> RecentCarts::find(const CartToken& token, Instant now) const {
  std::shared_ptr<const Kept> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = places_[place_of(token)];
  }
  if (!kept || kept->cart.token != token) return std::nullopt;
  const bool is_recent = kept->at <= now && now < kept->at + keep_duration;
  return is_recent ? std::optional(kept->cart) : std::nullopt;
}

void RecentCarts::note(const Cart& cart, Instant now) {
  if (cart.order || !cart.coupons.empty()) return forget(cart.token);
  auto kept = std::make_shared<const Kept>(Kept{.cart = cart, .at = now});
  const std::lock_guard lock(mutex_);
  places_[place_of(cart.token)] = std::move(kept);
}

void RecentCarts::forget(const CartToken& token) {
  const std::lock_guard lock(mutex_);
  auto& kept = places_[place_of(token)];
  if (kept && kept->cart.token == token) kept.reset();
}

}  // namespace osier::checkout
