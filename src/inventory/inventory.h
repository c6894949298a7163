// The units of each variant at each location, and who has been promised how many.
//
// available = on_hand − unavailable − committed + oversell_limit, never below 0. Every change of a level writes the
// movement that explains it in the same transaction. Functions that take a transaction join it; levels are always
// locked in the order of (variant, location), so that transactions cannot deadlock over stock.

#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/catalog.h"
#include "platform/base/result.h"
#include "platform/postgres/database.h"

namespace osier::inventory {

using catalog::VariantId;
using LocationId = Strong<struct LocationTag, Uuid>;
// Whoever has units committed to them: an order.
using HolderId = Strong<struct HolderTag, Uuid>;

struct Demand {
  VariantId variant_id;
  std::int32_t quantity;  // > 0
};

// All lines of one holder: all or nothing.
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

  std::int32_t available() const {
    const std::int32_t left = on_hand - unavailable - committed + oversell_limit;
    return left > 0 ? left : 0;
  }
};

// Units taken from one level for one holder.
struct Commitment {
  HolderId holder_id;
  VariantId variant_id;
  LocationId location_id;
  std::int32_t quantity;
};

// Who gets what, in the order of `holders`: pure. Demand on one variant is met from the locations in the order of
// `levels`; nothing of a holder who cannot have everything. Result per holder: its commitments or the shortage.
std::vector<Result<std::vector<Commitment>, Shortage>> decide_commitments(
    std::vector<StockLevel> levels, const std::vector<HolderDemand>& holders);

class Inventory {
 public:
  explicit Inventory(pg::Database& database);

  // --- Steps of placing orders in batches; the caller owns the transaction and pipelines them.

  // Adds the statement that locks and loads every level of these variants (SELECT … FOR UPDATE in id order).
  // Returns its position in the batch.
  std::size_t add_lock_levels(pg::Batch& batch, const std::vector<VariantId>& variants) const;
  static std::vector<StockLevel> levels_of(const pg::Rows& rows);
  // Adds the statements that write the commitments, their movements and, where a variant's availability band changed,
  // the notice that lets every process refresh its snapshot. `levels` are those that were locked.
  void add_commit_units(pg::Batch& batch, const std::vector<StockLevel>& levels,
                        const std::vector<Commitment>& commitments) const;

  // Gives back everything still committed to these holders; a holder with nothing left is no error. Idempotent.
  Task<void> release(pg::Transaction& transaction, std::vector<HolderId> holders, std::string reason);

  // --- Staff and seeding.

  enum class SetRefusal { unknown_variant, unknown_location, several_locations, below_committed, out_of_range };
  struct SetStock {
    std::string sku;
    std::optional<std::string> location_code;  // Needed if there are several locations.
    std::int32_t on_hand;
    std::string reason;
    std::string actor;
  };
  // Counts a variant's stock: on_hand becomes the number, by an `adjusted` movement. Refused below what is committed.
  Task<Result<StockLevel, SetRefusal>> set_on_hand(SetStock command);

  Task<std::vector<StockLevel>> load_levels(std::vector<VariantId> variants);

  // Units available of every variant that has a level (all locations together), for the snapshot.
  Task<std::unordered_map<Uuid, std::int32_t>> load_availability(std::vector<VariantId> only = {});

 private:
  pg::Database& database_;
};

}  // namespace osier::inventory
