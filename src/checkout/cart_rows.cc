#include "checkout/cart_rows.h"

#include <algorithm>

#include "platform/crypto/crypto.h"

namespace osier::checkout {

static pg::Bytes digest_of(const CartToken& token) {
  const auto digest = crypto::sha256(token.value());
  return {digest.begin(), digest.end()};
}

std::string hash_of(const CartToken& token) { return crypto::sha256_hex(token.value()); }

// --- Reading.

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

static orders::Address address_of(const std::string& text) {
  return text.empty() ? orders::Address{} : orders::address_from_json(text);
}

// One row whole, lines as arrays: a cart is read by each call, so a group of them costs one
// statement and no transaction.
static constexpr pg::Statement find_carts_sql{"checkout.find_carts", R"sql(
  SELECT encode(c.token_hash, 'hex') AS token_hash,
         c.id, c.market_code, c.country, c.locale, c.channel, c.status, c.version, c.shipping_option_id,
         c.payment_provider, c.created_at, c.updated_at, c.coupon_codes,
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
   WHERE c.token_hash = ANY ($1::bytea[])
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

static Cart read_cart(const pg::Row& row) {
  Cart cart;
  cart.id = row.get<CartId>("id");
  cart.market_code = row.get<std::string>("market_code");
  cart.country = row.get<std::string>("country");
  cart.locale = row.get<std::string>("locale");
  cart.channel = row.get<std::string>("channel") == "storefront" ? orders::Channel::storefront
                                                                 : orders::Channel::store_api;
  cart.status = read_status(row.get<std::string>("status"));
  cart.version = row.get<std::int32_t>("version");
  cart.shipping_option_id =
      row.get<std::optional<fulfilment::ShippingOptionId>>("shipping_option_id");
  cart.payment_provider = read_provider(row.get<std::optional<std::string>>("payment_provider"));
  cart.created_at = row.get<Instant>("created_at");
  cart.updated_at = row.get<Instant>("updated_at");
  for (std::string& code : row.get<std::vector<std::string>>("coupon_codes"))
    cart.coupons.push_back({.code = std::move(code), .standing = std::nullopt});
  read_lines(row, cart);
  read_contact(row, cart);
  read_order(row, cart);
  return cart;
}

Task<std::vector<std::pair<std::string, Cart>>> select_carts(pg::Database& database,
                                                             std::vector<CartToken> tokens) {
  std::vector<pg::Bytes> digests;
  digests.reserve(tokens.size());
  for (const CartToken& token : tokens) digests.push_back(digest_of(token));
  const auto rows = co_await database.run(find_carts_sql, digests);
  std::vector<std::pair<std::string, Cart>> carts;
  carts.reserve(static_cast<std::size_t>(rows.size()));
  for (const pg::Row& row : rows)
    carts.emplace_back(row.get<std::string>("token_hash"), read_cart(row));
  co_return carts;
}

// --- Writing.

static std::string text_of(const orders::Address& address) {
  return address == orders::Address{} ? std::string() : orders::to_json(address);
}

static std::optional<std::string> text_of(std::optional<payments::Provider> provider) {
  return provider ? std::optional(std::string(payments::to_string(*provider))) : std::nullopt;
}

// With commas, which no code has: an array of arrays does not go through unnest().
static std::string codes_of(const Cart& cart) {
  std::string codes;
  for (const CartCoupon& coupon : cart.coupons) codes += (codes.empty() ? "" : ",") + coupon.code;
  return codes;
}

// Columns for unnest().
struct LineColumns {
  std::vector<Uuid> carts;
  std::vector<Uuid> ids;
  std::vector<Uuid> variants;
  std::vector<std::int32_t> quantities;
  std::vector<std::int64_t> prices;

  void add(CartId cart, const CartLine& line) {
    carts.push_back(cart.value());
    ids.push_back(line.id.value());
    variants.push_back(line.variant_id.value());
    quantities.push_back(line.quantity);
    prices.push_back(line.unit_price_seen_minor);
  }
};

struct ContactColumns {
  std::vector<Uuid> carts;
  std::vector<std::string> emails;
  std::vector<std::string> phones;
  std::vector<std::string> shipping;
  std::vector<std::string> billing;

  void add(const Cart& cart) {
    carts.push_back(cart.id.value());
    emails.push_back(cart.contact.email);
    phones.push_back(cart.contact.phone);
    shipping.push_back(text_of(cart.contact.shipping));
    billing.push_back(text_of(cart.contact.billing));
  }
};

struct CartColumns {
  std::vector<Uuid> ids;
  std::vector<pg::Bytes> hashes;
  std::vector<std::int32_t> versions;
  std::vector<std::string> markets;
  std::vector<std::string> countries;
  std::vector<std::string> locales;
  std::vector<std::string> channels;
  std::vector<std::optional<Uuid>> options;
  std::vector<std::optional<std::string>> providers;
  std::vector<std::string> coupon_codes;
  std::vector<bool> have_orders;
  std::vector<Instant> times;
  std::vector<Uuid> removed_lines;
  LineColumns lines;
  ContactColumns contacts;

  void add(const CartChange& change) {
    const Cart& cart = change.after;
    ids.push_back(cart.id.value());
    markets.push_back(cart.market_code);
    countries.push_back(cart.country);
    locales.push_back(cart.locale);
    times.push_back(cart.updated_at);
    if (change.before) {
      versions.push_back(change.before->version);
      options.push_back(cart.shipping_option_id ? std::optional(cart.shipping_option_id->value())
                                                : std::nullopt);
      providers.push_back(text_of(cart.payment_provider));
      coupon_codes.push_back(codes_of(cart));
      have_orders.push_back(change.before->order.has_value());
    } else {
      hashes.push_back(digest_of(cart.token));
      channels.emplace_back(orders::to_string(cart.channel));
    }
    add_parts(change.before ? change.before->lines : std::vector<CartLine>(),
              change.before ? change.before->contact : orders::Contact(), cart);
  }

 private:
  void add_parts(const std::vector<CartLine>& lines_before, const orders::Contact& contact_before,
                 const Cart& cart) {
    for (const CartLine& line : lines_before) {
      if (std::ranges::find(cart.lines, line.id, &CartLine::id) == cart.lines.end())
        removed_lines.push_back(line.id.value());
    }
    for (const CartLine& line : cart.lines) {
      if (std::ranges::find(lines_before, line) == lines_before.end()) lines.add(cart.id, line);
    }
    if (!(contact_before == cart.contact)) contacts.add(cart);
  }
};

static constexpr pg::Statement insert_carts_sql{"checkout.insert_carts", R"sql(
  WITH made AS (
    INSERT INTO checkout.carts (id, token_hash, market_code, country, locale, channel, status, version,
                                created_at, updated_at)
    SELECT n.id, n.token_hash, n.market_code, n.country, n.locale, n.channel, 'active', 1, n.at, n.at
      FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
           AS n(id, token_hash, market_code, country, locale, channel, at)
    RETURNING id
  ), lines AS (
    INSERT INTO checkout.cart_lines (id, cart_id, variant_id, quantity, unit_price_seen_minor)
    SELECT n.id, n.cart_id, n.variant_id, n.quantity, n.price
      FROM unnest($8::uuid[], $9::uuid[], $10::uuid[], $11::integer[], $12::bigint[])
           AS n(cart_id, id, variant_id, quantity, price)
  ), contacts AS (
    INSERT INTO checkout.cart_contacts (cart_id, email, phone, shipping_address, billing_address)
    SELECT * FROM unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::text[])
  )
  SELECT id FROM made
)sql"};

// The version is the guard of all of it: whoever was second changes nothing and looks again. So
// does who decided without an order that the cart has by now. The status is asked for so that the
// index of active carts does not fit: PostgreSQL took that for nearly empty while the shop was new,
// and read all of it for each cart.
static constexpr pg::Statement save_carts_sql{"checkout.save_carts", R"sql(
  WITH bumped AS (
    UPDATE checkout.carts c
       SET market_code = n.market_code, country = n.country, locale = n.locale,
           shipping_option_id = n.shipping_option_id, payment_provider = n.payment_provider,
           coupon_codes = string_to_array(n.coupon_codes, ','), version = c.version + 1, updated_at = n.at
      FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[],
                  $8::timestamptz[], $20::text[], $21::boolean[])
           AS n(id, version, market_code, country, locale, shipping_option_id, payment_provider, at, coupon_codes,
                has_order)
     WHERE c.id = n.id AND c.version = n.version AND c.status NOT IN ('completed', 'merged', 'abandoned')
       AND (n.has_order OR NOT EXISTS (SELECT FROM orders.cart_orders o
                                        WHERE o.cart_id = c.id AND o.status IN ('pending', 'placed', 'completed')))
    RETURNING c.id
  ), removed AS (
    DELETE FROM checkout.cart_lines l USING bumped WHERE l.cart_id = bumped.id AND l.id = ANY ($9::uuid[])
  ), written AS (
    INSERT INTO checkout.cart_lines (id, cart_id, variant_id, quantity, unit_price_seen_minor)
    SELECT n.id, n.cart_id, n.variant_id, n.quantity, n.price
      FROM unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::integer[], $14::bigint[])
           AS n(cart_id, id, variant_id, quantity, price)
      JOIN bumped ON bumped.id = n.cart_id
    ON CONFLICT (id) DO UPDATE
       SET quantity = excluded.quantity, unit_price_seen_minor = excluded.unit_price_seen_minor
  ), contacts AS (
    INSERT INTO checkout.cart_contacts (cart_id, email, phone, shipping_address, billing_address)
    SELECT n.cart_id, n.email, n.phone, n.shipping_address, n.billing_address
      FROM unnest($15::uuid[], $16::text[], $17::text[], $18::text[], $19::text[])
           AS n(cart_id, email, phone, shipping_address, billing_address)
      JOIN bumped ON bumped.id = n.cart_id
    ON CONFLICT (cart_id) DO UPDATE
       SET email = excluded.email, phone = excluded.phone, shipping_address = excluded.shipping_address,
           billing_address = excluded.billing_address
  )
  SELECT id FROM bumped
)sql"};

void add_cart_changes(pg::Batch& batch, const std::vector<CartChange>& changes) {
  CartColumns made;
  CartColumns saved;
  for (const CartChange& change : changes) (change.before ? saved : made).add(change);
  if (!made.ids.empty()) {
    batch.add(insert_carts_sql, made.ids, made.hashes, made.markets, made.countries, made.locales,
              made.channels, made.times, made.lines.carts, made.lines.ids, made.lines.variants,
              made.lines.quantities, made.lines.prices, made.contacts.carts, made.contacts.emails,
              made.contacts.phones, made.contacts.shipping, made.contacts.billing);
  }
  if (!saved.ids.empty()) {
    batch.add(save_carts_sql, saved.ids, saved.versions, saved.markets, saved.countries,
              saved.locales, saved.options, saved.providers, saved.times, saved.removed_lines,
              saved.lines.carts, saved.lines.ids, saved.lines.variants, saved.lines.quantities,
              saved.lines.prices, saved.contacts.carts, saved.contacts.emails,
              saved.contacts.phones, saved.contacts.shipping, saved.contacts.billing,
              saved.coupon_codes, saved.have_orders);
  }
}

}  // namespace osier::checkout
