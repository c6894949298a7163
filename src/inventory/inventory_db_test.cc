#include <gtest/gtest.h>

#include <algorithm>

#include "inventory/inventory.h"
#include "platform/postgres/listener.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/postgres/test/violations.h"

namespace osier::inventory {
namespace {

constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

constexpr pg::Statement make_product_sql{"inventory_test.make_product", R"sql(
  INSERT INTO catalog.products (id, handle, status, title) VALUES ($1, $2, 'published', '{"en": "Mug"}')
)sql"};
constexpr pg::Statement make_variant_sql{"inventory_test.make_variant", R"sql(
  INSERT INTO catalog.variants (id, product_id, sku) VALUES ($1, $2, $3)
)sql"};

struct Stock {
  VariantId mug{Uuid::v7(noon)};
  VariantId bowl{Uuid::v7(noon)};
  LocationId studio{Uuid::v7(noon)};
};

Task<void> make_variant(pg::Database& database, VariantId id, std::string sku) {
  const Uuid product = Uuid::v7(noon);
  co_await database.run(make_product_sql, product, "p-" + product.to_hex());
  co_await database.run(make_variant_sql, id, product, sku);
}

// Two variants at one location, with 10 and 3 units.
Task<Stock> stock_up(pg::Database& database, Inventory& inventory) {
  const Stock stock;
  co_await make_variant(database, stock.mug, "MUG");
  co_await make_variant(database, stock.bowl, "BOWL");
  auto transaction = co_await database.begin();
  std::vector<Inventory::NewLocation> locations{{stock.studio, "studio", "Studio", "DE", 0}};
  co_await inventory.create_locations(transaction, std::move(locations));
  std::vector<Inventory::NewLevel> levels{{stock.mug, stock.studio, 10, 0},
                                          {stock.bowl, stock.studio, 3, 2}};
  co_await inventory.create_levels(transaction, std::move(levels));
  co_await transaction.commit();
  co_return stock;
}

// Commits what the holders want, as a batch of orders does. Returns who got everything.
Task<std::vector<bool>> commit_units(pg::Database& database, Inventory& inventory,
                                     std::vector<HolderDemand> holders) {
  std::vector<VariantId> variants;
  for (const auto& holder : holders) {
    for (const auto& demand : holder.demands) variants.push_back(demand.variant_id);
  }
  auto transaction = co_await database.begin();
  pg::Batch load;
  const auto at = inventory.add_lock_levels(load, variants);
  const auto loaded = co_await transaction.run_all(std::move(load));
  const auto levels = Inventory::levels_of(loaded[at]);
  const auto decided = decide_commitments(levels, holders);
  std::vector<Commitment> commitments;
  std::vector<bool> got;
  for (const auto& one : decided) {
    got.push_back(one.has_value());
    if (one) commitments.insert(commitments.end(), one->begin(), one->end());
  }
  pg::Batch write;
  inventory.add_commit_units(write, levels, commitments);
  co_await transaction.run_all_and_commit(std::move(write));
  co_return got;
}

Task<void> release_now(pg::Database& database, Inventory& inventory,
                       std::vector<HolderId> holders) {
  auto transaction = co_await database.begin();
  co_await inventory.release(transaction, std::move(holders), "test");
  co_await transaction.commit();
}

Task<StockLevel> level_now(Inventory& inventory, VariantId variant) {
  std::vector<VariantId> one{variant};
  const auto levels = co_await inventory.load_levels(std::move(one));
  co_return levels.at(0);
}

Task<void> expect_no_violation(pg::Database& database) {
  const auto lines = co_await pg::test::violations(database, invariants());
  EXPECT_EQ(lines, std::vector<std::string>{});
}

Task<void> commit_and_release(pg::Database& database) {
  Inventory inventory(database);
  const Stock stock = co_await stock_up(database, inventory);
  const HolderId anna{Uuid::v7(noon)};
  const HolderId ben{Uuid::v7(noon)};
  const HolderId carl{Uuid::v7(noon)};
  std::vector<HolderDemand> holders{{anna, {{stock.mug, 4}, {stock.bowl, 1}, {stock.mug, 2}}},
                                    {ben, {{stock.mug, 4}}},
                                    {carl, {{stock.mug, 1}}}};
  const auto got = co_await commit_units(database, inventory, std::move(holders));
  EXPECT_EQ(got, (std::vector<bool>{true, true, false}));
  auto mugs = co_await level_now(inventory, stock.mug);
  EXPECT_EQ(mugs.committed, 10);
  co_await expect_no_violation(database);

  for (int i = 0; i < 2; ++i) {  // The second finds nothing left.
    std::vector<HolderId> both{anna, carl};
    co_await release_now(database, inventory, std::move(both));
    mugs = co_await level_now(inventory, stock.mug);
    EXPECT_EQ(mugs.committed, 4);
    EXPECT_EQ(mugs.available(), 6);
  }
  const auto bowls = co_await level_now(inventory, stock.bowl);
  EXPECT_EQ(bowls.committed, 0);
  co_await expect_no_violation(database);
}

TEST(Inventory, CommitsAndGivesBackOnce) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), commit_and_release);
}

