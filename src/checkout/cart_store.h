// The carts' tables: every statement that touches them.
//
// Shoppers' reads and changes travel together: whatever arrived while the last group was under way
// is the next one, and costs one statement for all of it. A lone one waits for nobody.

#pragma once

#include <exception>
#include <optional>
#include <variant>
#include <vector>

#include "checkout/cart.h"
#include "platform/jobs/batcher.h"
#include "platform/postgres/database.h"

namespace osier::checkout {

// A cart as it was read and as it is to be; a new one was not there before.
struct CartChange {
  std::optional<Cart> before;
  Cart after;
};

class CartStore {
 public:
  static constexpr std::size_t group_max = 128;
  static constexpr std::size_t waiting_max = 8'192;

  // Groups are read and written on `loop`. Both outlive the store. Calls may be made on any loop;
  // they throw pg::Error and jobs::Overloaded.
  CartStore(pg::Database& database, Loop& loop);

  // Of the coupons only the codes are known here.
  Task<std::optional<Cart>> find(CartToken token);
  Task<void> insert(Cart cart);
  // Writes what differs, if the cart still is what `before` says. Returns whether it was.
  Task<bool> save(Cart before, Cart after);

  // Counts one more try of a code, unless there were `tries_max` in the hour that the first of them
  // began. Returns whether it may be tried. No change of the cart.
  Task<bool> count_coupon_try(CartId id, Instant now, std::int32_t tries_max);

  // The carts of these orders are done.
  Task<void> complete_of(std::vector<orders::OrderId> orders, Instant now);
  // Returns how many were abandoned.
  Task<int> abandon(Instant untouched_since, Instant now, int limit);

 private:
  // Whether it was written, or why that cannot be said.
  using Written = std::variant<bool, std::exception_ptr>;

  Task<std::vector<std::optional<Cart>>> find_group(std::vector<CartToken> tokens);
  Task<std::vector<Written>> write_group(std::vector<CartChange> changes);
  Task<bool> write(CartChange change);

  pg::Database& database_;
  jobs::Batcher<CartToken, std::optional<Cart>> reads_;
  jobs::Batcher<CartChange, Written> changes_;
};

}  // namespace osier::checkout
