// Writing new orders: a handful of statements for any number of them.

#include <fmt/format.h>

#include "orders/access_token.h"
#include "orders/order_store.h"

namespace osier::orders {

namespace {

// A wrong sum is a bug of whoever priced the cart; the table would refuse it too, but the whole
// batch with it.
void check_sums(const NewOrder& order) {
  Money net = Money::zero(order.currency), discount = net, tax = net, shipping = net, total = net;
  for (const OrderLine& line : order.lines) {
    require(line.total == line.net - line.discount + line.tax,
            "a line's total is the sum of its parts");
    net += line.net;
    discount += line.discount;
    tax += line.tax;
    total += line.total;
  }
  for (const OrderShipping& line : order.shipping) {
    require(line.total == line.net + line.tax, "a shipping line's total is the sum of its parts");
    shipping += line.net;
    tax += line.tax;
    total += line.total;
  }
  require(order.items == net && order.discount == discount && order.tax == tax &&
              order.shipping_net == shipping,
          "an order's sums are those of its lines");
  require(order.total == total && order.total == net + shipping + tax - discount,
          "an order's total is the sum");
  require(
      order.payment.payable_id.value() == order.id.value() && order.payment.amount == order.total,
      "an order's payment is of its total");
}

// Sweeps compare a hold's end with the database's clock, so it is set by that clock: ours may be
// wrong.
constexpr pg::Statement insert_orders_sql{"orders.insert_orders", R"sql(
  WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
  INSERT INTO orders.orders (id, market_code, region, locale, channel, currency, prices_include_tax, status,
                             payment_status, fulfilment_status, return_status, items_minor, shipping_minor,
                             discount_minor, tax_minor, total_minor, cart_id, cart_version, idempotency_key,
                             access_token_hash, created_at, expires_at, discounts)
  SELECT id, market_code, region, locale, channel, currency, prices_include_tax, 'pending',
         'unpaid', 'unfulfilled', 'none', items, shipping, discount, tax, total, cart_id, cart_version,
         idempotency_key, access_token_hash, clock.now, clock.now + (expires_at - created_at), discounts::jsonb
    FROM clock,
         unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::bigint[],
                $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::uuid[], $14::integer[], $15::text[],
                $16::bytea[], $17::timestamptz[], $18::timestamptz[], $19::text[])
         AS new_order (id, market_code, region, locale, channel, currency, prices_include_tax, items, shipping,
                       discount, tax, total, cart_id, cart_version, idempotency_key, access_token_hash, created_at,
                       expires_at, discounts)
  RETURNING id, number
)sql"};

std::size_t add_orders(pg::Batch& batch, const std::vector<NewOrder>& orders) {
  std::vector<OrderId> ids;
  std::vector<std::string> markets, regions, locales, keys, discounts;
  std::vector<std::string_view> channels;
  std::vector<Currency> currencies;
  std::vector<bool> prices_include_tax;
  std::vector<std::int64_t> items, shipping, discount, tax, total;
  std::vector<std::optional<Uuid>> carts;
  std::vector<std::optional<std::int32_t>> cart_versions;
  std::vector<pg::Bytes> access_keys;
  std::vector<Instant> created_at, expires_at;
  for (const NewOrder& order : orders) {
    ids.push_back(order.id);
    markets.push_back(order.market_code);
    regions.push_back(order.region);
    locales.push_back(order.locale);
    channels.push_back(to_string(order.channel));
    currencies.push_back(order.currency);
    prices_include_tax.push_back(order.prices_include_tax);
    items.push_back(order.items.amount_minor());
    shipping.push_back(order.shipping_net.amount_minor());
    discount.push_back(order.discount.amount_minor());
    tax.push_back(order.tax.amount_minor());
    total.push_back(order.total.amount_minor());
    carts.push_back(order.cart_id);
    cart_versions.push_back(order.cart_id ? std::optional(order.cart_version) : std::nullopt);
    keys.push_back(order.idempotency_key);
    access_keys.push_back(access_key_of(order.access_token));
    created_at.push_back(order.created_at);
    expires_at.push_back(order.expires_at);
    discounts.push_back(to_json(order.discounts));
  }
  return batch.add(insert_orders_sql, ids, markets, regions, locales, channels, currencies,
                   prices_include_tax, items, shipping, discount, tax, total, carts, cart_versions,
                   keys, access_keys, created_at, expires_at, discounts);
}

constexpr pg::Statement insert_lines_sql{"orders.insert_lines", R"sql(
  INSERT INTO orders.order_lines (id, order_id, position, variant_id, product_id, sku, title, variant_title,
                                  image_hash, quantity, unit_price_minor, net_minor, discount_minor, tax_minor,
                                  total_minor, tax_class, tax_name, tax_rate_ppm)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::integer[], $11::bigint[], $12::bigint[], $13::bigint[],
                       $14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::integer[])
)sql"};

