// Reading and locking orders.

#include <cstdio>
#include <unordered_map>

#include "orders/access_token.h"
#include "orders/order_store.h"

namespace osier::orders {

namespace {

template <class Word>
Word known(std::optional<Word> word) {
  require(word.has_value(), "the schema knows no word that the code does not");
  return *word;
}

OrderStatus status_of(const pg::Row& row) {
  return known(parse_order_status(row.get<std::string>("status")));
}
OrderPaymentStatus payment_status_of(const pg::Row& row) {
  return known(parse_order_payment_status(row.get<std::string>("payment_status")));
}

}  // namespace

// A union, so that each half has its index.
static constexpr pg::Statement select_existing_sql{"orders.select_existing", R"sql(
  SELECT orders.id, number, status, cart_id, coalesce(cart_version, 0) AS cart_version, idempotency_key, currency,
         total_minor, contact.access_token
    FROM (SELECT * FROM orders.orders
           WHERE cart_id = ANY ($1) AND status IN ('pending', 'placed', 'completed')
           UNION
          SELECT * FROM orders.orders
           WHERE idempotency_key = ANY ($2)) orders
    JOIN orders.order_contacts contact ON contact.order_id = orders.id
)sql"};

std::size_t add_select_existing(pg::Batch& batch, const std::vector<Uuid>& carts,
                                const std::vector<std::string>& idempotency_keys) {
  return batch.add(select_existing_sql, carts, idempotency_keys);
}

ExistingOrder existing_order_of(const pg::Row& row) {
  return {
      .id = row.get<OrderId>("id"),
      .number = row.get<std::int64_t>("number"),
      .status = status_of(row),
      .cart_id = row.get<std::optional<Uuid>>("cart_id"),
      .cart_version = row.get<std::int32_t>("cart_version"),
      .idempotency_key = row.get<std::string>("idempotency_key"),
      .access_token = row.get<std::string>("access_token"),
      .total = Money::minor(row.get<std::int64_t>("total_minor"), row.get<Currency>("currency"))};
}

static constexpr pg::Statement select_orders_sql{"orders.select_orders", R"sql(
  SELECT orders.id, number, market_code, region, locale, channel, currency, prices_include_tax, status, payment_status,
         fulfilment_status, items_minor, shipping_minor, discount_minor, tax_minor, total_minor, paid_minor, cart_id,
         coalesce(cart_version, 0) AS cart_version, created_at, expires_at, placed_at, contact.email, contact.phone,
         contact.shipping_address, contact.billing_address, contact.access_token, discounts
    FROM orders.orders
    JOIN orders.order_contacts contact ON contact.order_id = orders.id
   WHERE orders.id = ANY ($1::uuid[])
)sql"};

static constexpr pg::Statement select_lines_sql{"orders.select_lines", R"sql(
  SELECT order_id, id, variant_id, product_id, sku, title, variant_title, coalesce(image_hash, '') AS image_hash, quantity,
         canceled_quantity, unit_price_minor, net_minor, discount_minor, tax_minor, total_minor, tax_class, tax_name,
         tax_rate_ppm
    FROM orders.order_lines
   WHERE order_id = ANY ($1::uuid[])
   ORDER BY order_id, position
)sql"};

static constexpr pg::Statement select_shipping_sql{"orders.select_shipping_lines", R"sql(
  SELECT order_id, shipping_option_id, title, net_minor, tax_minor, total_minor, tax_name, tax_rate_ppm,
         deliver_from::text AS deliver_from, deliver_to::text AS deliver_to
    FROM orders.order_shipping_lines
   WHERE order_id = ANY ($1::uuid[])
   ORDER BY order_id, position
)sql"};

namespace {

std::optional<std::chrono::sys_days> day_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  int year = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(text->c_str(), "%d-%u-%u", &year, &month, &day) != 3) return std::nullopt;
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} /
                               std::chrono::day{day}};
}

OrderLine line_of(const pg::Row& row, Currency currency) {
  const auto money = [&](const char* column) {
    return Money::minor(row.get<std::int64_t>(column), currency);
  };
  return {.id = row.get<LineId>("id"),
          .variant_id = row.get<catalog::VariantId>("variant_id"),
          .product_id = row.get<catalog::ProductId>("product_id"),
          .sku = row.get<std::string>("sku"),
          .title = row.get<std::string>("title"),
          .variant_title = row.get<std::string>("variant_title"),
          .image_hash = row.get<std::string>("image_hash"),
          .quantity = row.get<std::int32_t>("quantity"),
          .canceled = row.get<std::int32_t>("canceled_quantity"),
          .unit_price = money("unit_price_minor"),
          .net = money("net_minor"),
          .discount = money("discount_minor"),
          .tax = money("tax_minor"),
          .total = money("total_minor"),
          .tax_class = row.get<std::string>("tax_class"),
          .tax_name = row.get<std::string>("tax_name"),
          .tax_rate_ppm = row.get<std::int32_t>("tax_rate_ppm")};
}

