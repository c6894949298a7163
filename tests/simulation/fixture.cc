#include "simulation/fixture.h"

#include <fmt/format.h>

#include <array>

#include "platform/postgres/migrations.h"

namespace osier::simulation {

namespace {

constexpr const char* template_name = "simulation_template";

constexpr const char* clock_sql = R"sql(
  CREATE SCHEMA simulation;
  CREATE SEQUENCE simulation.microseconds;
  SELECT setval('simulation.microseconds', 1795348800000000);
  CREATE FUNCTION simulation.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
  BEGIN
    RETURN (SELECT pg_catalog.to_timestamp(last_value / 1000000) + (last_value % 1000000) * interval '1 microsecond'
              FROM simulation.microseconds);
  END $$;
  CREATE FUNCTION simulation.now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
  BEGIN
    RETURN simulation.clock_timestamp();
  END $$;
)sql";

constexpr const char* shop_sql = R"sql(
  INSERT INTO catalog.markets (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               position)
  VALUES ('00000000-0000-7000-8000-0000000000e1', 'eu', 'eu', '{"en": "Europe"}', 'EUR', true, '{en}', 'DE',
          'Europe/Berlin', 0),
         ('00000000-0000-7000-8000-0000000000a1', 'us', 'us', '{"en": "United States"}', 'USD', false, '{en}', 'US',
          'America/New_York', 1);
  INSERT INTO catalog.market_countries (country, market_id)
  VALUES ('DE', '00000000-0000-7000-8000-0000000000e1'), ('FR', '00000000-0000-7000-8000-0000000000e1'),
         ('US', '00000000-0000-7000-8000-0000000000a1');
  INSERT INTO catalog.tax_rates (country, province, tax_class, name, rate_ppm)
  VALUES ('DE', '', 'standard', '{"en": "VAT"}', 190000), ('DE', '', 'reduced', '{"en": "VAT"}', 70000),
         ('FR', '', 'standard', '{"en": "VAT"}', 200000), ('US', 'NJ', 'standard', '{"en": "Sales tax"}', 66250);
  INSERT INTO catalog.shop (name) VALUES ('Simulated shop');
  INSERT INTO inventory.locations (id, code, name, country, position)
  VALUES ('00000000-0000-7000-8000-0000000000b1', 'studio', 'Studio', 'DE', 0),
         ('00000000-0000-7000-8000-0000000000b2', 'attic', 'Attic', 'DE', 1);
  INSERT INTO fulfilment.shipping_options (id, code, market_id, name, currency, amount_minor, free_from_minor, days_min,
                                           days_max)
  VALUES ('00000000-0000-7000-8000-0000000000c1', 'parcel', '00000000-0000-7000-8000-0000000000e1',
          '{"en": "Parcel"}', 'EUR', 490, 6000, 1, 3),
         ('00000000-0000-7000-8000-0000000000c2', 'mail', '00000000-0000-7000-8000-0000000000a1',
          '{"en": "Mail"}', 'USD', 900, NULL, 2, 5);
)sql";

template <class Id>
Id id_of(const std::string& text) {
  const auto uuid = Uuid::parse(text);
  require(uuid.has_value(), "the fixture's ids are ids");
  return Id{*uuid};
}

std::string product_id(std::size_t index) {
  return fmt::format("00000000-0000-7000-8000-0000000001{:02}", index);
}
std::string variant_id(std::size_t index) {
  return fmt::format("00000000-0000-7000-8000-0000000002{:02}", index);
}

constexpr std::size_t wares_count = 6;

}  // namespace

Fixture::Fixture()
    : eu_parcel(id_of<fulfilment::ShippingOptionId>("00000000-0000-7000-8000-0000000000c1")),
      us_mail(id_of<fulfilment::ShippingOptionId>("00000000-0000-7000-8000-0000000000c2")),
      locations({{id_of<inventory::LocationId>("00000000-0000-7000-8000-0000000000b1"), "studio"},
                 {id_of<inventory::LocationId>("00000000-0000-7000-8000-0000000000b2"), "attic"}}) {
  for (std::size_t i = 0; i < wares_count; ++i) {
    wares.push_back({.variant = id_of<catalog::VariantId>(variant_id(i)),
                     .sku = fmt::format("WARE{}", i),
                     .is_sold_in_us = i % 2 == 0});
  }
}

void create_template(const pg::test::Server& server, const Fixture& fixture) {
  pg::BlockingConnection outer(server.connection());
  outer.run(std::string("CREATE DATABASE ") + template_name);
  const std::string connection = server.connection(template_name);
  {
    pg::BlockingConnection inner(connection);
    inner.run(clock_sql);
    inner.run(fmt::format("ALTER DATABASE {} SET search_path = simulation, pg_catalog, public",
                          template_name));
  }
  const auto migrated = pg::migrate(connection, migrations());
  if (!migrated) throw std::runtime_error(migrated.error().message);
  pg::BlockingConnection inner(connection);
  inner.run(shop_sql);
  for (std::size_t i = 0; i < fixture.wares.size(); ++i) {
    inner.run(
        fmt::format("INSERT INTO catalog.products (id, handle, status, title, tax_class)"
                    " VALUES ('{}', 'ware-{}', 'published', '{{\"en\": \"Ware {}\"}}', '{}');"
                    "INSERT INTO catalog.variants (id, product_id, sku) VALUES ('{}', '{}', '{}')",
                    product_id(i), i, i, i % 3 == 1 ? "reduced" : "standard", variant_id(i),
                    product_id(i), fixture.wares[i].sku));
  }
}

