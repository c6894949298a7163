#include "inventory/stock_store.h"

#include <algorithm>
#include <map>

namespace osier::inventory {

// Sorted before they are locked: every transaction takes levels in this order.
static constexpr pg::Statement lock_levels_sql{"inventory.lock_levels", R"sql(
  SELECT variant_id, location_id, on_hand, committed, unavailable, oversell_limit
    FROM inventory.stock_levels
   WHERE variant_id = ANY ($1)
   ORDER BY variant_id, location_id
     FOR UPDATE
)sql"};

std::size_t add_lock_levels_statement(pg::Batch& batch, const std::vector<VariantId>& variants) {
  std::vector<VariantId> distinct = variants;
  std::ranges::sort(distinct);
  const auto repeats = std::ranges::unique(distinct);
  distinct.erase(repeats.begin(), repeats.end());
  return batch.add(lock_levels_sql, distinct);
}

StockLevel level_of(const pg::Row& row) {
  return {.variant_id = row.get<VariantId>("variant_id"),
          .location_id = row.get<LocationId>("location_id"),
          .on_hand = row.get<std::int32_t>("on_hand"),
          .committed = row.get<std::int32_t>("committed"),
          .unavailable = row.get<std::int32_t>("unavailable"),
          .oversell_limit = row.get<std::int32_t>("oversell_limit")};
}

static constexpr pg::Statement commit_units_sql{"inventory.commit_units", R"sql(
  UPDATE inventory.stock_levels level
     SET committed = level.committed + taken.quantity
    FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS taken (variant_id, location_id, quantity)
   WHERE level.variant_id = taken.variant_id
     AND level.location_id = taken.location_id
)sql"};

static constexpr pg::Statement insert_commitments_sql{"inventory.insert_commitments", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, committed_delta, holder_id, reason)
  SELECT variant_id, location_id, 'committed', quantity, holder_id, 'order'
    FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[])
         AS taken (variant_id, location_id, quantity, holder_id)
)sql"};

void add_commitments(pg::Batch& batch, const std::vector<Commitment>& commitments) {
  std::map<std::pair<VariantId, LocationId>, std::int32_t> sums;
  std::vector<VariantId> variants;
  std::vector<LocationId> locations;
  std::vector<std::int32_t> quantities;
  std::vector<HolderId> holders;
  for (const Commitment& commitment : commitments) {
    sums[{commitment.variant_id, commitment.location_id}] += commitment.quantity;
    variants.push_back(commitment.variant_id);
    locations.push_back(commitment.location_id);
    quantities.push_back(commitment.quantity);
    holders.push_back(commitment.holder_id);
  }

  std::vector<VariantId> level_variants;
  std::vector<LocationId> level_locations;
  std::vector<std::int32_t> level_quantities;
  for (const auto& [level, quantity] : sums) {
    level_variants.push_back(level.first);
    level_locations.push_back(level.second);
    level_quantities.push_back(quantity);
  }
  batch.add(commit_units_sql, level_variants, level_locations, level_quantities);
  batch.add(insert_commitments_sql, variants, locations, quantities, holders);
}

static constexpr pg::Statement notify_stock_sql{"inventory.notify_stock", R"sql(
  SELECT pg_notify('stock', variant_id::text) FROM unnest($1::uuid[]) AS changed (variant_id)
)sql"};

void add_notices(pg::Batch& batch, const std::vector<VariantId>& variants) {
  if (!variants.empty()) batch.add(notify_stock_sql, variants);
}

static constexpr pg::Statement lock_held_levels_sql{"inventory.lock_held_levels", R"sql(
  SELECT variant_id, location_id
    FROM inventory.stock_levels
   WHERE variant_id IN (SELECT variant_id FROM inventory.stock_movements WHERE holder_id = ANY ($1))
   ORDER BY variant_id, location_id
     FOR UPDATE
)sql"};

