// Where the demo shop sells: markets with their countries, taxes and delivery, and the locations it
// sends from.

#include "app/seed_json.h"

namespace osier::app {

namespace {

constexpr pg::Statement insert_markets_sql{"app.insert_markets", R"sql(
  INSERT INTO catalog.markets (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               announcement, position)
  SELECT m.id, m.code, m.region, m.name::jsonb, m.currency, m.prices_include_tax, m.locales::text[], m.default_country,
         m.time_zone, m.announcement::jsonb, m.position
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[],
                $9::text[], $10::text[])
         WITH ORDINALITY AS m (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               announcement, position)
  ON CONFLICT (code) DO NOTHING
)sql"};

constexpr pg::Statement insert_countries_sql{"app.insert_countries", R"sql(
  INSERT INTO catalog.market_countries (country, market_id)
  SELECT c.country, m.id
    FROM unnest($1::text[], $2::text[]) AS c (country, market)
    JOIN catalog.markets m ON m.code = c.market
  ON CONFLICT (country) DO NOTHING
)sql"};

constexpr pg::Statement insert_provinces_sql{"app.insert_provinces", R"sql(
  INSERT INTO catalog.provinces (country, code, name)
  SELECT country, code, name FROM unnest($1::text[], $2::text[], $3::text[]) AS p (country, code, name)
  ON CONFLICT (country, code) DO NOTHING
)sql"};

constexpr pg::Statement insert_tax_rates_sql{"app.insert_tax_rates", R"sql(
  INSERT INTO catalog.tax_rates (country, province, tax_class, name, rate_ppm)
  SELECT country, province, tax_class, name::jsonb, rate_ppm
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[])
         AS t (country, province, tax_class, name, rate_ppm)
  ON CONFLICT (country, province, tax_class) DO NOTHING
)sql"};

constexpr pg::Statement insert_shipping_options_sql{"app.insert_shipping_options", R"sql(
  INSERT INTO fulfilment.shipping_options (id, code, market_id, name, currency, amount_minor, free_from_minor, tax_class,
                                           days_min, days_max, position)
  SELECT s.id, s.code, m.id, s.name::jsonb, m.currency, s.amount_minor, s.free_from_minor, s.tax_class, s.days_min,
         s.days_max, s.position
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::integer[],
                $9::integer[])
         WITH ORDINALITY AS s (id, code, market, name, amount_minor, free_from_minor, tax_class, days_min, days_max,
                               position)
    JOIN catalog.markets m ON m.code = s.market
  ON CONFLICT (code) DO NOTHING
)sql"};

constexpr pg::Statement insert_locations_sql{"app.insert_locations", R"sql(
  INSERT INTO inventory.locations (id, code, name, country, position)
  SELECT id, code, name, country, position
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS l (id, code, name, country, position)
  ON CONFLICT (code) DO NOTHING
)sql"};

struct Markets {
  std::vector<Uuid> ids;
  std::vector<std::string> codes, regions, names, currencies, locales, countries, time_zones,
      announcements;
  std::vector<bool> include_tax;
};

struct Countries {
  std::vector<std::string> codes, markets;
};

struct Provinces {
  std::vector<std::string> countries, codes, names;
};

struct TaxRates {
  std::vector<std::string> countries, provinces, classes, names;
  std::vector<std::int64_t> rates;

  void add(const std::string& country, const std::string& province, const std::string& name,
           const Demo& rates_ppm) {
    for (const auto& [tax_class, rate] : rates_ppm.object()) {
      countries.push_back(country);
      provinces.push_back(province);
      classes.push_back(tax_class);
      names.push_back(name);
      rates.push_back(rate.as_int64());
    }
  }
};

struct ShippingOptions {
  std::vector<Uuid> ids;
  std::vector<std::string> codes, markets, names, classes;
  std::vector<std::int64_t> amounts, days_min, days_max;
  std::vector<std::optional<std::int64_t>> free_from;
};

// The locales as an array, the default first.
std::string locales_of(const Demo& market) {
  std::vector<std::string> locales = {market.text("default_locale")};
  for (const auto& locale : market.array("locales")) {
    if (std::string tag(locale.as_string()); tag != locales.front())
      locales.push_back(std::move(tag));
  }
  return *pg::to_text(locales);
}

