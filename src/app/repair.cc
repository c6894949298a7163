// osier verify --repair: the rooms mend what they derive, in the order in which it is derived.

#include "orders/repair.h"

#include "app/verify.h"
#include "inventory/inventory.h"
#include "payments/payments.h"
#include "payments/repair.h"
#include "promotions/repair.h"

namespace osier::app {

namespace {

// Orders' sums come from their payments', which are mended first; a dry run sees what is there now.
Task<void> repair_rooms(pg::Database& database, audit::RepairMode mode, audit::Repaired& repaired) {
  const SystemClock clock;
  inventory::Inventory inventory(database);
  payments::Payments payments(database, clock, nullptr);
  const audit::Repair repair{.mode = mode,
                             .actor = {audit::ActorKind::command, "osier verify --repair"}};
  repaired.add(co_await payments::repair_sums(database, clock, repair));
  repaired.add(co_await orders::repair_paid(database, payments, clock, repair));
  repaired.add(co_await orders::repair_stock(database, inventory, clock, repair));
  repaired.add(co_await promotions::repair_uses(database, clock, repair));
}

}  // namespace

std::vector<std::string> repair_derived(const std::string& connection, audit::RepairMode mode) {
  audit::Repaired repaired;
  Loop loop;
  pg::Database database({.connection = connection,
                         .connections_per_loop = 2,
                         .statement_timeout = 10min,
                         .lock_timeout = 10s},
                        {&loop});
  run_to_end(loop, repair_rooms(database, mode, repaired));
  database.close();

  const bool is_dry_run = mode == audit::RepairMode::dry_run;
  std::vector<std::string> lines;
  for (const audit::Entry& entry : repaired.entries) {
    lines.push_back((is_dry_run ? "would repair " : "repaired ") + entry.object_kind + " " +
                    entry.object_id + ": " + entry.before.to_line() + " -> " +
                    entry.after.to_line());
  }
  for (const std::string& failure : repaired.failures) lines.push_back("cannot repair " + failure);
  return lines;
}

}  // namespace osier::app
