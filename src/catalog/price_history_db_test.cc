#include <gtest/gtest.h>

#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::catalog {
namespace {

constexpr pg::Statement add_markets_sql{"test.add_markets", R"sql(
  INSERT INTO catalog.markets (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               position)
  VALUES ('00000000-0000-7000-8000-0000000000e1', 'eu', 'eu', '{"en": "Europe"}', 'EUR', true, '{en}', 'DE', 'Europe/Berlin', 1),
         ('00000000-0000-7000-8000-0000000000a1', 'us', 'us', '{"en": "US"}', 'USD', false, '{en}', 'US', 'America/New_York', 2)
)sql"};
constexpr pg::Statement add_product_sql{"test.add_product", R"sql(
  INSERT INTO catalog.products (id, handle, status, title, description)
  VALUES ('00000000-0000-7000-8000-000000000010', 'mug', 'published', '{"en": "Mug"}', '{}')
)sql"};
constexpr pg::Statement add_variant_sql{"test.add_variant", R"sql(
  INSERT INTO catalog.variants (id, product_id, sku)
  VALUES ('00000000-0000-7000-8000-000000000014', '00000000-0000-7000-8000-000000000010', 'MUG')
)sql"};
constexpr pg::Statement add_prices_sql{"test.add_prices", R"sql(
  INSERT INTO catalog.prices (variant_id, market_id, currency, amount_minor, compare_at_minor)
  SELECT v.id, m.id, m.currency, $1::bigint, $2::bigint FROM catalog.variants v, catalog.markets m
)sql"};
constexpr pg::Statement change_prices_sql{"test.change_prices", R"sql(
  UPDATE catalog.prices SET amount_minor = $1::bigint, compare_at_minor = $2::bigint
)sql"};
constexpr pg::Statement days_pass_sql{"test.days_pass", R"sql(
  UPDATE catalog.price_history
     SET known_from = known_from - make_interval(days => $1::integer),
         known_to = known_to - make_interval(days => $1::integer)
)sql"};
constexpr pg::Statement prior_price_sql{"test.prior_price", R"sql(
  SELECT catalog.prior_price(p) FROM catalog.prices p JOIN catalog.markets m ON m.id = p.market_id WHERE m.code = $1
)sql"};
constexpr pg::Statement count_history_sql{"test.count_history",
                                          "SELECT count(*) FROM catalog.price_history"};

using Minor = std::optional<std::int64_t>;

// A mug that is sold in both markets, and a calendar.
struct Mug {
  pg::Database& database;

  Task<void> is_offered_for(std::int64_t amount_minor, Minor compare_at = {}) {
    for (const pg::Statement* statement : {&add_markets_sql, &add_product_sql, &add_variant_sql})
      co_await database.run(*statement);
    co_await database.run(add_prices_sql, amount_minor, compare_at);
  }
  Task<void> costs(std::int64_t amount_minor, Minor compare_at = {}) {
    co_await database.run(change_prices_sql, amount_minor, compare_at);
  }
  Task<void> days_pass(int days) { co_await database.run(days_pass_sql, days); }
  Task<Minor> prior_price(std::string market) {
    const auto row = co_await database.run_one(prior_price_sql, market);
    co_return row->get<Minor>(0);
  }
};

using Act = Task<void> (*)(pg::Database&);

void with_database(Act act) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), [act](pg::Database& database) { return act(database); });
}

Task<void> reduce_after_a_lower_price(pg::Database& database) {
  Mug mug{database};
  co_await mug.is_offered_for(3'500);
  co_await mug.days_pass(20);
  co_await mug.costs(3'200);
  co_await mug.days_pass(5);
  co_await mug.costs(3'900);
  co_await mug.days_pass(5);
  co_await mug.costs(2'800, 5'000);

  EXPECT_EQ(co_await mug.prior_price("eu"), 3'200);
  EXPECT_EQ(co_await mug.prior_price("us"), 5'000) << "outside the EU what the shop says counts";
}

TEST(PriceHistory, AReductionCountsFromTheLowestPriceOfThirtyDays) {
  with_database(reduce_after_a_lower_price);
}

Task<void> reduce_long_after_a_lower_price(pg::Database& database) {
  Mug mug{database};
  co_await mug.is_offered_for(3'200);
  co_await mug.costs(3'900);
  co_await mug.days_pass(31);
  co_await mug.costs(2'800, 5'000);
  EXPECT_EQ(co_await mug.prior_price("eu"), 3'900);

  co_await mug.days_pass(40);
  EXPECT_EQ(co_await mug.prior_price("eu"), 3'900) << "the days are those before it began";
}

TEST(PriceHistory, WhatEndedEarlierThanThirtyDaysBeforeIsForgotten) {
  with_database(reduce_long_after_a_lower_price);
}

Task<void> reduce_what_was_never_dearer(pg::Database& database) {
  Mug mug{database};
  co_await mug.is_offered_for(2'800, 5'000);
  EXPECT_EQ(co_await mug.prior_price("eu"), std::nullopt);
  co_await mug.days_pass(3);
  co_await mug.costs(3'000, 5'000);
  EXPECT_EQ(co_await mug.prior_price("eu"), std::nullopt) << "it was 28 three days ago";
}

TEST(PriceHistory, WhatWasNeverDearerIsNotReduced) { with_database(reduce_what_was_never_dearer); }

Task<void> say_the_same_again(pg::Database& database) {
  Mug mug{database};
  co_await mug.is_offered_for(3'500);
  co_await mug.days_pass(10);
  co_await mug.costs(2'800, 3'500);
  co_await mug.days_pass(10);
  co_await mug.costs(2'800, 4'000);
  const auto row = co_await database.run_one(count_history_sql);
  EXPECT_EQ(row->get<std::int64_t>(0), 4) << "two prices in two markets";
  EXPECT_EQ(co_await mug.prior_price("eu"), 3'500);
}

TEST(PriceHistory, NotesNothingIfThePriceStaysWhatItWas) { with_database(say_the_same_again); }

}  // namespace
}  // namespace osier::catalog
