#include "checkout/cart_store.h"

#include <algorithm>
#include <cstdlib>

#include "platform/crypto/crypto.h"

namespace osier::checkout {

static pg::Bytes hash_of(const CartToken& token) {
  const auto digest = crypto::sha256(token.value());
  return {digest.begin(), digest.end()};
}

static CartStatus read_status(const std::string& text) {
  if (text == "active") return CartStatus::active;
  if (text == "completed") return CartStatus::completed;
  if (text == "merged") return CartStatus::merged;
  return CartStatus::abandoned;
}

static orders::OrderStatus read_order_status(const std::string& text) {
  if (text == "pending") return orders::OrderStatus::pending;
  return text == "placed" ? orders::OrderStatus::placed : orders::OrderStatus::completed;
}

static std::optional<payments::Provider> read_provider(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text == "stripe" ? payments::Provider::stripe : payments::Provider::manual;
}

static std::string text_of(const orders::Address& address) {
  return address == orders::Address{} ? std::string() : orders::to_json(address);
}

static orders::Address address_of(const std::string& text) {
  return text.empty() ? orders::Address{} : orders::address_from_json(text);
}

// One row whole, lines as arrays: a cart is read by each call, so it costs one statement and no
// transaction.
static constexpr pg::Statement find_cart_sql{"checkout.find_cart", R"sql(
  SELECT c.id, c.market_code, c.country, c.locale, c.channel, c.status, c.version, c.shipping_option_id,
         c.payment_provider, c.created_at, c.updated_at,
         l.ids, l.variants, l.quantities, l.prices,
         p.email, p.phone, p.shipping_address, p.billing_address,
         o.order_id, o.status AS order_status, o.cart_version AS order_cart_version, o.idempotency_key, o.total_minor,
         o.held_variants, o.held_quantities
    FROM checkout.carts c
    LEFT JOIN LATERAL (
           SELECT array_agg(id ORDER BY id) AS ids, array_agg(variant_id ORDER BY id) AS variants,
                  array_agg(quantity ORDER BY id) AS quantities,
                  array_agg(unit_price_seen_minor ORDER BY id) AS prices
             FROM checkout.cart_lines WHERE cart_id = c.id) l ON true
    LEFT JOIN checkout.cart_contacts p ON p.cart_id = c.id
    LEFT JOIN orders.cart_orders o ON o.cart_id = c.id AND o.status IN ('pending', 'placed', 'completed')
   WHERE c.token_hash = $1
)sql"};

static void read_lines(const pg::Row& row, Cart& cart) {
  const auto ids = row.get<std::optional<std::vector<Uuid>>>("ids");
  if (!ids) return;
  const auto variants = row.get<std::vector<Uuid>>("variants");
  const auto quantities = row.get<std::vector<std::int32_t>>("quantities");
  const auto prices = row.get<std::vector<std::int64_t>>("prices");
  for (std::size_t i = 0; i < ids->size(); ++i) {
    cart.lines.push_back({.id = LineId((*ids)[i]),
                          .variant_id = catalog::VariantId(variants[i]),
                          .quantity = quantities[i],
                          .unit_price_seen_minor = prices[i]});
  }
}

static void read_contact(const pg::Row& row, Cart& cart) {
  const auto email = row.get<std::optional<std::string>>("email");
  if (!email) return;
  cart.contact = {.email = *email,
                  .phone = row.get<std::string>("phone"),
                  .shipping = address_of(row.get<std::string>("shipping_address")),
                  .billing = address_of(row.get<std::string>("billing_address"))};
}

static void read_order(const pg::Row& row, Cart& cart) {
  const auto id = row.get<std::optional<Uuid>>("order_id");
  if (!id) return;
  cart.order = CartOrder{.id = orders::OrderId(*id),
                         .status = read_order_status(row.get<std::string>("order_status")),
                         .cart_version = row.get<std::int32_t>("order_cart_version"),
                         .idempotency_key = row.get<std::string>("idempotency_key"),
                         .total_minor = row.get<std::int64_t>("total_minor")};
  const auto variants = row.get<std::vector<Uuid>>("held_variants");
  const auto quantities = row.get<std::vector<std::int32_t>>("held_quantities");
  for (std::size_t i = 0; i < variants.size(); ++i) {
    cart.held.push_back({.variant_id = catalog::VariantId(variants[i]), .quantity = quantities[i]});
  }
}

Task<std::optional<Cart>> CartStore::find(CartToken token) {
  const auto row = co_await database_.run_one(find_cart_sql, hash_of(token));
  if (!row) co_return std::nullopt;
  Cart cart;
  cart.id = row->get<CartId>("id");
  cart.token = std::move(token);
  cart.market_code = row->get<std::string>("market_code");
  cart.country = row->get<std::string>("country");
  cart.locale = row->get<std::string>("locale");
  cart.channel = row->get<std::string>("channel") == "storefront" ? orders::Channel::storefront
                                                                  : orders::Channel::store_api;
  cart.status = read_status(row->get<std::string>("status"));
  cart.version = row->get<std::int32_t>("version");
  cart.shipping_option_id =
      row->get<std::optional<fulfilment::ShippingOptionId>>("shipping_option_id");
  cart.payment_provider = read_provider(row->get<std::optional<std::string>>("payment_provider"));
  cart.created_at = row->get<Instant>("created_at");
  cart.updated_at = row->get<Instant>("updated_at");
  read_lines(*row, cart);
  read_contact(*row, cart);
  read_order(*row, cart);
  co_return cart;
}

// Lines as columns, for unnest().
struct LineColumns {
  std::vector<Uuid> ids;
  std::vector<Uuid> variants;
  std::vector<std::int32_t> quantities;
  std::vector<std::int64_t> prices;

