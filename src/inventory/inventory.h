// The units of each variant at each location, and who has been promised how many.
//
// available = on_hand − unavailable − committed + oversell_limit, never below 0. Every change of a
// level writes the movement that explains it in the same transaction. Functions that take a
// transaction join it; levels are always locked in the order of (variant, location), so that
// transactions cannot deadlock over stock.
//
// Where a variant's units are counted, or cross a band (0, 1 to 5, more), NOTIFY 'stock' tells
// every process, with the variant's id.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/audit.h"
#include "catalog/catalog.h"
#include "inventory/stock_level.h"
#include "platform/base/result.h"
#include "platform/postgres/database.h"
#include "platform/postgres/invariant.h"

namespace osier::inventory {

class Inventory final : public catalog::AvailabilitySource {
 public:
  explicit Inventory(pg::Database& database);

  // --- Steps of placing orders in batches; the caller owns the transaction and pipelines them.

  // Adds the statement that locks and loads every level of these variants (SELECT … FOR UPDATE in
  // id order). Returns its position in the batch.
  std::size_t add_lock_levels(pg::Batch& batch, const std::vector<VariantId>& variants) const;
  static std::vector<StockLevel> levels_of(const pg::Rows& rows);
  // Adds the statements that write the commitments, their movements and, where a variant's
  // availability band changed, the notice that lets every process refresh its snapshot. `levels`
  // are those that were locked, unchanged.
  void add_commit_units(pg::Batch& batch, const std::vector<StockLevel>& levels,
                        const std::vector<Commitment>& commitments) const;

  // Gives back everything still committed to these holders; a holder with nothing left is no error.
  // Idempotent.
  Task<void> release(pg::Transaction& transaction, std::vector<HolderId> holders,
                     std::string reason);

  // --- Taking single units out of what a holder has, before they were sent; the caller's
  // transaction.

  // What is still committed to the holder, its levels locked, in the order of (variant, location).
  Task<std::vector<OutstandingUnits>> lock_held(pg::Transaction& transaction, HolderId holder);
  // Adds the statement that takes these units (of one holder, as decide_take_out gave them) out of
  // the locked levels, with their movements and notices.
  void add_take_out(pg::Batch& batch, const std::vector<Commitment>& units, TakenOut how,
                    const std::string& reason, const std::string& actor) const;

  // --- Staff and seeding.

  enum class SetRefusal {
    unknown_variant,
    unknown_location,
    several_locations,
    below_committed,
    out_of_range
  };
  struct SetStock {
    std::string sku;
    std::optional<std::string> location_code;  // Needed if there are several locations.
    std::int32_t on_hand;
    std::string reason;
    audit::Actor actor;
  };
  static constexpr std::int32_t on_hand_max = 100'000'000;
  // Counts a variant's stock: on_hand becomes the number, by an `adjusted` movement; a variant that
  // had no level there gets one. Refused below what is committed and unavailable (less what may be
  // oversold), below 0 and above on_hand_max.
  Task<Result<StockLevel, SetRefusal>> set_on_hand(SetStock command, Instant now);

  struct NewLocation {
    LocationId id;
    std::string code;
    std::string name;
    std::string country;
    std::int32_t position = 0;
  };
  Task<void> create_locations(pg::Transaction& transaction, std::vector<NewLocation> locations);
  struct NewLevel {
    VariantId variant_id;
    LocationId location_id;
    std::int32_t on_hand = 0;
    std::int32_t oversell_limit = 0;
  };
  // Creates levels with the `received` movements that explain them; set-based, any number.
  Task<void> create_levels(pg::Transaction& transaction, std::vector<NewLevel> levels);

  Task<std::vector<StockLevel>> load_levels(std::vector<VariantId> variants);

  // Units available of every variant that has a level (all locations together), for the snapshot;
  // `only` empty: all.
  Task<std::unordered_map<Uuid, std::int32_t>> load(std::vector<Uuid> only) override;

 private:
  Task<Result<StockLevel, SetRefusal>> set_locked(pg::Transaction& transaction, StockLevel level,
                                                  SetStock command, Instant now);

  pg::Database& database_;
};

// What `osier verify` asks of stock (invariants 1 and 3 of the domain).
std::span<const pg::Invariant> invariants();

}  // namespace osier::inventory
