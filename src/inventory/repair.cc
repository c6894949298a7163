#include "inventory/repair.h"

#include <algorithm>
#include <limits>

#include "inventory/stock_store.h"

namespace osier::inventory {

namespace {

class Mending {
 public:
  Mending(const std::vector<StockLevel>& levels, const std::vector<HeldUnits>& held,
          const std::map<HolderId, std::int64_t>& wanted)
      : levels_(levels) {
    for (const auto& [holder, units] : wanted) left_[holder] += units;
    for (const HeldUnits& one : held) {
      left_[one.holder_id] -= one.shipped;
      has_[one.holder_id][one.location_id] += one.committed;
    }
    for (auto& [holder, units] : left_) units = std::max<std::int64_t>(units, 0);
  }

  StockRepair run(const std::vector<MovementSums>& sums) {
    for (const auto& [holder, units] : left_) give_back(holder, units);
    count_committed();
    for (const auto& [holder, units] : left_) promise(holder, units);
    balance(sums);
    return std::move(result_);
  }

 private:
  using Places = std::map<LocationId, std::int64_t>;

  void adjust(HolderId holder, LocationId location, std::int64_t units) {
    has_[holder][location] += units;
    result_.adjustments.push_back(
        {.location_id = location, .holder_id = holder, .committed = units});
  }

  // Down to `units` in all, and nowhere less than nothing.
  void give_back(HolderId holder, std::int64_t units) {
    std::int64_t sum = 0;
    const Places places = has_[holder];
    for (const auto& [location, committed] : places) {
      if (committed < 0) adjust(holder, location, -committed);
      sum += std::max<std::int64_t>(committed, 0);
    }
    for (const auto& [location, committed] : places) {
      const std::int64_t back = std::min(std::max<std::int64_t>(committed, 0), sum - units);
      if (back <= 0) continue;
      adjust(holder, location, -back);
      sum -= back;
    }
  }

  void count_committed() {
    for (const auto& [holder, places] : has_) {
      for (const auto& [location, committed] : places) committed_[location] += committed;
    }
  }

  // Up to `units` in all, where there is room; all or nothing.
  void promise(HolderId holder, std::int64_t units) {
    for (const auto& [location, committed] : has_[holder]) units -= committed;
    if (units <= 0) return;
    std::vector<std::pair<LocationId, std::int64_t>> taken;
    for (const StockLevel& level : levels_) {
      const std::int64_t room = std::int64_t{level.on_hand} + level.oversell_limit -
                                level.unavailable - committed_[level.location_id];
      const std::int64_t take = std::min(std::max<std::int64_t>(room, 0), units);
      if (take <= 0) continue;
      taken.emplace_back(level.location_id, take);
      units -= take;
    }
    if (units > 0) {
      result_.short_of_units.push_back(holder);
      return;
    }
    for (const auto& [location, take] : taken) {
      adjust(holder, location, take);
      committed_[location] += take;
    }
  }

  void balance(const std::vector<MovementSums>& sums) {
    Places adjusted;
    for (const Adjustment& one : result_.adjustments) adjusted[one.location_id] += one.committed;
    for (const StockLevel& level : levels_) {
      const auto at = std::ranges::find(sums, level.location_id, &MovementSums::location_id);
      const MovementSums moved =
          at == sums.end() ? MovementSums{.location_id = level.location_id} : *at;
      StockLevel mended = level;
      mended.committed = static_cast<std::int32_t>(
          std::min<std::int64_t>(committed_[level.location_id], std::numeric_limits<int>::max()));
      const Adjustment rest{
          .location_id = level.location_id,
          .holder_id = std::nullopt,
          .on_hand = level.on_hand - moved.on_hand,
          .committed = mended.committed - moved.committed - adjusted[level.location_id],
          .unavailable = level.unavailable - moved.unavailable,
          .oversell_limit = level.oversell_limit - moved.oversell_limit};
      const bool is_balanced = rest.on_hand == 0 && rest.committed == 0 && rest.unavailable == 0 &&
                               rest.oversell_limit == 0;
      if (!is_balanced) result_.adjustments.push_back(rest);
      result_.levels.push_back(mended);
    }
  }

