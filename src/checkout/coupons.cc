// Coupons in a cart: taking a code in and out.

#include <algorithm>

#include "checkout/checkout_state.h"

namespace osier::checkout {

static CouponNotTaken not_taken(CartRefusal refusal) { return {.cart = refusal}; }

static const PricedCoupon* find_priced(const PricedCart& priced, const std::string& code) {
  const auto found = std::ranges::find(priced.coupons, code, &PricedCoupon::code);
  return found == priced.coupons.end() ? nullptr : &*found;
}

Task<Result<Cart, CouponNotTaken>> Checkout::add_coupon(CartToken token, std::string text) {
  const auto cart = co_await find_cart(token);
  if (!cart) co_return refuse(not_taken(CartRefusal::unknown_cart));
  const auto code = promotions::parse_code(text);
  const bool is_there =
      code && std::ranges::find(cart->coupons, *code, &CartCoupon::code) != cart->coupons.end();
  if (is_there) co_return *cart;
  if (!co_await state_->carts.count_coupon_try(cart->id, state_->clock.now(), coupon_tries_max))
    co_return refuse(not_taken(CartRefusal::too_many_coupon_tries));
  if (!code) co_return refuse(CouponNotTaken{.reason = promotions::CouponRefusal::unknown});

  promotions::Promotions::Viewer viewer{.email = cart->contact.email, .own_holder = std::nullopt};
  if (cart->order) viewer.own_holder = promotions::HolderId(cart->order->id.value());
  std::vector<std::string> codes{*code};
  const auto standings = co_await state_->promotions.standings(std::move(codes), std::move(viewer));
  if (standings.empty()) {
    co_return refuse(CouponNotTaken{.code = *code, .reason = promotions::CouponRefusal::unknown});
  }
  const auto with = with_coupon(*cart, standings.front());
  if (!with) co_return refuse(not_taken(with.error()));
  const auto priced = price(*with);
  if (!priced) co_return refuse(not_taken(CartRefusal::total_too_large));
  if (const PricedCoupon* coupon = find_priced(*priced, *code); coupon && coupon->refusal) {
    co_return refuse(CouponNotTaken{
        .code = *code, .reason = coupon->refusal, .minimum_goods = coupon->minimum_goods});
  }
  Change change = [standing = standings.front()](const ShopView&, Cart before) {
    return with_coupon(std::move(before), standing);
  };
  auto changed = co_await change_cart(std::move(token), std::move(change), *cart);
  if (!changed) co_return refuse(not_taken(changed.error()));
  co_return std::move(*changed);
}

Task<Result<Cart, CartRefusal>> Checkout::remove_coupons(CartToken token,
                                                         std::vector<std::string> codes) {
  for (std::string& code : codes) code = promotions::parse_code(code).value_or("");
  Change change = [codes = std::move(codes)](const ShopView&, Cart cart) {
    return without_coupons(std::move(cart), codes);
  };
  co_return co_await change_cart(std::move(token), std::move(change), std::nullopt);
}

}  // namespace osier::checkout