// What is left of each holder's commitments goes back. Runs after the lock, so that a release at
// the same time has been seen. The last part reads the levels as they were before this statement.
static constexpr pg::Statement release_units_sql{"inventory.release_units", R"sql(
  WITH outstanding AS (
    SELECT holder_id, variant_id, location_id, sum(committed_delta)::integer AS quantity
      FROM inventory.stock_movements
     WHERE holder_id = ANY ($1)
     GROUP BY holder_id, variant_id, location_id
    HAVING sum(committed_delta) > 0),
  explained AS (
    INSERT INTO inventory.stock_movements (variant_id, location_id, kind, committed_delta, holder_id, reason)
    SELECT variant_id, location_id, 'released', -quantity, holder_id, $2 FROM outstanding),
  by_level AS (
    SELECT variant_id, location_id, sum(quantity)::integer AS quantity
      FROM outstanding
     GROUP BY variant_id, location_id),
  given_back AS (
    UPDATE inventory.stock_levels level
       SET committed = level.committed - by_level.quantity
      FROM by_level
     WHERE level.variant_id = by_level.variant_id
       AND level.location_id = by_level.location_id),
  by_variant AS (
    SELECT level.variant_id,
           sum(level.on_hand::bigint - level.unavailable - level.committed + level.oversell_limit) AS units,
           (SELECT sum(quantity) FROM by_level WHERE by_level.variant_id = level.variant_id) AS given_back
      FROM inventory.stock_levels level
     WHERE level.variant_id IN (SELECT variant_id FROM by_level)
     GROUP BY level.variant_id)
  SELECT pg_notify('stock', variant_id::text)
    FROM by_variant
   WHERE width_bucket(units, ARRAY[1, 6]::numeric[]) <> width_bucket(units + given_back, ARRAY[1, 6]::numeric[])
)sql"};

void add_release(pg::Batch& batch, const std::vector<HolderId>& holders,
                 const std::string& reason) {
  batch.add(lock_held_levels_sql, holders);
  batch.add(release_units_sql, holders, reason);
}

static constexpr pg::Statement select_held_sql{"inventory.select_held", R"sql(
  SELECT level.variant_id, level.location_id, level.on_hand, held.quantity
    FROM (SELECT variant_id, location_id, sum(committed_delta)::integer AS quantity
            FROM inventory.stock_movements
           WHERE holder_id = $1
           GROUP BY variant_id, location_id
          HAVING sum(committed_delta) > 0) held
    JOIN inventory.stock_levels level USING (variant_id, location_id)
   ORDER BY level.variant_id, level.location_id
)sql"};

// The second statement sees what was committed while the first waited for its locks.
Task<std::vector<OutstandingUnits>> lock_held_units(pg::Transaction& transaction, HolderId holder) {
  const std::vector<HolderId> holders{holder};
  pg::Batch batch;
  batch.add(lock_held_levels_sql, holders);
  const auto at = batch.add(select_held_sql, holder);
  const auto results = co_await transaction.run_all(std::move(batch));
  std::vector<OutstandingUnits> held;
  for (const pg::Row& row : results[at]) {
    held.push_back({.variant_id = row.get<VariantId>("variant_id"),
                    .location_id = row.get<LocationId>("location_id"),
                    .quantity = row.get<std::int32_t>("quantity"),
                    .on_hand = row.get<std::int32_t>("on_hand")});
  }
  co_return held;
}

// The last part reads the levels as they were before this statement.
static constexpr pg::Statement take_out_sql{"inventory.take_out", R"sql(
  WITH taken AS (
    SELECT variant_id, location_id, quantity
      FROM unnest($2::uuid[], $3::uuid[], $4::integer[]) AS taken (variant_id, location_id, quantity)),
  explained AS (
    INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, committed_delta, holder_id,
                                           reason, actor)
    SELECT variant_id, location_id, $5, CASE WHEN $5 = 'damaged' THEN -quantity ELSE 0 END, -quantity, $1::uuid, $6, $7
      FROM taken),
  changed AS (
    UPDATE inventory.stock_levels level
       SET committed = level.committed - taken.quantity,
           on_hand = CASE WHEN $5 = 'damaged' THEN level.on_hand - taken.quantity ELSE level.on_hand END
      FROM taken
     WHERE level.variant_id = taken.variant_id
       AND level.location_id = taken.location_id),
  by_variant AS (
    SELECT level.variant_id,
           sum(level.on_hand::bigint - level.unavailable - level.committed + level.oversell_limit) AS units,
           (SELECT sum(quantity) FROM taken WHERE taken.variant_id = level.variant_id) AS given_back
      FROM inventory.stock_levels level
     WHERE $5 = 'released'
       AND level.variant_id IN (SELECT variant_id FROM taken)
     GROUP BY level.variant_id)
  SELECT pg_notify('stock', variant_id::text)
    FROM by_variant
   WHERE width_bucket(units, ARRAY[1, 6]::numeric[]) <> width_bucket(units + given_back, ARRAY[1, 6]::numeric[])
)sql"};