  const std::vector<StockLevel>& levels_;
  std::map<HolderId, std::int64_t> left_;  // What each should have now.
  std::map<HolderId, Places> has_;
  Places committed_;
  StockRepair result_;
};

}  // namespace

StockRepair decide_repair(const std::vector<StockLevel>& levels,
                          const std::vector<MovementSums>& sums, const std::vector<HeldUnits>& held,
                          const std::map<HolderId, std::int64_t>& wanted) {
  return Mending(levels, held, wanted).run(sums);
}

static constexpr pg::Statement select_unbalanced_sql{"inventory.select_unbalanced", R"sql(
  SELECT DISTINCT level.variant_id
    FROM inventory.stock_levels level
    LEFT JOIN (SELECT variant_id, location_id,
                      sum(on_hand_delta) AS on_hand, sum(committed_delta) AS committed,
                      sum(unavailable_delta) AS unavailable, sum(oversell_limit_delta) AS oversell_limit
                 FROM inventory.stock_movements
                GROUP BY variant_id, location_id) moved
      ON moved.variant_id = level.variant_id
     AND moved.location_id = level.location_id
   WHERE (level.on_hand, level.committed, level.unavailable, level.oversell_limit)
         IS DISTINCT FROM
         (coalesce(moved.on_hand, 0), coalesce(moved.committed, 0), coalesce(moved.unavailable, 0),
          coalesce(moved.oversell_limit, 0))
   ORDER BY level.variant_id
   LIMIT 10000
)sql"};

Task<std::vector<VariantId>> variants_out_of_balance(pg::Database& database) {
  const auto rows = co_await database.run(select_unbalanced_sql);
  std::vector<VariantId> variants;
  for (const pg::Row row : rows) variants.push_back(row.get<VariantId>(0));
  co_return variants;
}

static constexpr pg::Statement select_sums_sql{"inventory.select_movement_sums", R"sql(
  SELECT location_id, sum(on_hand_delta)::bigint AS on_hand, sum(committed_delta)::bigint AS committed,
         sum(unavailable_delta)::bigint AS unavailable, sum(oversell_limit_delta)::bigint AS oversell_limit
    FROM inventory.stock_movements
   WHERE variant_id = $1
   GROUP BY location_id
)sql"};

static constexpr pg::Statement select_held_units_sql{"inventory.select_held_units", R"sql(
  SELECT holder_id, location_id, sum(committed_delta)::bigint AS committed,
         coalesce(-sum(on_hand_delta) FILTER (WHERE kind = 'shipped'), 0)::bigint AS shipped
    FROM inventory.stock_movements
   WHERE variant_id = $1
     AND holder_id IS NOT NULL
   GROUP BY holder_id, location_id
)sql"};

static constexpr pg::Statement update_committed_sql{"inventory.update_committed", R"sql(
  UPDATE inventory.stock_levels level
     SET committed = mended.committed
    FROM unnest($2::uuid[], $3::integer[]) AS mended (location_id, committed)
   WHERE level.variant_id = $1
     AND level.location_id = mended.location_id
     AND level.committed <> mended.committed
)sql"};

static constexpr pg::Statement insert_adjustments_sql{"inventory.insert_adjustments", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, holder_id, on_hand_delta, committed_delta,
                                         unavailable_delta, oversell_limit_delta, reason, actor)
  SELECT $1, location_id, 'adjusted', holder_id, on_hand, committed, unavailable, oversell_limit, 'repaired', $8
    FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::integer[], $6::integer[], $7::integer[])
         AS adjusted (location_id, holder_id, on_hand, committed, unavailable, oversell_limit)
)sql"};

static void add_repair(pg::Batch& write, VariantId variant, const StockRepair& repair,
                       const std::string& actor) {
  std::vector<LocationId> locations, level_locations;
  std::vector<std::optional<HolderId>> holders;
  std::vector<std::int64_t> on_hand, committed, unavailable, oversell_limit;
  for (const Adjustment& one : repair.adjustments) {
    locations.push_back(one.location_id);
    holders.push_back(one.holder_id);
    on_hand.push_back(one.on_hand);
    committed.push_back(one.committed);
    unavailable.push_back(one.unavailable);
    oversell_limit.push_back(one.oversell_limit);
  }
  std::vector<std::int32_t> level_committed;
  for (const StockLevel& level : repair.levels) {
    level_locations.push_back(level.location_id);
    level_committed.push_back(level.committed);
  }
  write.add(update_committed_sql, variant, level_locations, level_committed);
  write.add(insert_adjustments_sql, variant, locations, holders, on_hand, committed, unavailable,
            oversell_limit, actor);
  add_notices(write, {variant});
}

