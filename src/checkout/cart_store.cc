#include "checkout/cart_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "checkout/cart_rows.h"

namespace osier::checkout {

CartStore::CartStore(pg::Database& database, Loop& loop)
    : database_(database),
      reads_(loop, group_max, waiting_max,
             [this](std::vector<CartToken> tokens) { return find_group(std::move(tokens)); }),
      changes_(loop, group_max, waiting_max, [this](std::vector<CartChange> changes) {
        return write_group(std::move(changes));
      }) {}

Task<std::optional<Cart>> CartStore::find(CartToken token) {
  co_return co_await reads_.add(std::move(token));
}

Task<std::vector<std::optional<Cart>>> CartStore::find_group(std::vector<CartToken> tokens) {
  const auto rows = co_await select_carts(database_, tokens);
  std::unordered_map<std::string, const Cart*> of_hash;
  for (const auto& [hash, cart] : rows) of_hash.emplace(hash, &cart);

  std::vector<std::optional<Cart>> carts;
  carts.reserve(tokens.size());
  for (CartToken& token : tokens) {
    const auto found = of_hash.find(hash_of(token));
    if (found == of_hash.end()) {
      carts.emplace_back();
    } else {
      carts.emplace_back(*found->second)->token = std::move(token);
    }
  }
  co_return carts;
}

Task<void> CartStore::insert(Cart cart) {
  CartChange change{.before = std::nullopt, .after = std::move(cart)};
  (void)co_await write(std::move(change));
}

Task<bool> CartStore::save(Cart before, Cart after) {
  CartChange change{.before = std::move(before), .after = std::move(after)};
  co_return co_await write(std::move(change));
}

Task<bool> CartStore::write(CartChange change) {
  const auto written = co_await changes_.add(std::move(change));
  if (const auto* error = std::get_if<std::exception_ptr>(&written)) std::rethrow_exception(*error);
  co_return std::get<bool>(written);
}

// The ids of the carts that were written, in one transaction.
static Task<std::set<Uuid>> write_once(pg::Database& database, std::vector<CartChange> changes) {
  pg::Batch batch;
  add_cart_changes(batch, changes);
  auto transaction = co_await database.begin(pg::Durability::asynchronous);
  const auto results = co_await transaction.run_all_and_commit(std::move(batch));
  std::set<Uuid> written;
  for (const auto& rows : results) {
    for (const pg::Row& row : rows) written.insert(row.get<Uuid>(0));
  }
  co_return written;
}

// Of two changes of one cart in a group the first is written: the second was made from the same
// version, changes nothing and looks again. Written in the order of ids, so that two processes
// cannot wait for each other in a circle. What PostgreSQL will not take is found by writing each
// alone.
Task<std::vector<CartStore::Written>> CartStore::write_group(std::vector<CartChange> changes) {
  std::map<Uuid, std::size_t> first_of;
  for (std::size_t i = 0; i < changes.size(); ++i)
    first_of.try_emplace(changes[i].after.id.value(), i);
  std::vector<CartChange> group;
  for (const auto& [id, index] : first_of) group.push_back(changes[index]);

  std::vector<Written> replies(changes.size(), Written(false));
  bool is_refused = false;
  try {
    const auto written = co_await write_once(database_, std::move(group));
    for (const auto& [id, index] : first_of) replies[index] = written.contains(id);
  } catch (const pg::StatementFailed&) {
    if (first_of.size() == 1) throw;
    is_refused = true;
  }
  if (!is_refused) co_return replies;

  for (const auto& [id, index] : first_of) {
    try {
      std::vector<CartChange> alone{changes[index]};
      const auto written = co_await write_once(database_, std::move(alone));
      replies[index] = written.contains(id);
    } catch (...) {
      replies[index] = std::current_exception();
    }
  }
  co_return replies;
}

static constexpr pg::Statement count_coupon_try_sql{"checkout.count_coupon_try", R"sql(
  UPDATE checkout.carts
     SET coupon_tries = CASE WHEN coupon_tries_since > $2::timestamptz - interval '1 hour' THEN coupon_tries + 1 ELSE 1 END,
         coupon_tries_since = CASE WHEN coupon_tries_since > $2::timestamptz - interval '1 hour'
                                   THEN coupon_tries_since ELSE $2::timestamptz END
   WHERE id = $1
     AND (coupon_tries < $3 OR coupon_tries_since <= $2::timestamptz - interval '1 hour')
)sql"};

Task<bool> CartStore::count_coupon_try(CartId id, Instant now, std::int32_t tries_max) {
  pg::Batch batch;
  batch.add(count_coupon_try_sql, id, now, tries_max);
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  const auto results = co_await transaction.run_all_and_commit(std::move(batch));
  co_return results.front().affected() == 1;
}

static constexpr pg::Statement complete_carts_sql{"checkout.complete_carts_of", R"sql(
  UPDATE checkout.carts c SET status = 'completed', completed_at = $2, updated_at = $2
    FROM orders.cart_orders o
   WHERE o.order_id = ANY ($1::uuid[]) AND c.id = o.cart_id AND c.status IN ('active', 'abandoned')
)sql"};

// Lost in a crash, it is lost with the later mark that the event was told: it is told again.
Task<void> CartStore::complete_of(std::vector<orders::OrderId> orders, Instant now) {
  pg::Batch batch;
  batch.add(complete_carts_sql, orders, now);
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  co_await transaction.run_all_and_commit(std::move(batch));
}

// A cart whose order lives is not idle, whatever its age.
static constexpr pg::Statement abandon_carts_sql{"checkout.abandon_carts", R"sql(
  WITH idle AS (
    SELECT id FROM checkout.carts c
     WHERE status = 'active' AND updated_at < $1 AND touched_on <= ($1 AT TIME ZONE 'UTC')::date
       AND NOT EXISTS (SELECT FROM orders.cart_orders o
                        WHERE o.cart_id = c.id AND o.status IN ('pending', 'placed', 'completed'))
     ORDER BY touched_on LIMIT $3 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM checkout.cart_contacts p USING idle WHERE p.cart_id = idle.id
  )
  UPDATE checkout.carts c SET status = 'abandoned', version = version + 1, updated_at = $2
    FROM idle WHERE c.id = idle.id
)sql"};

Task<int> CartStore::abandon(Instant untouched_since, Instant now, int limit) {
  const auto rows = co_await database_.run(abandon_carts_sql, untouched_since, now, limit);
  co_return static_cast<int>(rows.affected());
}

}  // namespace osier::checkout
