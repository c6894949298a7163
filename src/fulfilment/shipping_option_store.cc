#include "fulfilment/shipping_option_store.h"

namespace osier::fulfilment {

namespace {

constexpr pg::Statement load_shipping_options_sql{"fulfilment.load_shipping_options", R"sql(
  SELECT s.id, s.code, m.code, s.name, s.currency, s.amount_minor, s.free_from_minor, s.tax_class, s.days_min,
         s.days_max, coalesce(s.countries, '{}')
    FROM fulfilment.shipping_options s
    JOIN catalog.markets m ON m.id = s.market_id
   ORDER BY m.position, s.position, s.code
)sql"};

}  // namespace

Task<std::vector<ShippingOption>> load_shipping_options(pg::Database& database) {
  const auto rows = co_await database.run(load_shipping_options_sql);
  std::vector<ShippingOption> options;
  for (const pg::Row& row : rows) {
    const auto currency = row.get<Currency>(4);
    ShippingOption option;
    option.id = row.get<ShippingOptionId>(0);
    option.code = row.get<std::string>(1);
    option.market_code = row.get<std::string>(2);
    option.name = catalog::Texts::from_json(row.get<std::string>(3));
    option.amount = Money::minor(row.get<std::int64_t>(5), currency);
    if (const auto free_from = row.get<std::optional<std::int64_t>>(6)) {
      option.free_from = Money::minor(*free_from, currency);
    }
    option.tax_class = row.get<std::string>(7);
    option.days_min = row.get<std::int32_t>(8);
    option.days_max = row.get<std::int32_t>(9);
    option.countries = row.get<std::vector<std::string>>(10);
    options.push_back(std::move(option));
  }
  co_return options;
}

}  // namespace osier::fulfilment