Task<void> release_at_the_same_time(pg::Database& database) {
  Inventory inventory(database);
  const Stock stock = co_await stock_up(database, inventory);
  const HolderId anna{Uuid::v7(noon)};
  std::vector<HolderDemand> holders{{anna, {{stock.mug, 4}}}};
  co_await commit_units(database, inventory, std::move(holders));

  std::vector<Task<void>> releases;
  for (int i = 0; i < 6; ++i) {
    std::vector<HolderId> one{anna};
    releases.push_back(release_now(database, inventory, std::move(one)));
  }
  co_await when_all(std::move(releases));
  const auto mugs = co_await level_now(inventory, stock.mug);
  EXPECT_EQ(mugs.committed, 0);
  co_await expect_no_violation(database);
}

TEST(Inventory, GivesBackOnceToManyAtTheSameTime) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), release_at_the_same_time);
}

Task<void> want_one(pg::Database& database, Inventory& inventory, VariantId variant, int* sold) {
  std::vector<HolderDemand> holders{{HolderId{Uuid::v7(noon)}, {{variant, 1}}}};
  const auto got = co_await commit_units(database, inventory, std::move(holders));
  if (got[0]) ++*sold;
}

Task<void> sell_the_last(pg::Database& database) {
  Inventory inventory(database);
  const Stock stock = co_await stock_up(database, inventory);
  int sold = 0;
  std::vector<Task<void>> buyers;
  for (int i = 0; i < 30; ++i) buyers.push_back(want_one(database, inventory, stock.bowl, &sold));
  co_await when_all(std::move(buyers));
  EXPECT_EQ(sold, 5);  // 3 on hand and 2 that may be oversold.
  co_await expect_no_violation(database);
}

TEST(Inventory, SellsTheLastUnitOnceToManyTransactions) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), sell_the_last);
}

Inventory::SetStock count_of(std::string sku, std::int32_t on_hand) {
  return {.sku = std::move(sku),
          .location_code = {},
          .on_hand = on_hand,
          .reason = "count",
          .actor = {audit::ActorKind::staff, "staff"}};
}

Task<std::string> set(Inventory& inventory, Inventory::SetStock command) {
  const auto level = co_await inventory.set_on_hand(std::move(command), SystemClock{}.now());
  if (level) co_return std::to_string(level->on_hand);
  switch (level.error()) {
    case Inventory::SetRefusal::unknown_variant:
      co_return "unknown_variant";
    case Inventory::SetRefusal::unknown_location:
      co_return "unknown_location";
    case Inventory::SetRefusal::several_locations:
      co_return "several_locations";
    case Inventory::SetRefusal::below_committed:
      co_return "below_committed";
    case Inventory::SetRefusal::out_of_range:
      co_return "out_of_range";
  }
  co_return "";
}

Task<void> expect_set(Inventory& inventory, std::string sku, std::int32_t on_hand,
                      std::string outcome) {
  auto command = count_of(std::move(sku), on_hand);
  const auto got = co_await set(inventory, std::move(command));
  EXPECT_EQ(got, outcome);
}