void add_take_out_statement(pg::Batch& batch, const std::vector<Commitment>& units, TakenOut how,
                            const std::string& reason, const std::string& actor) {
  std::vector<VariantId> variants;
  std::vector<LocationId> locations;
  std::vector<std::int32_t> quantities;
  for (const Commitment& unit : units) {
    variants.push_back(unit.variant_id);
    locations.push_back(unit.location_id);
    quantities.push_back(unit.quantity);
  }
  const std::string kind = how == TakenOut::released ? "released" : "damaged";
  batch.add(take_out_sql, units.front().holder_id, variants, locations, quantities, kind, reason,
            actor);
}

static constexpr pg::Statement find_variant_sql{"inventory.find_variant", R"sql(
  SELECT variant_id FROM catalog.variant_skus WHERE sku = $1
)sql"};

Task<std::optional<VariantId>> find_variant(pg::Transaction& transaction, std::string sku) {
  const auto row = co_await transaction.run_one(find_variant_sql, sku);
  if (!row) co_return std::nullopt;
  co_return row->get<VariantId>(0);
}

static constexpr pg::Statement load_locations_sql{"inventory.load_locations", R"sql(
  SELECT id, code FROM inventory.locations ORDER BY position, code
)sql"};

Task<std::vector<Location>> load_locations(pg::Transaction& transaction) {
  const auto rows = co_await transaction.run(load_locations_sql);
  std::vector<Location> locations;
  for (const pg::Row& row : rows) {
    locations.push_back({row.get<LocationId>("id"), row.get<std::string>("code")});
  }
  co_return locations;
}

static constexpr pg::Statement make_level_sql{"inventory.make_level", R"sql(
  INSERT INTO inventory.stock_levels (variant_id, location_id) VALUES ($1, $2) ON CONFLICT DO NOTHING
)sql"};

static constexpr pg::Statement lock_level_sql{"inventory.lock_level", R"sql(
  SELECT variant_id, location_id, on_hand, committed, unavailable, oversell_limit
    FROM inventory.stock_levels
   WHERE variant_id = $1
     AND location_id = $2
     FOR UPDATE
)sql"};

Task<StockLevel> lock_or_make_level(pg::Transaction& transaction, VariantId variant_id,
                                    LocationId location_id) {
  pg::Batch batch;
  batch.add(make_level_sql, variant_id, location_id);
  const auto level = batch.add(lock_level_sql, variant_id, location_id);
  const auto results = co_await transaction.run_all(std::move(batch));
  co_return level_of(results[level][0]);
}

static constexpr pg::Statement set_on_hand_sql{"inventory.set_on_hand", R"sql(
  UPDATE inventory.stock_levels SET on_hand = $3 WHERE variant_id = $1 AND location_id = $2
)sql"};

static constexpr pg::Statement insert_adjustment_sql{"inventory.insert_adjustment", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, reason, actor)
  VALUES ($1, $2, 'adjusted', $3, $4, $5)
)sql"};

void add_adjustment(pg::Batch& batch, const StockLevel& level, std::int32_t on_hand,
                    const std::string& reason, const std::string& actor) {
  batch.add(set_on_hand_sql, level.variant_id, level.location_id, on_hand);
  batch.add(insert_adjustment_sql, level.variant_id, level.location_id, on_hand - level.on_hand,
            reason, actor);
}