OrderShipping shipping_of(const pg::Row& row, Currency currency) {
  const auto money = [&](const char* column) {
    return Money::minor(row.get<std::int64_t>(column), currency);
  };
  return {.shipping_option_id = row.get<Uuid>("shipping_option_id"),
          .title = row.get<std::string>("title"),
          .net = money("net_minor"),
          .tax = money("tax_minor"),
          .total = money("total_minor"),
          .tax_name = row.get<std::string>("tax_name"),
          .tax_rate_ppm = row.get<std::int32_t>("tax_rate_ppm"),
          .deliver_from = day_of(row.get<std::optional<std::string>>("deliver_from")),
          .deliver_to = day_of(row.get<std::optional<std::string>>("deliver_to"))};
}

Order order_of(const pg::Row& row) {
  const auto currency = row.get<Currency>("currency");
  const auto money = [&](const char* column) {
    return Money::minor(row.get<std::int64_t>(column), currency);
  };
  Order order;
  order.id = row.get<OrderId>("id");
  order.number = row.get<std::int64_t>("number");
  order.market_code = row.get<std::string>("market_code");
  order.region = row.get<std::string>("region");
  order.locale = row.get<std::string>("locale");
  order.channel = known(parse_channel(row.get<std::string>("channel")));
  order.currency = currency;
  order.prices_include_tax = row.get<bool>("prices_include_tax");
  order.status = status_of(row);
  order.payment_status = payment_status_of(row);
  order.fulfilment_status = row.get<std::string>("fulfilment_status");
  order.discounts = discounts_from_json(row.get<std::string>("discounts"), currency);
  order.items = money("items_minor");
  order.shipping_net = money("shipping_minor");
  order.discount = money("discount_minor");
  order.tax = money("tax_minor");
  order.total = money("total_minor");
  order.paid = money("paid_minor");
  order.contact = {.email = row.get<std::string>("email"),
                   .phone = row.get<std::string>("phone"),
                   .shipping = address_from_json(row.get<std::string>("shipping_address")),
                   .billing = address_from_json(row.get<std::string>("billing_address"))};
  order.cart_id = row.get<std::optional<Uuid>>("cart_id");
  order.cart_version = row.get<std::int32_t>("cart_version");
  order.access_token = row.get<std::string>("access_token");
  order.created_at = row.get<Instant>("created_at");
  order.expires_at = row.get<std::optional<Instant>>("expires_at");
  order.placed_at = row.get<std::optional<Instant>>("placed_at");
  return order;
}

}  // namespace

// What is frozen never changes, so statements of one round trip need no common snapshot.
Task<std::vector<OrderWithPayments>> select_orders(pg::Database& database,
                                                   const payments::Payments& payments,
                                                   std::vector<OrderId> ids) {
  std::vector<payments::PayableId> payables;
  for (const OrderId id : ids) payables.emplace_back(id.value());
  pg::Batch batch;
  const auto heads = batch.add(select_orders_sql, ids);
  const auto lines = batch.add(select_lines_sql, ids);
  const auto shipping = batch.add(select_shipping_sql, ids);
  const auto attempts = payments.add_find_of_payables(batch, payables);
  auto transaction = co_await database.begin();
  const auto results = co_await transaction.run_all_and_commit(std::move(batch));

  std::unordered_map<Uuid, std::size_t> position_of;
  std::vector<OrderWithPayments> orders;
  for (const pg::Row& row : results[heads]) {
    position_of.emplace(row.get<Uuid>("id"), orders.size());
    orders.push_back({.order = order_of(row), .payments = {}});
  }
  // An order that came in between two of the statements is not among the heads.
  const auto find = [&](const Uuid& id) {
    const auto position = position_of.find(id);
    return position == position_of.end() ? nullptr : &orders[position->second];
  };
  for (const pg::Row& row : results[lines]) {
    auto* const found = find(row.get<Uuid>("order_id"));
    if (found != nullptr) found->order.lines.push_back(line_of(row, found->order.currency));
  }
  for (const pg::Row& row : results[shipping]) {
    auto* const found = find(row.get<Uuid>("order_id"));
    if (found != nullptr) found->order.shipping.push_back(shipping_of(row, found->order.currency));
  }
  for (payments::Payment& payment : payments::Payments::payments_of(results[attempts])) {
    auto* const found = find(payment.payable_id.value());
    if (found != nullptr) found->payments.push_back(std::move(payment));
  }
  co_return orders;
}

static constexpr pg::Statement select_id_by_token_sql{"orders.select_id_by_token", R"sql(
  SELECT id FROM orders.orders WHERE access_token_hash = $1
)sql"};

Task<std::optional<OrderId>> select_id_by_token(pg::Database& database, std::string token) {
  const auto key = access_key_of(token);
  const auto row = co_await database.run_one(select_id_by_token_sql, key);
  if (!row) co_return std::nullopt;
  co_return row->get<OrderId>(0);
}