Task<void> count_stock(pg::Database& database) {
  Inventory inventory(database);
  const Stock stock = co_await stock_up(database, inventory);
  std::vector<HolderDemand> holders{{HolderId{Uuid::v7(noon)}, {{stock.mug, 4}, {stock.bowl, 4}}}};
  co_await commit_units(database, inventory, std::move(holders));

  co_await expect_set(inventory, "MUG", 4, "4");
  co_await expect_set(inventory, "MUG", 3, "below_committed");
  co_await expect_set(inventory, "BOWL", 2, "2");
  co_await expect_set(inventory, "BOWL", 1, "below_committed");
  co_await expect_set(inventory, "MUG", -1, "out_of_range");
  co_await expect_set(inventory, "MUG", Inventory::on_hand_max, "100000000");
  co_await expect_set(inventory, "MUG", Inventory::on_hand_max + 1, "out_of_range");
  co_await expect_set(inventory, "CUP", 1, "unknown_variant");
  co_await make_variant(database, VariantId{Uuid::v7(noon)}, "CUP");
  co_await expect_set(inventory, "CUP", 7, "7");

  auto elsewhere = count_of("MUG", 5);
  elsewhere.location_code = "moon";
  auto got = co_await set(inventory, std::move(elsewhere));
  EXPECT_EQ(got, "unknown_location");
  auto transaction = co_await database.begin();
  std::vector<Inventory::NewLocation> locations{
      {LocationId{Uuid::v7(noon)}, "moon", "Moon", "DE", 1}};
  co_await inventory.create_locations(transaction, std::move(locations));
  co_await transaction.commit();
  co_await expect_set(inventory, "MUG", 5, "several_locations");
  auto there = count_of("MUG", 5);
  there.location_code = "moon";
  got = co_await set(inventory, std::move(there));
  EXPECT_EQ(got, "5");
  co_await expect_no_violation(database);

  const auto units = co_await inventory.load({});
  EXPECT_EQ(units.at(stock.mug.value()), 100'000'001);
  EXPECT_EQ(units.at(stock.bowl.value()), 0);
}

// Hardening 85.
TEST(Inventory, CountsStockWithinWhatIsPromised) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), count_stock);
}

Task<void> hear_bands(pg::Database& database, std::string connection) {
  Inventory inventory(database);
  const Stock stock = co_await stock_up(database, inventory);
  std::vector<std::string> heard;
  bool is_connected = false;
  const pg::Listener listener(
      Loop::current(), connection, {"stock"},
      {[&](const std::string&, const std::string& payload) { heard.push_back(payload); },
       [&] { is_connected = true; }});
  for (int i = 0; i < 500 && !is_connected; ++i) co_await sleep_for(10ms);

  const HolderId anna{Uuid::v7(noon)};
  std::vector<HolderDemand> few{{anna, {{stock.mug, 4}}}};
  co_await commit_units(database, inventory, std::move(few));  // 6 are left: no news.
  std::vector<HolderDemand> more{{anna, {{stock.mug, 1}}}};
  co_await commit_units(database, inventory, std::move(more));  // 5: few.
  std::vector<HolderId> holders{anna};
  co_await release_now(database, inventory, std::move(holders));  // 10: plenty again.
  co_await expect_set(inventory, "MUG", 0, "0");
  for (int i = 0; i < 300 && heard.size() < 3; ++i) co_await sleep_for(10ms);
  EXPECT_EQ(heard, std::vector<std::string>(3, stock.mug.value().to_string()));
}

TEST(Inventory, TellsWhenABandIsCrossed) {
  const pg::test::Database fresh(migrations());
  const std::string connection = fresh.connection();
  pg::test::run(connection,
                [&](pg::Database& database) { return hear_bands(database, connection); });
}

constexpr pg::Statement drop_checks_sql{"inventory_test.drop_checks", R"sql(
  ALTER TABLE inventory.stock_levels DROP CONSTRAINT never_oversold
)sql"};
constexpr pg::Statement plant_level_sql{"inventory_test.plant_level", R"sql(
  UPDATE inventory.stock_levels SET committed = 100
)sql"};
constexpr pg::Statement plant_movement_sql{"inventory_test.plant_movement", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, committed_delta, holder_id)
  SELECT variant_id, location_id, 'released', -1, gen_random_uuid() FROM inventory.stock_levels
)sql"};

constexpr pg::Statement plant_count_sql{"inventory_test.plant_count", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, actor)
  SELECT variant_id, location_id, 'adjusted', 1, 'somebody' FROM inventory.stock_levels
)sql"};

Task<void> plant_violations(pg::Database& database) {
  Inventory inventory(database);
  co_await stock_up(database, inventory);
  co_await expect_no_violation(database);
  co_await database.run(drop_checks_sql);
  co_await database.run(plant_level_sql);
  co_await database.run(plant_movement_sql);
  co_await database.run(plant_count_sql);
  const auto names = co_await pg::test::violated(database, invariants());
  EXPECT_EQ(names.size(), invariants().size());
}

TEST(InventoryInvariants, EachFindsItsViolation) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), plant_violations);
}

}  // namespace
}  // namespace osier::inventory