  void add(const CartLine& line) {
    ids.push_back(line.id.value());
    variants.push_back(line.variant_id.value());
    quantities.push_back(line.quantity);
    prices.push_back(line.unit_price_seen_minor);
  }
};

static std::optional<std::string> text_of(std::optional<payments::Provider> provider) {
  return provider ? std::optional(std::string(payments::to_string(*provider))) : std::nullopt;
}

static constexpr pg::Statement insert_cart_sql{"checkout.insert_cart", R"sql(
  WITH made AS (
    INSERT INTO checkout.carts (id, token_hash, market_code, country, locale, channel, status, version,
                                created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, 'active', 1, $7, $7)
    RETURNING id
  ), lines AS (
    INSERT INTO checkout.cart_lines (id, cart_id, variant_id, quantity, unit_price_seen_minor)
    SELECT n.id, made.id, n.variant_id, n.quantity, n.price
      FROM made, unnest($8::uuid[], $9::uuid[], $10::integer[], $11::bigint[]) AS n(id, variant_id, quantity, price)
  )
  INSERT INTO checkout.cart_contacts (cart_id, email, phone, shipping_address, billing_address)
  SELECT id, $13, $14, $15, $16 FROM made WHERE $12::boolean
)sql"};

Task<void> CartStore::insert(Cart cart) {
  LineColumns lines;
  for (const CartLine& line : cart.lines) lines.add(line);
  const bool has_contact = !(cart.contact == orders::Contact{});
  pg::Batch batch;
  batch.add(insert_cart_sql, cart.id, hash_of(cart.token), cart.market_code, cart.country,
            cart.locale, orders::to_string(cart.channel), cart.created_at, lines.ids,
            lines.variants, lines.quantities, lines.prices, has_contact, cart.contact.email,
            cart.contact.phone, text_of(cart.contact.shipping), text_of(cart.contact.billing));
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  co_await transaction.run_all_and_commit(std::move(batch));
}

// The version is the guard of all of it: whoever was second changes nothing and looks again. The
// status is asked for so that the index of active carts does not fit: PostgreSQL took that for
// nearly empty while the shop was new, and read all of it for each cart.
static constexpr pg::Statement save_cart_sql{"checkout.save_cart", R"sql(
  WITH bumped AS (
    UPDATE checkout.carts
       SET market_code = $3, country = $4, locale = $5, shipping_option_id = $6, payment_provider = $7,
           version = version + 1, updated_at = $8
     WHERE id = $1 AND version = $2 AND status NOT IN ('completed', 'merged', 'abandoned')
    RETURNING id
  ), removed AS (
    DELETE FROM checkout.cart_lines l USING bumped WHERE l.cart_id = bumped.id AND l.id = ANY($9::uuid[])
  ), written AS (
    INSERT INTO checkout.cart_lines (id, cart_id, variant_id, quantity, unit_price_seen_minor)
    SELECT n.id, bumped.id, n.variant_id, n.quantity, n.price
      FROM bumped, unnest($10::uuid[], $11::uuid[], $12::integer[], $13::bigint[]) AS n(id, variant_id, quantity, price)
    ON CONFLICT (id) DO UPDATE
       SET quantity = excluded.quantity, unit_price_seen_minor = excluded.unit_price_seen_minor
  ), contact AS (
    INSERT INTO checkout.cart_contacts (cart_id, email, phone, shipping_address, billing_address)
    SELECT id, $15, $16, $17, $18 FROM bumped WHERE $14::boolean
    ON CONFLICT (cart_id) DO UPDATE
       SET email = excluded.email, phone = excluded.phone, shipping_address = excluded.shipping_address,
           billing_address = excluded.billing_address
  )
  SELECT id FROM bumped
)sql"};

Task<bool> CartStore::save(Cart before, Cart after) {
  std::vector<Uuid> removed;
  for (const CartLine& line : before.lines) {
    if (std::ranges::find(after.lines, line.id, &CartLine::id) == after.lines.end())
      removed.push_back(line.id.value());
  }
  LineColumns written;
  for (const CartLine& line : after.lines) {
    if (std::ranges::find(before.lines, line) == before.lines.end()) written.add(line);
  }
  const bool has_contact = !(before.contact == after.contact);
  pg::Batch batch;
  batch.add(save_cart_sql, after.id, before.version, after.market_code, after.country, after.locale,
            after.shipping_option_id, text_of(after.payment_provider), after.updated_at, removed,
            written.ids, written.variants, written.quantities, written.prices, has_contact,
            after.contact.email, after.contact.phone, text_of(after.contact.shipping),
            text_of(after.contact.billing));
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  const auto results = co_await transaction.run_all_and_commit(std::move(batch));
  co_return !results.front().empty();
}

static constexpr pg::Statement complete_cart_sql{"checkout.complete_cart_of", R"sql(
  UPDATE checkout.carts c SET status = 'completed', completed_at = $2, updated_at = $2
    FROM orders.cart_orders o
   WHERE o.order_id = $1 AND c.id = o.cart_id AND c.status IN ('active', 'abandoned')
)sql"};

// Lost in a crash, it is lost with the later mark that the event was told: it is told again.
Task<void> CartStore::complete_of(orders::OrderId order_id, Instant now) {
  pg::Batch batch;
  batch.add(complete_cart_sql, order_id, now);
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  co_await transaction.run_all_and_commit(std::move(batch));
}

// A cart whose order lives is not idle, whatever its age.
static constexpr pg::Statement abandon_carts_sql{"checkout.abandon_carts", R"sql(
  WITH idle AS (
    SELECT id FROM checkout.carts c
     WHERE status = 'active' AND updated_at < $1
       AND NOT EXISTS (SELECT FROM orders.cart_orders o
                        WHERE o.cart_id = c.id AND o.status IN ('pending', 'placed', 'completed'))
     ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED
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
