#include "orders/test/shop.h"

namespace osier::orders::test {

static constexpr pg::Statement make_product_sql{"orders_test.make_product", R"sql(
  INSERT INTO catalog.products (id, handle, status, title) VALUES ($1, 'mug', 'published', '{"en": "Mug"}')
)sql"};
static constexpr pg::Statement make_variant_sql{"orders_test.make_variant", R"sql(
  INSERT INTO catalog.variants (id, product_id, sku) VALUES ($1, $2, 'MUG')
)sql"};

Task<void> stock_up(Shop& shop, std::int32_t units) {
  const Uuid product = Uuid::v7(noon);
  co_await shop.database.run(make_product_sql, product);
  co_await shop.database.run(make_variant_sql, shop.mug, product);
  auto transaction = co_await shop.database.begin();
  const inventory::LocationId studio{Uuid::v7(noon)};
  std::vector<inventory::Inventory::NewLocation> locations{{studio, "studio", "Studio", "DE", 0}};
  co_await shop.inventory.create_locations(transaction, std::move(locations));
  std::vector<inventory::Inventory::NewLevel> levels{{shop.mug, studio, units, 0}};
  co_await shop.inventory.create_levels(transaction, std::move(levels));
  co_await transaction.commit();
}

static OrderLine line_of(Shop& shop, std::int32_t quantity) {
  OrderLine line;
  line.id = LineId{Uuid::v7(noon)};
  line.variant_id = shop.mug;
  line.product_id = catalog::ProductId{Uuid::v7(noon)};
  line.sku = "MUG";
  line.title = "Mug";
  line.variant_title = "Blue";
  line.quantity = quantity;
  line.unit_price = euros(1000);
  line.net = euros(840) * quantity;
  line.discount = euros(0);
  line.tax = euros(160) * quantity;
  line.total = euros(1000) * quantity;
  line.tax_class = "standard";
  line.tax_name = "VAT 19 %";
  line.tax_rate_ppm = 190'000;
  return line;
}

static OrderShipping delivery() {
  OrderShipping shipping;
  shipping.shipping_option_id = Uuid::v7(noon);
  shipping.title = "Parcel";
  shipping.net = euros(420);
  shipping.tax = euros(80);
  shipping.total = euros(500);
  shipping.tax_name = "VAT 19 %";
  shipping.tax_rate_ppm = 190'000;
  shipping.deliver_from = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25};
  return shipping;
}

NewOrder order_of(Shop& shop, Wish wish) {
  NewOrder order;
  order.id = OrderId{Uuid::v7(noon)};
  order.market_code = "eu";
  order.region = "eu";
  order.locale = "de";
  order.currency = eur;
  order.prices_include_tax = true;
  order.lines = {line_of(shop, wish.quantity)};
  order.shipping = {delivery()};
  order.items = order.lines[0].net;
  order.shipping_net = euros(420);
  order.discount = euros(0);
  order.tax = order.lines[0].tax + euros(80);
  order.total = order.lines[0].total + euros(500);
  order.contact.email = "anna@example.org";
  order.contact.shipping.name = "Anna Ö";
  order.contact.shipping.line1 = "Weg 1";
  order.contact.shipping.postal_code = "10115";
  order.contact.shipping.city = "Berlin";
  order.contact.shipping.country = "DE";
  order.contact.billing = order.contact.shipping;
  order.cart_id = wish.cart_id.value_or(Uuid::v7(noon));
  order.cart_version = 3;
  order.idempotency_key = "key-" + order.id.value().to_hex();
  order.access_token = "token-" + order.id.value().to_hex();
  order.created_at = shop.clock.now();
  order.expires_at = order.created_at + 30min;
  const bool is_manual = wish.provider == payments::Provider::manual;
  order.payment = {.id = payments::PaymentId{Uuid::v7(noon)},
                   .payable_id = payments::PayableId{order.id.value()},
                   .provider = wish.provider,
                   .method = is_manual ? payments::PaymentMethod::transfer
                                       : payments::PaymentMethod::hosted_page,
                   .amount = order.total};
  return order;
}

Task<NewOrder> place(Shop& shop, Wish wish) {
  NewOrder order = order_of(shop, wish);
  auto transaction = co_await shop.database.begin();
  pg::Batch load;
  const auto at = shop.inventory.add_lock_levels(load, {shop.mug});
  const auto loaded = co_await transaction.run_all(std::move(load));
  const auto levels = inventory::Inventory::levels_of(loaded[at]);
  const auto decided = inventory::decide_commitments(
      levels, {{inventory::HolderId{order.id.value()}, {{shop.mug, wish.quantity}}}});
  require(decided[0].has_value(), "a test's order finds its units");
  pg::Batch write;
  shop.inventory.add_commit_units(write, levels, *decided[0]);
  shop.orders.add_insert(write, {order});
  co_await transaction.run_all_and_commit(std::move(write));
  co_return order;
}

Task<NewOrder> place_and_open(Shop& shop, Wish wish) {
  auto order = co_await place(shop, wish);
  const auto placed = co_await get(shop, order.id);
  auto purchase =
      shop.orders.purchase_of(placed, order.payment.id, "https://shop/thanks", "https://shop/cart");
  const auto opened = co_await shop.payments.open_at_provider(std::move(purchase));
  EXPECT_TRUE(opened.has_value());
  co_return order;
}

Task<Order> get(Shop& shop, OrderId id) {
  const auto order = co_await shop.orders.find(id);
  co_return order.value();
}

Task<inventory::StockLevel> mugs(Shop& shop) {
  std::vector<catalog::VariantId> one{shop.mug};
  const auto levels = co_await shop.inventory.load_levels(std::move(one));
  co_return levels.at(0);
}

static constexpr pg::Statement count_events_sql{"orders_test.count_events", R"sql(
  SELECT count(*) FROM platform.outbox_events WHERE aggregate_id = $1 AND topic = $2
)sql"};

Task<int> count_events(Shop& shop, OrderId id, std::string topic) {
  const auto row = co_await shop.database.run_one(count_events_sql, id, topic);
  co_return row->get<int>(0);
}

static constexpr pg::Statement let_expire_sql{"orders_test.let_expire", R"sql(
  UPDATE orders.orders SET expires_at = clock_timestamp() - interval '1 second', release_tried_at = NULL WHERE id = $1
)sql"};

Task<void> let_expire(Shop& shop, OrderId id) { co_await shop.database.run(let_expire_sql, id); }

Task<std::vector<std::string>> violations(Shop& shop) {
  std::vector<std::string> all;
  for (const auto invariants : {orders::invariants(), inventory::invariants(),
                                payments::invariants(), jobs::invariants()}) {
    const auto lines = co_await pg::test::violations(shop.database, invariants);
    all.insert(all.end(), lines.begin(), lines.end());
  }
  co_return all;
}

Task<void> expect_no_violation(Shop& shop) {
  const auto lines = co_await violations(shop);
  EXPECT_EQ(lines, std::vector<std::string>{});
}

}  // namespace osier::orders::test
