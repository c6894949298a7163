#include "inventory/stock_level.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace osier::inventory {

namespace {

std::int32_t clamped(std::int64_t units) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(units, 0, std::numeric_limits<std::int32_t>::max()));
}

// What is left of one variant, location by location.
struct Shelf {
  std::vector<StockLevel*> levels;
  std::int64_t left = 0;
};
using Shelves = std::unordered_map<VariantId, Shelf>;

Shelves shelves_of(std::vector<StockLevel>& levels) {
  Shelves shelves;
  for (StockLevel& level : levels) {
    Shelf& shelf = shelves[level.variant_id];
    shelf.levels.push_back(&level);
    shelf.left += level.available();
  }
  return shelves;
}

// One demand per variant, in the order in which the variants first stand there.
struct Sum {
  VariantId variant_id;
  std::int64_t quantity;
};

std::vector<Sum> sums_of(const std::vector<Demand>& demands) {
  std::vector<Sum> sums;
  for (const Demand& demand : demands) {
    require(demand.quantity > 0, "a demand is for at least one unit");
    const auto known = std::ranges::find(sums, demand.variant_id, &Sum::variant_id);
    if (known == sums.end()) {
      sums.push_back({demand.variant_id, demand.quantity});
    } else {
      known->quantity += demand.quantity;
    }
  }
  return sums;
}

void take(Shelf& shelf, HolderId holder_id, std::int64_t wanted, std::vector<Commitment>& taken) {
  shelf.left -= wanted;
  for (StockLevel* level : shelf.levels) {
    const auto units =
        static_cast<std::int32_t>(std::min<std::int64_t>(wanted, level->available()));
    if (units == 0) continue;
    level->committed += units;
    wanted -= units;
    taken.push_back({holder_id, level->variant_id, level->location_id, units});
  }
  require(wanted == 0, "a shelf that had enough gave enough");
}

}  // namespace

std::int32_t StockLevel::available() const {
  return clamped(std::int64_t{on_hand} - unavailable - committed + oversell_limit);
}

std::vector<Result<std::vector<Commitment>, Shortage>> decide_commitments(
    std::vector<StockLevel> levels, const std::vector<HolderDemand>& holders) {
  Shelves shelves = shelves_of(levels);
  std::vector<Result<std::vector<Commitment>, Shortage>> decided;
  decided.reserve(holders.size());

  for (const HolderDemand& holder : holders) {
    const auto sums = sums_of(holder.demands);
    const auto lacking = std::ranges::find_if(
        sums, [&](const Sum& sum) { return shelves[sum.variant_id].left < sum.quantity; });
    if (lacking != sums.end()) {
      const Shortage shortage{lacking->variant_id, clamped(shelves[lacking->variant_id].left)};
      decided.emplace_back(refuse(shortage));
      continue;
    }
    std::vector<Commitment> taken;
    for (const Sum& sum : sums)
      take(shelves[sum.variant_id], holder.holder_id, sum.quantity, taken);
    decided.emplace_back(std::move(taken));
  }
  return decided;
}

Band band_of(std::int64_t units) {
  if (units <= 0) return Band::none;
  return units <= 5 ? Band::few : Band::plenty;
}

std::vector<VariantId> variants_that_change_band(const std::vector<StockLevel>& levels,
                                                 const std::vector<Commitment>& commitments) {
  std::unordered_map<VariantId, std::int64_t> taken;
  for (const Commitment& commitment : commitments)
    taken[commitment.variant_id] += commitment.quantity;

  std::unordered_map<VariantId, std::int64_t> before;
  for (const StockLevel& level : levels) {
    if (taken.contains(level.variant_id)) before[level.variant_id] += level.available();
  }
  std::vector<VariantId> changed;
  for (const auto& [variant_id, units] : before) {
    if (band_of(units) != band_of(units - taken[variant_id])) changed.push_back(variant_id);
  }
  return changed;
}

}  // namespace osier::inventory
