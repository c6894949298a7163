// Who may have which units: the rules of stock.
//
// Everything here is pure: no clock, no database, no waiting. Levels are passed in as they were
// locked.

#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/snapshot.h"
#include "platform/base/result.h"
#include "platform/base/strong.h"
#include "platform/base/uuid.h"

namespace osier::inventory {

using catalog::VariantId;
using LocationId = Strong<struct LocationTag, Uuid>;
// Whoever has units committed to them: an order.
using HolderId = Strong<struct HolderTag, Uuid>;

struct Demand {
  VariantId variant_id;
  std::int32_t quantity;  // > 0
};

// All lines of one holder: all or nothing. A variant may stand on several lines.
struct HolderDemand {
  HolderId holder_id;
  std::vector<Demand> demands;
};

// Why a holder got nothing: the first variant, in the holder's order, that has too few units.
struct Shortage {
  VariantId variant_id;
  std::int32_t available;  // Left after what was already decided in this batch.
};

struct StockLevel {
  VariantId variant_id;
  LocationId location_id;
  std::int32_t on_hand = 0;
  std::int32_t committed = 0;
  std::int32_t unavailable = 0;
  std::int32_t oversell_limit = 0;

  // Units that can still be promised; 0 … 2³¹ − 1.
  std::int32_t available() const;
  // "variant@location": what the audit calls it.
  std::string name() const;
};

// Units taken from one level for one holder.
struct Commitment {
  HolderId holder_id;
  VariantId variant_id;
  LocationId location_id;
  std::int32_t quantity;
};

// The levels while one holder after the other is served, for callers who decide about more than
// units.
class StockDesk {
 public:
  explicit StockDesk(std::vector<StockLevel> levels);
  StockDesk(const StockDesk&) = delete;
  StockDesk& operator=(const StockDesk&) = delete;

  // As decide_commitments() serves the next holder.
  Result<std::vector<Commitment>, Shortage> serve(const HolderDemand& holder);

 private:
  // What is left of one variant, location by location.
  struct Shelf {
    std::vector<StockLevel*> levels;
    std::int64_t left = 0;
  };
  static void take(Shelf& shelf, HolderId holder_id, std::int64_t wanted,
                   std::vector<Commitment>& taken);

  std::vector<StockLevel> levels_;
  std::unordered_map<VariantId, Shelf> shelves_;
};

// Who gets what, in the order of `holders`. Demand on one variant is summed over the holder's lines
// and met from the locations in the order of `levels`; nothing of a holder who cannot have
// everything. Result per holder: its commitments or the shortage.
std::vector<Result<std::vector<Commitment>, Shortage>> decide_commitments(
    std::vector<StockLevel> levels, const std::vector<HolderDemand>& holders);

// What of a level is committed to one holder.
struct OutstandingUnits {
  VariantId variant_id;
  LocationId location_id;
  std::int32_t quantity = 0;  // > 0
  std::int32_t on_hand = 0;   // Of the level, whoever they are committed to.
};

// Units that a holder no longer wants: free for others, or lost.
enum class TakenOut { released, damaged };

// Which held units are taken out for `demands`, from the locations in the order of `held`. Refused
// if the holder has fewer, or if units are lost that are not in the house (they were oversold).
enum class TakeOutRefusal { not_held, not_on_hand };
Result<std::vector<Commitment>, TakeOutRefusal> decide_take_out(HolderId holder,
                                                                std::vector<OutstandingUnits> held,
                                                                const std::vector<Demand>& demands,
                                                                TakenOut how);

// How much is there, as shoppers are told: none 0, few 1 to 5, plenty more.
using catalog::Band;
Band band_of(std::int64_t units);

// The variants whose band is another once these commitments are taken from these levels. `levels`
// hold every level of each variant.
std::vector<VariantId> variants_that_change_band(const std::vector<StockLevel>& levels,
                                                 const std::vector<Commitment>& commitments);

}  // namespace osier::inventory
