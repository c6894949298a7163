#include "catalog/hold_settings.h"

namespace osier::catalog {

static constexpr pg::Statement set_market_hold_sql{"catalog.set_market_hold", R"sql(
  UPDATE catalog.markets SET hold_minutes = $2::integer WHERE code = $1
)sql"};

Task<bool> set_market_hold(pg::Database& database, std::string market_code,
                           std::optional<std::int32_t> minutes) {
  const auto rows = co_await database.run(set_market_hold_sql, market_code, minutes);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement set_product_hold_sql{"catalog.set_product_hold", R"sql(
  UPDATE catalog.products SET hold_minutes = $2::integer, updated_at = clock_timestamp() WHERE handle = $1
)sql"};

Task<bool> set_product_hold(pg::Database& database, std::string handle,
                            std::optional<std::int32_t> minutes) {
  const auto rows = co_await database.run(set_product_hold_sql, handle, minutes);
  co_return rows.affected() == 1;
}

}  // namespace osier::catalog