// One for each level that was touched.
static std::vector<audit::Entry> entries_of(const std::vector<StockLevel>& before,
                                            const std::vector<MovementSums>& sums,
                                            const StockRepair& repair, const audit::Actor& actor) {
  std::vector<audit::Entry> entries;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const StockLevel& level = before[i];
    const StockLevel& mended = repair.levels[i];
    const auto count =
        std::ranges::count(repair.adjustments, level.location_id, &Adjustment::location_id);
    if (count == 0 && level.committed == mended.committed) continue;
    const auto at = std::ranges::find(sums, level.location_id, &MovementSums::location_id);
    const MovementSums moved = at == sums.end() ? MovementSums{} : *at;
    audit::Entry entry{.actor = actor,
                       .action = "stock_level.repaired",
                       .object_kind = "stock_level",
                       .object_id = level.name(),
                       .reason = "the units of its orders, the sum of its movements"};
    entry.before.add("on_hand", level.on_hand)
        .add("committed", level.committed)
        .add("moved_on_hand", moved.on_hand)
        .add("moved_committed", moved.committed);
    entry.after.add("on_hand", mended.on_hand)
        .add("committed", mended.committed)
        .add("moved_on_hand", mended.on_hand)
        .add("moved_committed", mended.committed)
        .add("adjustments", count);
    entries.push_back(std::move(entry));
  }
  return entries;
}

static std::vector<MovementSums> sums_of(const pg::Rows& rows) {
  std::vector<MovementSums> sums;
  for (const pg::Row row : rows) {
    sums.push_back({.location_id = row.get<LocationId>("location_id"),
                    .on_hand = row.get<std::int64_t>("on_hand"),
                    .committed = row.get<std::int64_t>("committed"),
                    .unavailable = row.get<std::int64_t>("unavailable"),
                    .oversell_limit = row.get<std::int64_t>("oversell_limit")});
  }
  return sums;
}

static std::vector<HeldUnits> held_of(const pg::Rows& rows) {
  std::vector<HeldUnits> held;
  for (const pg::Row row : rows) {
    held.push_back({.holder_id = row.get<HolderId>("holder_id"),
                    .location_id = row.get<LocationId>("location_id"),
                    .committed = row.get<std::int64_t>("committed"),
                    .shipped = row.get<std::int64_t>("shipped")});
  }
  return held;
}

Task<audit::Repaired> repair_variant(pg::Transaction& transaction, const Clock& clock,
                                     audit::Repair repair, std::vector<StockLevel> levels,
                                     std::map<HolderId, std::int64_t> wanted) {
  audit::Repaired repaired;
  if (levels.empty()) co_return repaired;
  const VariantId variant = levels.front().variant_id;
  pg::Batch load;
  const auto sums_at = load.add(select_sums_sql, variant);
  const auto held_at = load.add(select_held_units_sql, variant);
  const auto loaded = co_await transaction.run_all(std::move(load));
  const auto sums = sums_of(loaded[sums_at]);
  const auto decided = decide_repair(levels, sums, held_of(loaded[held_at]), wanted);

  for (const HolderId holder : decided.short_of_units) {
    repaired.failures.push_back("variant " + variant.value().to_string() + ": order " +
                                holder.value().to_string() +
                                " should hold units, and there are none left for it");
  }
  repaired.entries = entries_of(levels, sums, decided, repair.actor);
  if (repaired.entries.empty() || repair.mode == audit::RepairMode::dry_run) co_return repaired;
  pg::Batch write;
  add_repair(write, variant, decided, repair.actor.name);
  audit::add_entries(write, repaired.entries, clock.now());
  co_await transaction.run_all(std::move(write));
  co_return repaired;
}

}  // namespace osier::inventory
