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

}  // namespace

std::string StockLevel::name() const {
  return variant_id.value().to_string() + "@" + location_id.value().to_string();
}

std::int32_t StockLevel::available() const {
  return clamped(std::int64_t{on_hand} - unavailable - committed + oversell_limit);
}

StockDesk::StockDesk(std::vector<StockLevel> levels) : levels_(std::move(levels)) {
  for (StockLevel& level : levels_) {
    Shelf& shelf = shelves_[level.variant_id];
    shelf.levels.push_back(&level);
    shelf.left += level.available();
  }
}

void StockDesk::take(Shelf& shelf, HolderId holder_id, std::int64_t wanted,
                     std::vector<Commitment>& taken) {
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

Result<std::vector<Commitment>, Shortage> StockDesk::serve(const HolderDemand& holder) {
  const auto sums = sums_of(holder.demands);
  const auto lacking = std::ranges::find_if(
      sums, [&](const Sum& sum) { return shelves_[sum.variant_id].left < sum.quantity; });
  if (lacking != sums.end()) {
    return refuse(Shortage{lacking->variant_id, clamped(shelves_[lacking->variant_id].left)});
  }
  std::vector<Commitment> taken;
  for (const Sum& sum : sums) take(shelves_[sum.variant_id], holder.holder_id, sum.quantity, taken);
  return taken;
}

std::vector<Result<std::vector<Commitment>, Shortage>> decide_commitments(
    std::vector<StockLevel> levels, const std::vector<HolderDemand>& holders) {
  StockDesk desk(std::move(levels));
  std::vector<Result<std::vector<Commitment>, Shortage>> decided;
  decided.reserve(holders.size());
  for (const HolderDemand& holder : holders) decided.push_back(desk.serve(holder));
  return decided;
}

Result<std::vector<Commitment>, TakeOutRefusal> decide_take_out(HolderId holder,
                                                                std::vector<OutstandingUnits> held,
                                                                const std::vector<Demand>& demands,
                                                                TakenOut how) {
  std::vector<Commitment> taken;
  for (const Sum& sum : sums_of(demands)) {
    std::int64_t wanted = sum.quantity;
    std::int64_t beyond_reach = 0;  // Held, but not in the house.
    for (OutstandingUnits& units : held) {
      if (units.variant_id != sum.variant_id) continue;
      const std::int32_t reach =
          how == TakenOut::released ? units.quantity : std::min(units.quantity, units.on_hand);
      beyond_reach += units.quantity - reach;
      const auto now = static_cast<std::int32_t>(std::min<std::int64_t>(wanted, reach));
      if (now == 0) continue;
      wanted -= now;
      taken.push_back({holder, units.variant_id, units.location_id, now});
    }
    if (wanted > beyond_reach) return refuse(TakeOutRefusal::not_held);
    if (wanted > 0) return refuse(TakeOutRefusal::not_on_hand);
  }
  return taken;
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
