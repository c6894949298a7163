#include "inventory/inventory.h"

#include "inventory/stock_store.h"

namespace osier::inventory {

Inventory::Inventory(pg::Database& database) : database_(database) {}

std::size_t Inventory::add_lock_levels(pg::Batch& batch,
                                       const std::vector<VariantId>& variants) const {
  return add_lock_levels_statement(batch, variants);
}

std::vector<StockLevel> Inventory::levels_of(const pg::Rows& rows) {
  std::vector<StockLevel> levels;
  levels.reserve(static_cast<std::size_t>(rows.size()));
  for (const pg::Row& row : rows) levels.push_back(level_of(row));
  return levels;
}

void Inventory::add_commit_units(pg::Batch& batch, const std::vector<StockLevel>& levels,
                                 const std::vector<Commitment>& commitments) const {
  if (commitments.empty()) return;
  add_commitments(batch, commitments);
  add_notices(batch, variants_that_change_band(levels, commitments));
}

Task<void> Inventory::release(pg::Transaction& transaction, std::vector<HolderId> holders,
                              std::string reason) {
  if (holders.empty()) co_return;
  pg::Batch batch;
  add_release(batch, holders, reason);
  co_await transaction.run_all(std::move(batch));
}

Task<std::vector<OutstandingUnits>> Inventory::lock_held(pg::Transaction& transaction,
                                                         HolderId holder) {
  co_return co_await lock_held_units(transaction, holder);
}

void Inventory::add_take_out(pg::Batch& batch, const std::vector<Commitment>& units, TakenOut how,
                             const std::string& reason, const std::string& actor) const {
  if (!units.empty()) add_take_out_statement(batch, units, how, reason, actor);
}

Task<Result<StockLevel, Inventory::SetRefusal>> Inventory::set_on_hand(SetStock command,
                                                                       Instant now) {
  if (command.on_hand < 0 || command.on_hand > on_hand_max)
    co_return refuse(SetRefusal::out_of_range);

  auto transaction = co_await database_.begin();
  const auto variant_id = co_await find_variant(transaction, command.sku);
  if (!variant_id) co_return refuse(SetRefusal::unknown_variant);

  const auto locations = co_await load_locations(transaction);
  if (!command.location_code && locations.size() > 1)
    co_return refuse(SetRefusal::several_locations);
  const Location* location = nullptr;
  for (const Location& candidate : locations) {
    if (!command.location_code || candidate.code == *command.location_code) location = &candidate;
  }
  if (location == nullptr) co_return refuse(SetRefusal::unknown_location);

  const auto level = co_await lock_or_make_level(transaction, *variant_id, location->id);
  co_return co_await set_locked(transaction, level, std::move(command), now);
}

static audit::Entry entry_of(const StockLevel& level, const Inventory::SetStock& command) {
  audit::Entry entry{.actor = command.actor,
                     .action = "stock_level.counted",
                     .object_kind = "stock_level",
                     .object_id = level.name(),
                     .reason = command.reason};
  entry.before.add("on_hand", level.on_hand);
  entry.after.add("sku", command.sku).add("on_hand", command.on_hand);
  return entry;
}

Task<Result<StockLevel, Inventory::SetRefusal>> Inventory::set_locked(pg::Transaction& transaction,
                                                                      StockLevel level,
                                                                      SetStock command,
                                                                      Instant now) {
  const auto promised = std::int64_t{level.committed} + level.unavailable - level.oversell_limit;
  if (command.on_hand < promised) co_return refuse(SetRefusal::below_committed);

  pg::Batch batch;
  add_adjustment(batch, level, command.on_hand, command.reason, command.actor.name);
  audit::add_entries(batch, {entry_of(level, command)}, now);
  add_notices(batch, {level.variant_id});  // Within a band, too: carts go by the number.
  co_await transaction.run_all_and_commit(std::move(batch));

  level.on_hand = command.on_hand;
  co_return level;
}

Task<void> Inventory::create_locations(pg::Transaction& transaction,
                                       std::vector<NewLocation> locations) {
  co_await insert_locations(transaction, std::move(locations));
}

Task<void> Inventory::create_levels(pg::Transaction& transaction, std::vector<NewLevel> levels) {
  co_await insert_levels(transaction, std::move(levels));
}

Task<std::vector<StockLevel>> Inventory::load_levels(std::vector<VariantId> variants) {
  co_return co_await select_levels(database_, std::move(variants));
}

Task<std::unordered_map<Uuid, std::int32_t>> Inventory::load(std::vector<Uuid> only) {
  co_return co_await select_availability(database_, std::move(only));
}

}  // namespace osier::inventory