// A rate of nothing is written only where it is a rate like others (zero-rated books); where
// provinces decide, no rate means that nothing is added.
bool is_untaxed(const Demo& rates) {
  for (const auto& [tax_class, rate] : rates.object()) {
    if (rate.as_int64() != 0) return false;
  }
  return true;
}

void add_taxes(const Demo& country, const std::string& tax_name, TaxRates& taxes,
               Provinces& provinces) {
  const std::string code = country.text("code");
  const bool by_province = !country.array("provinces").empty();
  if (!by_province || !is_untaxed(country.at("tax_ppm")))
    taxes.add(code, "", tax_name, country.at("tax_ppm"));
  for (const auto& element : country.array("provinces")) {
    const Demo province(element);
    provinces.countries.push_back(code);
    provinces.codes.push_back(province.text("code"));
    provinces.names.push_back(province.text("name"));
    if (!is_untaxed(province.at("tax_ppm"))) {
      taxes.add(code, province.text("code"), tax_name, province.at("tax_ppm"));
    }
  }
}

void add_shipping(const Demo& market, Instant now, ShippingOptions& options) {
  for (const auto& element : market.array("shipping_options")) {
    const Demo option(element);
    options.ids.push_back(Uuid::v7(now));
    options.codes.push_back(option.text("handle"));
    options.markets.push_back(market.text("handle"));
    options.names.push_back(option.json("name"));
    options.amounts.push_back(option.number("price_minor"));
    options.free_from.push_back(option.optional_number("free_from_minor"));
    options.classes.push_back(market.optional_text("shipping_tax_class").value_or("untaxed"));
    options.days_min.push_back(option.at("delivery_days").number("min"));
    options.days_max.push_back(option.at("delivery_days").number("max"));
  }
}

void add_market(const Demo& market, const Demo& announcements, Instant now, Markets& markets) {
  const std::string code = market.text("handle");
  markets.ids.push_back(Uuid::v7(now));
  markets.codes.push_back(code);
  markets.regions.push_back(market.text("data_region"));
  markets.names.push_back(market.json("name"));
  markets.currencies.push_back(market.text("currency"));
  markets.include_tax.push_back(market.flag("prices_include_tax"));
  markets.locales.push_back(locales_of(market));
  markets.countries.push_back(market.text("default_country"));
  markets.time_zones.push_back(market.text("time_zone"));
  markets.announcements.push_back(announcements.has(code) ? announcements.json(code) : "{}");
}

}  // namespace

Task<void> seed_markets(pg::Transaction& transaction, const Seed& seed) {
  const Demo catalog(seed.catalog);
  const Demo announcements = catalog.at("shop").at("home").at("announcement");
  Markets markets;
  Countries countries;
  Provinces provinces;
  TaxRates taxes;
  ShippingOptions shipping;
  for (const auto& element : catalog.array("markets")) {
    const Demo market(element);
    add_market(market, announcements, seed.now, markets);
    add_shipping(market, seed.now, shipping);
    for (const auto& country : market.array("countries")) {
      countries.codes.push_back(Demo(country).text("code"));
      countries.markets.push_back(market.text("handle"));
      add_taxes(Demo(country), market.json("tax_name"), taxes, provinces);
    }
  }
  std::vector<Uuid> location_ids;
  std::vector<std::string> location_codes, location_names, location_countries;
  for (const auto& element : catalog.array("locations")) {
    const Demo location(element);
    location_ids.push_back(Uuid::v7(seed.now));
    location_codes.push_back(location.text("handle"));
    location_names.push_back(location.text("name"));
    location_countries.push_back(location.at("address").text("country"));
  }

  pg::Batch batch;
  batch.add(insert_markets_sql, markets.ids, markets.codes, markets.regions, markets.names,
            markets.currencies, markets.include_tax, markets.locales, markets.countries,
            markets.time_zones, markets.announcements);
  batch.add(insert_countries_sql, countries.codes, countries.markets);
  batch.add(insert_provinces_sql, provinces.countries, provinces.codes, provinces.names);
  batch.add(insert_tax_rates_sql, taxes.countries, taxes.provinces, taxes.classes, taxes.names,
            taxes.rates);
  batch.add(insert_shipping_options_sql, shipping.ids, shipping.codes, shipping.markets,
            shipping.names, shipping.amounts, shipping.free_from, shipping.classes,
            shipping.days_min, shipping.days_max);
  batch.add(insert_locations_sql, location_ids, location_codes, location_names, location_countries);
  co_await transaction.run_all(std::move(batch));
}

}  // namespace osier::app
