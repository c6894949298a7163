// Every SQL statement of stock. Internal to inventory.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inventory/inventory.h"

namespace osier::inventory {

std::size_t add_lock_levels_statement(pg::Batch& batch, const std::vector<VariantId>& variants);
StockLevel level_of(const pg::Row& row);

// Raises `committed` of each level by what is taken from it, and writes one movement per
// commitment.
void add_commitments(pg::Batch& batch, const std::vector<Commitment>& commitments);
// NOTIFY 'stock' for each.
void add_notices(pg::Batch& batch, const std::vector<VariantId>& variants);

// Locks the levels that these holders have units of, then gives them back, with movements and
// notices.
void add_release(pg::Batch& batch, const std::vector<HolderId>& holders, const std::string& reason);

Task<std::vector<OutstandingUnits>> lock_held_units(pg::Transaction& transaction, HolderId holder);
// Notices are for variants whose band changes; lost units change nothing that is available.
void add_take_out_statement(pg::Batch& batch, const std::vector<Commitment>& units, TakenOut how,
                            const std::string& reason, const std::string& actor);

Task<std::optional<VariantId>> find_variant(pg::Transaction& transaction, std::string sku);
struct Location {
  LocationId id;
  std::string code;
};
Task<std::vector<Location>> load_locations(pg::Transaction& transaction);
// The level, locked; made with nothing on hand if it was not there.
Task<StockLevel> lock_or_make_level(pg::Transaction& transaction, VariantId variant_id,
                                    LocationId location_id);
// Sets on_hand of a locked level and explains the difference.
void add_adjustment(pg::Batch& batch, const StockLevel& level, std::int32_t on_hand,
                    const std::string& reason, const std::string& actor);

Task<void> insert_locations(pg::Transaction& transaction,
                            std::vector<Inventory::NewLocation> locations);
Task<void> insert_levels(pg::Transaction& transaction, std::vector<Inventory::NewLevel> levels);

Task<std::vector<StockLevel>> select_levels(pg::Database& database,
                                            std::vector<VariantId> variants);
Task<std::unordered_map<Uuid, std::int32_t>> select_availability(pg::Database& database,
                                                                 std::vector<Uuid> only);

}  // namespace osier::inventory
