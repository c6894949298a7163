#include "checkout/customer_carts.h"

#include "checkout/cart_cookie.h"
#include "checkout/cart_rows.h"
#include "privacy/subjects.h"

namespace osier::checkout {

using identity::CustomerId;

namespace {

privacy::Place place_of(CartId cart) {
  return {.table = "checkout.customer_carts", .column = "token", .row = cart.value()};
}

}  // namespace

// Of one customer, one after the other: two devices that sign in at once end
// with one cart.
static constexpr pg::Statement lock_carts_sql{"checkout.lock_carts_of_customer",
                                              R"sql(
  SELECT pg_advisory_xact_lock(hashtextextended('checkout.customer_carts ' || $1::text, 0))
)sql"};

static constexpr pg::Statement cart_of_customer_sql{"checkout.cart_of_customer",
                                                    R"sql(
  SELECT cart.id, mine.token, subject, profile_key, invoice_key, wrapping_key
    FROM checkout.customer_carts mine
    JOIN checkout.carts cart ON cart.id = mine.cart_id
    JOIN privacy.subject_keys ON subject = mine.customer_id
   WHERE mine.customer_id = $1 AND cart.status = 'active'
     AND NOT EXISTS (SELECT FROM orders.cart_orders o
                      WHERE o.cart_id = cart.id AND o.status IN ('placed', 'completed'))
   ORDER BY mine.since DESC, cart.id DESC
   LIMIT 1
)sql"};

Task<std::optional<CartToken>> CustomerCarts::token_of(pg::Transaction &transaction,
                                                       CustomerId customer) {
  const auto row = co_await transaction.run_one(cart_of_customer_sql, customer);
  if (!row) co_return std::nullopt;
  const auto keys = vault_.unwrap(privacy::read_wrapped_keys(*row));
  auto token = vault_.open(keys, privacy::Purpose::profile, place_of(row->get<CartId>("id")),
                           row->get<pg::Bytes>("token"));
  if (!token) co_return std::nullopt;
  co_return CartToken(*std::move(token));
}

static constexpr pg::Statement owner_of_cart_sql{"checkout.owner_of_cart",
                                                 R"sql(
  SELECT cart.id, cart.status = 'active' AS is_active, mine.customer_id
    FROM checkout.carts cart
    LEFT JOIN checkout.customer_carts mine ON mine.cart_id = cart.id
   WHERE cart.token_hash = decode($1, 'hex')
)sql"};

static constexpr pg::Statement adopt_cart_sql{"checkout.adopt_cart", R"sql(
  INSERT INTO checkout.customer_carts (cart_id, customer_id, token, since)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (cart_id) DO NOTHING
)sql"};

Task<bool> CustomerCarts::adopt(pg::Transaction &transaction, CustomerId customer,
                                CartToken token) {
  const auto cart = co_await transaction.run_one(owner_of_cart_sql, hash_of(token));
  if (!cart || !cart->get<bool>("is_active")) co_return false;
  if (const auto owner = cart->get<std::optional<CustomerId>>("customer_id"))
    co_return *owner == customer;
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{customer.value()});
  if (!keys.has(privacy::Purpose::profile)) co_return false;
  const auto id = cart->get<CartId>("id");
  const auto sealed = vault_.seal(keys, privacy::Purpose::profile, place_of(id), token.value());
  co_await transaction.run(adopt_cart_sql, id, customer, sealed, clock_.now());
  co_return true;
}

Task<bool> CustomerCarts::adopt(CustomerId customer, CartToken token) {
  auto transaction = co_await database_.begin();
  const bool is_theirs = co_await adopt(transaction, customer, std::move(token));
  co_await transaction.commit();
  co_return is_theirs;
}

Task<void> CustomerCarts::signed_in(pg::Transaction &transaction, CustomerId customer,
                                    http::Request request) {
  const auto guests = cart_token_of(request, is_https_);
  if (!guests) co_return;
  co_await transaction.run(lock_carts_sql, customer.value().to_string());
  const auto cart = co_await transaction.run_one(owner_of_cart_sql, hash_of(*guests));
  const bool is_guests =
      cart && cart->get<bool>("is_active") && !cart->get<std::optional<CustomerId>>("customer_id");
  if (!is_guests) co_return;
  if (const auto theirs = co_await token_of(transaction, customer)) {
    (void)co_await checkout_.merge(transaction, *guests, *theirs);
  } else {
    (void)co_await adopt(transaction, customer, *guests);
  }
}

Task<std::optional<Cart>> CustomerCarts::find(CustomerId customer) {
  auto transaction = co_await database_.begin();
  auto token = co_await token_of(transaction, customer);
  co_await transaction.commit();
  if (!token) co_return std::nullopt;
  co_return co_await checkout_.find_cart(*std::move(token));
}

}  // namespace osier::checkout