static constexpr pg::Statement insert_locations_sql{"inventory.insert_locations", R"sql(
  INSERT INTO inventory.locations (id, code, name, country, position)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[])
)sql"};

Task<void> insert_locations(pg::Transaction& transaction,
                            std::vector<Inventory::NewLocation> locations) {
  std::vector<LocationId> ids;
  std::vector<std::string> codes, names, countries;
  std::vector<std::int32_t> positions;
  for (const auto& location : locations) {
    ids.push_back(location.id);
    codes.push_back(location.code);
    names.push_back(location.name);
    countries.push_back(location.country);
    positions.push_back(location.position);
  }
  co_await transaction.run(insert_locations_sql, ids, codes, names, countries, positions);
}

static constexpr pg::Statement insert_levels_sql{"inventory.insert_levels", R"sql(
  WITH new_level AS (
    SELECT variant_id, location_id, on_hand, oversell_limit
      FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[])
           AS level (variant_id, location_id, on_hand, oversell_limit)),
  made AS (
    INSERT INTO inventory.stock_levels (variant_id, location_id, on_hand, oversell_limit)
    SELECT variant_id, location_id, on_hand, oversell_limit FROM new_level)
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, oversell_limit_delta, reason)
  SELECT variant_id, location_id, 'received', on_hand, oversell_limit, 'opening stock' FROM new_level
)sql"};

Task<void> insert_levels(pg::Transaction& transaction, std::vector<Inventory::NewLevel> levels) {
  constexpr std::size_t chunk = 5'000;  // Keeps each statement within its timeout.
  for (std::size_t from = 0; from < levels.size(); from += chunk) {
    std::vector<VariantId> variants;
    std::vector<LocationId> locations;
    std::vector<std::int32_t> on_hand, oversell_limits;
    for (std::size_t i = from; i < std::min(levels.size(), from + chunk); ++i) {
      variants.push_back(levels[i].variant_id);
      locations.push_back(levels[i].location_id);
      on_hand.push_back(levels[i].on_hand);
      oversell_limits.push_back(levels[i].oversell_limit);
    }
    co_await transaction.run(insert_levels_sql, variants, locations, on_hand, oversell_limits);
  }
}

static constexpr pg::Statement select_levels_sql{"inventory.select_levels", R"sql(
  SELECT variant_id, location_id, on_hand, committed, unavailable, oversell_limit
    FROM inventory.stock_levels
   WHERE variant_id = ANY ($1)
   ORDER BY variant_id, location_id
)sql"};

Task<std::vector<StockLevel>> select_levels(pg::Database& database,
                                            std::vector<VariantId> variants) {
  const auto rows = co_await database.run(select_levels_sql, variants);
  co_return Inventory::levels_of(rows);
}

// Two statements, since each has one plan: all levels are read through, a few are looked up.
static constexpr pg::Statement select_all_availability_sql{"inventory.select_all_availability",
                                                           R"sql(
  SELECT variant_id,
         least(sum(greatest(on_hand::bigint - unavailable - committed + oversell_limit, 0)), 2147483647)::integer
    FROM inventory.stock_levels
   GROUP BY variant_id
)sql"};

static constexpr pg::Statement select_availability_sql{"inventory.select_availability", R"sql(
  SELECT variant_id,
         least(sum(greatest(on_hand::bigint - unavailable - committed + oversell_limit, 0)), 2147483647)::integer
    FROM inventory.stock_levels
   WHERE variant_id = ANY ($1::uuid[])
   GROUP BY variant_id
)sql"};

Task<std::unordered_map<Uuid, std::int32_t>> select_availability(pg::Database& database,
                                                                 std::vector<Uuid> only) {
  const auto rows = only.empty() ? co_await database.run(select_all_availability_sql)
                                 : co_await database.run(select_availability_sql, only);
  std::unordered_map<Uuid, std::int32_t> units;
  units.reserve(static_cast<std::size_t>(rows.size()));
  for (const pg::Row& row : rows) units.emplace(row.get<Uuid>(0), row.get<std::int32_t>(1));
  co_return units;
}

}  // namespace osier::inventory
