// Mending stock levels: what is committed is what holders should have, and every level is the sum
// of its movements.
//
// What is committed follows from the holders (orders), so a level and its movements give way to
// them. Units on hand, unavailable and oversold are counted by people and follow from nothing:
// there the level stays, and an `adjusted` movement explains the difference.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/repair.h"
#include "inventory/inventory.h"

namespace osier::inventory {

// A column of a level, as its movements have it.
struct MovementSums {
  LocationId location_id;
  std::int64_t on_hand = 0;
  std::int64_t committed = 0;
  std::int64_t unavailable = 0;
  std::int64_t oversell_limit = 0;
};

// What movements say a holder has at a location.
struct HeldUnits {
  HolderId holder_id;
  LocationId location_id;
  std::int64_t committed = 0;
  std::int64_t shipped = 0;
};

// An `adjusted` movement to be appended.
struct Adjustment {
  LocationId location_id;
  std::optional<HolderId> holder_id;
  std::int64_t on_hand = 0;
  std::int64_t committed = 0;
  std::int64_t unavailable = 0;
  std::int64_t oversell_limit = 0;
};

struct StockRepair {
  std::vector<StockLevel> levels;  // As they should be, in the order they were given.
  std::vector<Adjustment> adjustments;
  std::vector<HolderId> short_of_units;  // Should have more than there is room for: left alone.
};

// `levels` are all of one variant; `wanted` is what each holder should be promised, before what was
// shipped to it. Pure.
StockRepair decide_repair(const std::vector<StockLevel>& levels,
                          const std::vector<MovementSums>& sums, const std::vector<HeldUnits>& held,
                          const std::map<HolderId, std::int64_t>& wanted);

// Variants with a level that is not the sum of its movements.
Task<std::vector<VariantId>> variants_out_of_balance(pg::Database& database);

// Mends one variant within the caller's transaction, whose locks on `levels` it needs. The caller
// commits.
Task<audit::Repaired> repair_variant(pg::Transaction& transaction, const Clock& clock,
                                     audit::Repair repair, std::vector<StockLevel> levels,
                                     std::map<HolderId, std::int64_t> wanted);

}  // namespace osier::inventory