void add_lines(pg::Batch& batch, const std::vector<NewOrder>& orders) {
  std::vector<LineId> ids;
  std::vector<OrderId> order_ids;
  std::vector<int> positions;
  std::vector<catalog::VariantId> variants;
  std::vector<catalog::ProductId> products;
  std::vector<std::string> skus, titles, variant_titles, tax_classes, tax_names;
  std::vector<std::optional<std::string>> images;
  std::vector<std::int32_t> quantities, tax_rates;
  std::vector<std::int64_t> unit_prices, net, discount, tax, total;
  for (const NewOrder& order : orders) {
    int position = 0;
    for (const OrderLine& line : order.lines) {
      ids.push_back(line.id);
      order_ids.push_back(order.id);
      positions.push_back(position++);
      variants.push_back(line.variant_id);
      products.push_back(line.product_id);
      skus.push_back(line.sku);
      titles.push_back(line.title);
      variant_titles.push_back(line.variant_title);
      images.push_back(line.image_hash.empty() ? std::nullopt : std::optional(line.image_hash));
      quantities.push_back(line.quantity);
      unit_prices.push_back(line.unit_price.amount_minor());
      net.push_back(line.net.amount_minor());
      discount.push_back(line.discount.amount_minor());
      tax.push_back(line.tax.amount_minor());
      total.push_back(line.total.amount_minor());
      tax_classes.push_back(line.tax_class);
      tax_names.push_back(line.tax_name);
      tax_rates.push_back(line.tax_rate_ppm);
    }
  }
  batch.add(insert_lines_sql, ids, order_ids, positions, variants, products, skus, titles,
            variant_titles, images, quantities, unit_prices, net, discount, tax, total, tax_classes,
            tax_names, tax_rates);
}

constexpr pg::Statement insert_shipping_sql{"orders.insert_shipping_lines", R"sql(
  INSERT INTO orders.order_shipping_lines (order_id, position, shipping_option_id, title, net_minor, tax_minor,
                                           total_minor, tax_name, tax_rate_ppm, deliver_from, deliver_to)
  SELECT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                       $8::text[], $9::integer[], $10::date[], $11::date[])
)sql"};

std::optional<std::string> date_of(const std::optional<std::chrono::sys_days>& day) {
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{*day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

void add_shipping(pg::Batch& batch, const std::vector<NewOrder>& orders) {
  std::vector<OrderId> order_ids;
  std::vector<int> positions;
  std::vector<Uuid> options;
  std::vector<std::string> titles, tax_names;
  std::vector<std::int64_t> net, tax, total;
  std::vector<std::int32_t> tax_rates;
  std::vector<std::optional<std::string>> from, to;
  for (const NewOrder& order : orders) {
    int position = 0;
    for (const OrderShipping& line : order.shipping) {
      order_ids.push_back(order.id);
      positions.push_back(position++);
      options.push_back(line.shipping_option_id);
      titles.push_back(line.title);
      net.push_back(line.net.amount_minor());
      tax.push_back(line.tax.amount_minor());
      total.push_back(line.total.amount_minor());
      tax_names.push_back(line.tax_name);
      tax_rates.push_back(line.tax_rate_ppm);
      from.push_back(date_of(line.deliver_from));
      to.push_back(date_of(line.deliver_to));
    }
  }
  if (order_ids.empty()) return;
  batch.add(insert_shipping_sql, order_ids, positions, options, titles, net, tax, total, tax_names,
            tax_rates, from, to);
}

constexpr pg::Statement insert_contacts_sql{"orders.insert_contacts", R"sql(
  INSERT INTO orders.order_contacts (order_id, email, phone, shipping_address, billing_address, access_token)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
)sql"};

void add_contacts(pg::Batch& batch, const std::vector<NewOrder>& orders) {
  std::vector<OrderId> ids;
  std::vector<std::string> emails, phones, shipping, billing, tokens;
  for (const NewOrder& order : orders) {
    ids.push_back(order.id);
    emails.push_back(order.contact.email);
    phones.push_back(order.contact.phone);
    shipping.push_back(to_json(order.contact.shipping));
    billing.push_back(to_json(order.contact.billing));
    tokens.push_back(order.access_token);
  }
  batch.add(insert_contacts_sql, ids, emails, phones, shipping, billing, tokens);
}

}  // namespace

std::size_t add_insert_orders(pg::Batch& batch, const std::vector<NewOrder>& orders) {
  for (const NewOrder& order : orders) check_sums(order);
  const auto numbers = add_orders(batch, orders);
  add_lines(batch, orders);
  add_shipping(batch, orders);
  add_contacts(batch, orders);
  return numbers;
}

}  // namespace osier::orders