static constexpr pg::Statement select_id_by_number_sql{"orders.select_id_by_number", R"sql(
  SELECT id FROM orders.orders WHERE number = $1
)sql"};

Task<std::optional<OrderId>> select_id_by_number(pg::Database& database, std::int64_t number) {
  const auto row = co_await database.run_one(select_id_by_number_sql, number);
  if (!row) co_return std::nullopt;
  co_return row->get<OrderId>(0);
}

static constexpr pg::Statement lock_orders_sql{"orders.lock_orders", R"sql(
  SELECT id, number, status, payment_status, currency, total_minor, paid_minor
    FROM orders.orders
   WHERE id = ANY ($1)
   ORDER BY id
     FOR UPDATE
)sql"};

static constexpr pg::Statement lock_orders_of_payments_sql{"orders.lock_orders_of_payments", R"sql(
  SELECT id, number, status, payment_status, currency, total_minor, paid_minor
    FROM orders.orders
   WHERE id = ANY (ARRAY(SELECT payable_id FROM payments.payable_payments WHERE id = ANY ($1)))
   ORDER BY id
     FOR UPDATE
)sql"};

std::vector<LockedOrder> locked_orders_of(const pg::Rows& rows) {
  std::vector<LockedOrder> orders;
  for (const pg::Row& row : rows) {
    const auto currency = row.get<Currency>("currency");
    orders.push_back({.id = row.get<OrderId>("id"),
                      .number = row.get<std::int64_t>("number"),
                      .status = status_of(row),
                      .payment_status = payment_status_of(row),
                      .total = Money::minor(row.get<std::int64_t>("total_minor"), currency),
                      .paid = Money::minor(row.get<std::int64_t>("paid_minor"), currency)});
  }
  return orders;
}

std::size_t add_lock_orders(pg::Batch& batch, const std::vector<OrderId>& ids) {
  return batch.add(lock_orders_sql, ids);
}

std::size_t add_lock_orders_of_payments(pg::Batch& batch,
                                        const std::vector<payments::PaymentId>& payments) {
  return batch.add(lock_orders_of_payments_sql, payments);
}

Task<std::vector<LockedOrder>> lock_orders(pg::Transaction& transaction, std::vector<OrderId> ids) {
  co_return locked_orders_of(co_await transaction.run(lock_orders_sql, ids));
}

static constexpr pg::Statement select_units_to_honour_sql{"orders.select_units_to_honour", R"sql(
  SELECT line.order_id, late.cart_id, line.variant_id, line.quantity - line.canceled_quantity AS quantity
    FROM orders.orders late
    JOIN orders.order_lines line ON line.order_id = late.id
   WHERE late.id = ANY ($1)
     AND line.quantity > line.canceled_quantity
     AND NOT EXISTS (SELECT 1
                       FROM orders.orders other
                      WHERE other.cart_id = late.cart_id
                        AND other.status IN ('pending', 'placed', 'completed'))
   ORDER BY line.order_id, line.position
)sql"};

Task<std::vector<UnitsWanted>> select_units_to_honour(pg::Transaction& transaction,
                                                      std::vector<OrderId> ids) {
  const auto rows = co_await transaction.run(select_units_to_honour_sql, ids);
  std::vector<UnitsWanted> wanted;
  for (const pg::Row& row : rows) {
    wanted.push_back({.id = row.get<OrderId>("order_id"),
                      .cart_id = row.get<std::optional<Uuid>>("cart_id"),
                      .variant_id = row.get<catalog::VariantId>("variant_id"),
                      .quantity = row.get<std::int32_t>("quantity")});
  }
  co_return wanted;
}

static constexpr pg::Statement select_due_to_expire_sql{"orders.select_due_to_expire", R"sql(
  SELECT id
    FROM orders.orders
   WHERE status = 'pending'
     AND expires_at <= clock_timestamp()
     AND (release_tried_at IS NULL OR release_tried_at <= clock_timestamp() - interval '1 minute')
   ORDER BY expires_at
   LIMIT $1
)sql"};

Task<std::vector<OrderId>> select_due_to_expire(pg::Database& database, int limit) {
  const auto rows = co_await database.run(select_due_to_expire_sql, limit);
  std::vector<OrderId> ids;
  for (const pg::Row& row : rows) ids.push_back(row.get<OrderId>(0));
  co_return ids;
}

static constexpr pg::Statement note_obstacle_sql{"orders.note_obstacle", R"sql(
  UPDATE orders.orders
     SET release_tried_at = clock_timestamp(), release_obstacle = $2
   WHERE id = $1
     AND status = 'pending'
)sql"};

Task<void> note_obstacle(pg::Database& database, OrderId id, std::string obstacle) {
  co_await database.run(note_obstacle_sql, id, obstacle);
}

}  // namespace osier::orders
