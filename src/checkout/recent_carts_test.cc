#include "checkout/recent_carts.h"

#include <gtest/gtest.h>

#include "catalog/test/shop.h"

namespace osier::checkout {
namespace {

using catalog::test::noon;

Cart cart_with(const char* token) {
  Cart cart;
  cart.token = CartToken(token);
  cart.version = 3;
  return cart;
}

TEST(RecentCarts, AreKnownForSomeMinutes) {
  RecentCarts recent;
  recent.note(cart_with("anna"), noon());
  EXPECT_EQ(recent.find(CartToken("anna"), noon() + 299s)->version, 3);
  EXPECT_FALSE(recent.find(CartToken("anna"), noon() + 300s));
  EXPECT_FALSE(recent.find(CartToken("anna"), noon() - 1s)) << "a clock that was set back";
  EXPECT_FALSE(recent.find(CartToken("bert"), noon()));
}

TEST(RecentCarts, AreOnlyThoseThatDependOnNobody) {
  RecentCarts recent;
  recent.note(cart_with("anna"), noon());
  Cart ordered = cart_with("anna");
  ordered.order.emplace();
  recent.note(ordered, noon());
  EXPECT_FALSE(recent.find(CartToken("anna"), noon()));

  recent.note(cart_with("anna"), noon());
  Cart reduced = cart_with("anna");
  reduced.coupons.push_back({.code = "TEN", .standing = std::nullopt});
  recent.note(reduced, noon());
  EXPECT_FALSE(recent.find(CartToken("anna"), noon()));
}

TEST(RecentCarts, AreForgottenOnceOrdered) {
  RecentCarts recent;
  recent.note(cart_with("anna"), noon());
  recent.forget(CartToken("anna"));
  EXPECT_FALSE(recent.find(CartToken("anna"), noon()));
}

TEST(RecentCarts, MakeRoomForLaterOnes) {
  RecentCarts recent;
  for (std::size_t i = 0; i < 3 * RecentCarts::carts_max; ++i)
    recent.note(cart_with(std::to_string(i).c_str()), noon());
  std::size_t known = 0;
  for (std::size_t i = 0; i < 3 * RecentCarts::carts_max; ++i) {
    const auto found = recent.find(CartToken(std::to_string(i)), noon());
    if (!found) continue;
    ++known;
    EXPECT_EQ(found->token, CartToken(std::to_string(i)));
  }
  EXPECT_GT(known, RecentCarts::carts_max / 2);
  EXPECT_LE(known, RecentCarts::carts_max);
}

}  // namespace
}  // namespace osier::checkout
