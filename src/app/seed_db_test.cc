#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "app/seed.h"
#include "catalog/catalog.h"
#include "fulfilment/fulfilment.h"
#include "inventory/inventory.h"
#include "platform/blob/folder_store.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/telemetry/log.h"

namespace osier::app {
namespace {

constexpr pg::Statement count_rows_sql{"test.count_rows", R"sql(
  SELECT (SELECT count(*) FROM catalog.products), (SELECT count(*) FROM catalog.variants),
         (SELECT count(*) FROM catalog.prices), (SELECT count(*) FROM catalog.product_images),
         (SELECT count(*) FROM media.images), (SELECT count(*) FROM inventory.stock_movements),
         (SELECT count(*) FROM catalog.tax_rates), (SELECT count(*) FROM catalog.content_pages)
)sql"};

// Each level must be the sum of its movements.
constexpr pg::Statement wrong_levels_sql{"test.wrong_levels", R"sql(
  SELECT count(*)
    FROM inventory.stock_levels l
   WHERE on_hand <> (SELECT coalesce(sum(on_hand_delta), 0) FROM inventory.stock_movements m
                      WHERE m.variant_id = l.variant_id AND m.location_id = l.location_id)
)sql"};

struct Folder {
  Folder()
      : path(std::filesystem::temp_directory_path() /
             ("osier_seed_test_" + std::to_string(getpid()))) {}
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

using Counts = std::vector<std::int64_t>;

Task<Counts> count_rows(pg::Database& database) {
  const auto row = co_await database.run_one(count_rows_sql);
  Counts counts;
  for (int column = 0; column < 8; ++column) counts.push_back(row->get<std::int64_t>(column));
  co_return counts;
}

Task<void> check_demo_shop(const catalog::Snapshot& snapshot) {
  EXPECT_GE(snapshot.product_count(), 24U);
  EXPECT_GE(snapshot.categories().size(), 6U);
  EXPECT_EQ(snapshot.markets().size(), 2U);
  EXPECT_EQ(snapshot.content_pages().size(), 5U);
  EXPECT_EQ(snapshot.market("eu")->tax_rate("DE", "", "reduced")->rate_ppm, 70'000);
  EXPECT_EQ(snapshot.market("us")->tax_rate("US", "NJ", "standard")->rate_ppm, 66'250);
  EXPECT_EQ(snapshot.market("us")->tax_rate("US", "OR", "standard"), nullptr);
  EXPECT_FALSE(snapshot.market("us")->provinces.empty());
  EXPECT_FALSE(snapshot.market("eu")->announcement.at("de").empty());
  EXPECT_TRUE(snapshot.shop().hero.image);
  EXPECT_TRUE(snapshot.collection_by_handle("new"));

  const auto index = snapshot.product_by_handle("dipped-mug");
  if (!index) co_return;
  const catalog::Product& mug = snapshot.product(*index);
  EXPECT_EQ(mug.variants.size(), 3U);
  EXPECT_EQ(mug.maker->name, "Töpferei Brandt");
  EXPECT_EQ(mug.images.size(), 4U);
  EXPECT_FALSE(mug.images[0].picture->renditions.empty());
  EXPECT_TRUE(mug.variants[1].image);
  EXPECT_EQ(snapshot.available(mug.variants[0].id), 34);
  EXPECT_NE(mug.materials.at("en").find('\n'), std::string::npos);
  for (std::size_t i = 0; i < snapshot.product_count(); ++i) {
    EXPECT_FALSE(snapshot.product(i).categories.empty()) << snapshot.product(i).handle;
    EXPECT_FALSE(snapshot.product(i).images.empty()) << snapshot.product(i).handle;
  }
}

Task<void> seed_twice(pg::Database& database) {
  const Folder folder;
  blob::FolderStore images(folder.path);
  const SystemClock clock;
  const bool was_empty = co_await is_empty(database);
  EXPECT_TRUE(was_empty);
  co_await seed_demo(database, images, demo_files(), clock, 2);
  const auto once = co_await count_rows(database);
  co_await seed_demo(database, images, demo_files(), clock, 2);
  const auto twice = co_await count_rows(database);
  EXPECT_EQ(once, twice);
  const bool is_still_empty = co_await is_empty(database);
  EXPECT_FALSE(is_still_empty);

  inventory::Inventory stock(database);
  telemetry::Log log(telemetry::Level::error, telemetry::Format::json, clock);
  catalog::Catalog catalog(database, stock, clock, log);
  co_await catalog.load();
  co_await check_demo_shop(*catalog.snapshot());
  fulfilment::Fulfilment fulfilment(database);
  co_await fulfilment.load();
  const auto options = fulfilment.options_for("us", "US");
  EXPECT_EQ(options.size(), 2U);
  if (!options.empty()) EXPECT_EQ(options[0].tax_class, "untaxed");
  const auto wrong = co_await database.run_one(wrong_levels_sql);
  EXPECT_EQ(wrong->get<std::int64_t>(0), 0);
}

TEST(Seed, LoadsTheDemoShopAndChangesNothingTheSecondTime) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), seed_twice);
}

Task<void> seed_many(pg::Database& database) {
  const SystemClock clock;
  const auto first = co_await seed_synthetic(database, 2'500, clock);
  EXPECT_EQ(first, 2'500);
  const auto none = co_await seed_synthetic(database, 2'500, clock);
  EXPECT_EQ(none, 0);
  const auto more = co_await seed_synthetic(database, 2'600, clock);
  EXPECT_EQ(more, 100);

  inventory::Inventory stock(database);
  telemetry::Log log(telemetry::Level::error, telemetry::Format::json, clock);
  catalog::Catalog catalog(database, stock, clock, log);
  co_await catalog.load();
  const auto snapshot = catalog.snapshot();
  EXPECT_EQ(snapshot->product_count(), 2'600U);
  const auto listing = catalog::list_products(*snapshot, {.category = {},
                                                          .collection = {},
                                                          .query = "linen",
                                                          .market = 0,
                                                          .locale = "en",
                                                          .options = {{"colour", {"sage"}}},
                                                          .price_min_minor = {},
                                                          .price_max_minor = {}});
  EXPECT_GT(listing.total, 0U);
  const auto wrong = co_await database.run_one(wrong_levels_sql);
  EXPECT_EQ(wrong->get<std::int64_t>(0), 0);
}

TEST(Seed, MakesAnyNumberOfProductsAndGoesOnWhereItStopped) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), seed_many);
}

}  // namespace
}  // namespace osier::app