void copy_template(const pg::test::Server& server, const std::string& name) {
  pg::BlockingConnection outer(server.connection());
  outer.run(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name));
  outer.run(fmt::format("CREATE DATABASE {} TEMPLATE {}", name, template_name));
  outer.run(
      fmt::format("ALTER DATABASE {} SET search_path = simulation, pg_catalog, public", name));
}

void set_time(pg::BlockingConnection& database, Instant now) {
  database.run(
      fmt::format("SELECT setval('simulation.microseconds', {})", now.time_since_epoch().count()));
}

// One for a few orders, one for a few and each customer once, one that pays for the delivery.
static std::string coupons_sql(Dice& dice) {
  return fmt::format(
      "INSERT INTO promotions.coupons (id, code, title, kind, percent_ppm, valid_from, use_limit,"
      " use_limit_per_customer)"
      " VALUES ('00000000-0000-7000-8000-0000000000d1', 'LAST', '{{\"en\": \"Last\"}}', 'percent',"
      " {}, '2026-11-01', {}, NULL),"
      " ('00000000-0000-7000-8000-0000000000d2', 'ONCE', '{{\"en\": \"Once\"}}', 'fixed_amount',"
      " NULL, '2026-11-01', {}, 1),"
      " ('00000000-0000-7000-8000-0000000000d3', 'MAIL', '{{\"en\": \"Mail\"}}', 'free_shipping',"
      " NULL, '2026-11-01', {}, NULL);"
      "INSERT INTO promotions.coupon_markets (coupon_id, market_id, currency, amount_minor)"
      " VALUES ('00000000-0000-7000-8000-0000000000d2', '00000000-0000-7000-8000-0000000000e1',"
      " 'EUR', {});",
      dice.between(1, 100) * 10'000, dice.between(1, 3), dice.between(2, 6), dice.between(1, 4),
      dice.between(1, 2'000));
}

// Scarce wares are where shops go wrong: many games have but a handful of units.
void reset(pg::BlockingConnection& database, const Fixture& fixture, Dice& dice, Instant now) {
  std::string sql =
      "TRUNCATE orders.orders, orders.order_lines, orders.order_shipping_lines,"
      " orders.order_contacts, payments.payments, payments.payment_transactions, payments.refunds,"
      " checkout.carts, platform.outbox_events, platform.inbox_events, platform.schedules,"
      " promotions.coupon_uses, promotions.coupon_markets, promotions.coupons,"
      " inventory.stock_movements, inventory.stock_levels, catalog.prices, catalog.price_history, "
      "catalog.changes"
      " RESTART IDENTITY CASCADE;"
      "ALTER SEQUENCE orders.order_numbers RESTART;"
      "UPDATE catalog.products SET status = 'published' WHERE status <> 'published';";
  constexpr std::array plenty{3, 6, 20, 60};
  const int units_max = plenty[dice.below(plenty.size())];
  for (std::size_t i = 0; i < fixture.wares.size(); ++i) {
    const auto eur = dice.between(1, 40) * 100 + dice.between(0, 99);
    sql += fmt::format(
        "INSERT INTO catalog.prices (variant_id, market_id, currency, amount_minor)"
        " VALUES ('{}', '00000000-0000-7000-8000-0000000000e1', 'EUR', {});",
        variant_id(i), eur);
    if (fixture.wares[i].is_sold_in_us) {
      sql += fmt::format(
          "INSERT INTO catalog.prices (variant_id, market_id, currency, amount_minor)"
          " VALUES ('{}', '00000000-0000-7000-8000-0000000000a1', 'USD', {});",
          variant_id(i), eur + 150);
    }
    for (const char* location : {"b1", "b2"}) {
      if (*(location + 1) == '2' && dice.below(3) != 0) continue;
      const auto units = dice.between(0, units_max);
      const auto oversell = dice.below(5) == 0 ? dice.between(1, 2) : 0;
      const auto id = "00000000-0000-7000-8000-0000000000" + std::string(location);
      sql += fmt::format(
          "INSERT INTO inventory.stock_levels (variant_id, location_id, on_hand, oversell_limit)"
          " VALUES ('{0}', '{1}', {2}, {3});"
          "INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta,"
          " oversell_limit_delta) VALUES ('{0}', '{1}', 'received', {2}, {3});",
          variant_id(i), id, units, oversell);
    }
  }
  sql += coupons_sql(dice);
  // What may not be emptied by any shop.
  sql +=
      "SET session_replication_role = replica; TRUNCATE audit.entries, audit.unchained CASCADE;"
      "SET session_replication_role = origin;"
      "INSERT INTO audit.entries (id, actor, actor_kind, action, object_kind, object_id)"
      " SELECT gen_random_uuid(), 'fixture', 'command', 'coupon.added', 'coupon', id::text"
      " FROM promotions.coupons;";
  set_time(database, now);
  database.run(sql);
}

}  // namespace osier::simulation
