#include "checkout/test/shop.h"

#include <gtest/gtest.h>

#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/postgres/test/violations.h"

namespace osier::checkout::test {

// --- The provider.

Task<Result<FakeProvider::Opened, payments::OpenRefusal>> FakeProvider::open(
    payments::PaymentMethod, payments::Purchase purchase) {
  if (is_away) throw payments::ProviderUnavailable("the fake provider is away");
  standings.emplace(purchase.payment_id, Standing::unpaid);
  amounts.emplace(purchase.payment_id, purchase.amount);
  if (standings.at(purchase.payment_id) == Standing::closed)
    co_return refuse(payments::OpenRefusal::payment_ended);
  const std::string id = "pi_" + purchase.payment_id.value().to_hex();
  co_return Opened{.session_id = "", .payment_id = id, .url = "", .client_secret = id + "_secret"};
}

Task<payments::PaymentReport> FakeProvider::ask(payments::Payment payment) {
  if (is_away) throw payments::ProviderUnavailable("the fake provider is away");
  const Money zero = Money::zero(payment.amount.currency());
  payments::PaymentReport report{.payment_id = payment.id,
                                 .status = payments::PaymentStatus::requires_action,
                                 .authorized = zero,
                                 .captured = zero,
                                 .refunded = zero,
                                 .provider_payment_id = payment.provider_payment_id.value_or(""),
                                 .capture_reference = "",
                                 .refunds = {},
                                 .failure_reason = ""};
  switch (standings.at(payment.id)) {
    case Standing::unpaid:
      break;
    case Standing::declined:
      report.failure_reason = "card_declined";
      break;
    case Standing::closed:
      report.status = payments::PaymentStatus::canceled;
      break;
    case Standing::paid:
      report.status = payments::PaymentStatus::captured;
      report.authorized = report.captured = payment.amount;
      report.capture_reference = "ch_" + payment.id.value().to_hex();
  }
  co_return report;
}

Task<payments::CloseOutcome> FakeProvider::close(payments::Payment payment) {
  if (is_away) throw payments::ProviderUnavailable("the fake provider is away");
  Standing& standing = standings[payment.id];
  if (standing == Standing::paid) co_return payments::CloseOutcome::already_paid;
  standing = Standing::closed;
  co_return payments::CloseOutcome::closed;
}

Task<std::string> FakeProvider::refund(payments::Payment, payments::RefundId refund_id, Money) {
  co_return "re_" + refund_id.value().to_hex();
}

// --- The shop.

Shop::Shop(pg::Database& shop_database)
    : database(shop_database),
      log(telemetry::Level::error, telemetry::Format::text, clock),
      inventory(database),
      catalog(database, inventory, clock, log),
      fulfilment(database),
      payments(database, clock, &stripe),
      promotions(database, clock),
      coupon_holds(promotions),
      orders(database, inventory, payments, clock, Loop::current(), &coupon_holds),
      checkout(database, catalog, inventory, promotions, payments, orders, fulfilment, clock,
               random, Loop::current(), {}),
      waiting(database, catalog, clock, random, log, Loop::current(), {}) {
  const auto id = [this] { return Uuid::v7(clock.now()); };
  eu = osier::catalog::MarketId(id());
  us = osier::catalog::MarketId(id());
  mug = osier::catalog::VariantId(id());
  book = osier::catalog::VariantId(id());
  card = osier::catalog::VariantId(id());
  parcel = osier::fulfilment::ShippingOptionId(id());
  mail = osier::fulfilment::ShippingOptionId(id());
}

static constexpr pg::Statement markets_sql{"checkout_test.markets", R"sql(
  INSERT INTO catalog.markets (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               position)
  VALUES ($1, 'eu', 'eu', '{"en": "Europe"}', 'EUR', true, '{en,de}', 'DE', 'Europe/Berlin', 0),
         ($2, 'us', 'us', '{"en": "United States"}', 'USD', false, '{en}', 'US', 'America/New_York', 1)
)sql"};
static constexpr pg::Statement countries_sql{"checkout_test.countries", R"sql(
  INSERT INTO catalog.market_countries (country, market_id) VALUES ('DE', $1), ('FR', $1), ('AT', $1), ('US', $2)
)sql"};
static constexpr pg::Statement taxes_sql{"checkout_test.taxes", R"sql(
  INSERT INTO catalog.tax_rates (country, province, tax_class, name, rate_ppm)
  VALUES ('DE', '', 'standard', '{"en": "VAT"}', 190000), ('DE', '', 'reduced', '{"en": "VAT"}', 70000),
         ('FR', '', 'standard', '{"en": "VAT"}', 200000), ('US', 'NJ', 'standard', '{"en": "Sales tax"}', 66250)
)sql"};
static constexpr pg::Statement shop_sql{"checkout_test.shop", R"sql(
  INSERT INTO catalog.shop (name) VALUES ('Test shop')
)sql"};
static constexpr pg::Statement product_sql{"checkout_test.product", R"sql(
  WITH made AS (
    INSERT INTO catalog.products (id, handle, status, title, tax_class)
    VALUES ($1, lower($3), 'published', jsonb_build_object('en', initcap($3)), $4) RETURNING id
  )
  INSERT INTO catalog.variants (id, product_id, sku) SELECT $2, id, upper($3) FROM made
)sql"};
static constexpr pg::Statement price_sql{"checkout_test.price", R"sql(
  INSERT INTO catalog.prices (variant_id, market_id, currency, amount_minor) VALUES ($1, $2, $3, $4)
)sql"};
static constexpr pg::Statement options_sql{"checkout_test.options", R"sql(
  INSERT INTO fulfilment.shipping_options (id, code, market_id, name, currency, amount_minor, free_from_minor, days_min,
                                           days_max, countries)
  VALUES ($1, 'parcel', $3, '{"en": "Parcel"}', 'EUR', 490, 6000, 1, 3, '{DE,FR}'),
         ($2, 'mail', $4, '{"en": "Mail"}', 'USD', 900, NULL, 2, 5, NULL)
)sql"};

Task<void> Shop::set_up() {
  co_await database.run(markets_sql, eu, us);
  co_await database.run(countries_sql, eu, us);
  co_await database.run(taxes_sql);
  co_await database.run(shop_sql);
  struct Made {
    osier::catalog::VariantId variant;
    std::string word;
    std::string tax_class;
    std::int64_t eur_minor;
    std::int32_t units;
  };
  const std::vector<Made> products = {{mug, "mug", "standard", 2'400, 10},
                                      {book, "book", "reduced", 1'235, 3},
                                      {card, "card", "standard", 10'000'000'000, 9'999}};
  const osier::inventory::LocationId studio(Uuid::v7(clock.now()));
  std::vector<osier::inventory::Inventory::NewLevel> levels;
  for (const Made& made : products) {
    co_await database.run(product_sql, Uuid::v7(clock.now()), made.variant, made.word,
                          made.tax_class);
    co_await database.run(price_sql, made.variant, eu, "EUR", made.eur_minor);
    levels.push_back({made.variant, studio, made.units, 0});
  }
  co_await database.run(price_sql, mug, us, "USD", 2'600);
  co_await database.run(options_sql, parcel, mail, eu, us);
  auto transaction = co_await database.begin();
  std::vector<osier::inventory::Inventory::NewLocation> locations{
      {studio, "studio", "Studio", "DE", 0}};
  co_await inventory.create_locations(transaction, std::move(locations));
  co_await inventory.create_levels(transaction, std::move(levels));
  co_await transaction.commit();
  co_await catalog.load();
  co_await fulfilment.load();
}

Task<void> Shop::set_stock(std::string sku, std::int32_t on_hand) {
  osier::inventory::Inventory::SetStock command{.sku = std::move(sku),
                                                .location_code = std::nullopt,
                                                .on_hand = on_hand,
                                                .reason = "test",
                                                .actor = {audit::ActorKind::staff, "test"}};
  const auto set = co_await inventory.set_on_hand(std::move(command), clock.now());
  EXPECT_TRUE(set);
  co_await catalog.load();
}

static constexpr pg::Statement set_price_sql{"checkout_test.set_price", R"sql(
  UPDATE catalog.prices SET amount_minor = $2 WHERE variant_id = $1 AND currency = 'EUR'
)sql"};

Task<void> Shop::set_price(osier::catalog::VariantId variant, std::int64_t eur_minor) {
  co_await database.run(set_price_sql, variant, eur_minor);
  co_await catalog.load();
}

osier::orders::Contact some_contact() {
  osier::orders::Contact contact;
  contact.email = "anna@example.com";
  contact.shipping = {.name = "Anna Maria Schmidt",
                      .company = "",
                      .line1 = "Hauptstr. 1",
                      .line2 = "",
                      .postal_code = "10115",
                      .city = "Berlin",
                      .province = "",
                      .country = "DE",
                      .phone = "+49301234"};
  return contact;
}

Task<Cart> Shop::ready_cart(std::int32_t mugs) {
  Checkout::NewCart request{.market_code = "eu", .country = std::nullopt, .locale = "en"};
  request.lines = {{.variant_id = mug, .quantity = mugs}};
  request.contact = some_contact();
  auto cart = co_await checkout.create_cart(std::move(request));
  require(cart.has_value(), "the test's cart is made");
  CartUpdate update;
  update.shipping_option_id = parcel;
  auto ready = co_await checkout.update_cart(cart->token, std::move(update));
  require(ready.has_value(), "the test's cart takes its shipping option");
  co_return std::move(*ready);
}

static constexpr pg::Statement count_sql{"checkout_test.count", R"sql(
  SELECT (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM ' || $1, false, true, '')))[1]::text::bigint
)sql"};

Task<std::int64_t> Shop::count(std::string table) {
  const auto row = co_await database.run_one(count_sql, table);
  co_return row->get<std::int64_t>(0);
}

// --- Running.

Task<std::vector<std::string>> violations_of(pg::Database& database) {
  std::vector<std::string> lines;
  for (const auto room :
       {osier::inventory::invariants(), osier::payments::invariants(), osier::orders::invariants(),
        osier::checkout::invariants(), osier::promotions::invariants()}) {
    for (std::string& line : co_await pg::test::violations(database, room))
      lines.push_back(std::move(line));
  }
  co_return lines;
}

static Task<void> run_in(pg::Database& database, std::function<Task<void>(Shop&)> work) {
  {
    Shop shop(database);
    co_await shop.set_up();
    co_await work(shop);
  }
  const auto violations = co_await violations_of(database);
  EXPECT_EQ(violations, std::vector<std::string>());
}

void in_shop(std::function<Task<void>(Shop&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(),
                [&work](pg::Database& database) { return run_in(database, work); });
}

}  // namespace osier::checkout::test
