// One cart into another: a guest's into a customer's.

#include <algorithm>

#include "checkout/cart_rows.h"
#include "checkout/checkout_state.h"

namespace osier::checkout {

Cart with_lines_merged(Cart into, const std::vector<CartLine> &lines, Instant now) {
  for (const CartLine &line : lines) {
    const auto same = std::ranges::find(into.lines, line.variant_id, &CartLine::variant_id);
    if (same != into.lines.end()) {
      same->quantity = std::min(same->quantity + line.quantity, quantity_per_line_max);
    } else if (into.lines.size() < lines_per_cart_max) {
      into.lines.push_back(line);
      into.lines.back().id = LineId(Uuid::v7(now));
    }
  }
  into.updated_at = now;
  return into;
}

// In one order for everybody who locks carts.
static constexpr pg::Statement lock_merging_sql{"checkout.lock_carts_to_merge",
                                                R"sql(
  SELECT id FROM checkout.carts
   WHERE token_hash IN (decode($1, 'hex'), decode($2, 'hex')) AND status = 'active'
   ORDER BY id
     FOR NO KEY UPDATE
)sql"};

static constexpr pg::Statement end_merged_sql{"checkout.end_merged_cart", R"sql(
  UPDATE checkout.carts
     SET status = 'merged', version = version + 1, updated_at = $2
   WHERE id = $1
)sql"};

Task<bool> Checkout::merge(pg::Transaction &transaction, CartToken from, CartToken into) {
  const auto locked = co_await transaction.run(lock_merging_sql, hash_of(from), hash_of(into));
  if (locked.size() != 2) co_return false;
  // Locked, they are what they are: read outside of the transaction, as all
  // carts are.
  const auto guests = co_await find_cart(std::move(from));
  const auto theirs = co_await find_cart(std::move(into));
  // What is being paid stays as it is.
  if (!guests || !theirs || guests->order) co_return false;

  const auto snapshot = state_->catalog.snapshot();
  const auto options = state_->fulfilment.options();
  const ShopView shop{
      .snapshot = *snapshot, .shipping_options = *options, .now = state_->clock.now()};
  CartUpdate move;
  move.market_code = theirs->market_code;
  const auto moved = with_update(shop, *guests, move);
  if (!moved) co_return false;
  Cart merged = with_lines_merged(*theirs, moved->lines, shop.now);
  if (merged.coupons.empty()) merged.coupons = guests->coupons;
  if (!price(merged)) co_return false;  // Past what an order may come to.

  if (is_changed(*theirs, merged)) {
    pg::Batch batch;
    add_cart_changes(batch, {{.before = *theirs, .after = merged}});
    const auto written = co_await transaction.run_all(std::move(batch));
    if (written.empty() || written.front().empty()) co_return false;
  }
  co_await transaction.run(end_merged_sql, guests->id, shop.now);
  co_return true;
}

}  // namespace osier::checkout
