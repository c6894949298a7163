// What is sold, where and for how much: markets, products, variants, prices, categories,
// collections; and the CatalogSnapshot, the in-memory picture of everything published that all
// browsing and pricing reads.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/listing.h"
#include "catalog/snapshot.h"
#include "catalog/snapshot_builder.h"
#include "platform/async/loop.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::telemetry {
class Log;
}

namespace osier::catalog {

// How many units can be bought now. The room that counts stock knows; catalog only asks.
// Implemented by inventory.
class AvailabilitySource {
 public:
  virtual ~AvailabilitySource() = default;
  // Units by variant; a variant without an entry has none. `only` empty: all variants.
  virtual Task<std::unordered_map<Uuid, std::int32_t>> load(std::vector<Uuid> only) = 0;
};

class Catalog {
 public:
  // All four outlive the catalog.
  Catalog(pg::Database& database, AvailabilitySource& availability, const Clock& clock,
          telemetry::Log& log);
  ~Catalog();

  // The present picture; never null after load(). Cheap, from any thread; keep the pointer for one
  // request, no longer. While the database is down the last picture stays.
  std::shared_ptr<const Snapshot> snapshot() const;

  // Reads everything. Throws pg::Error.
  Task<void> load();
  // Keeps the snapshot current on the current loop until stop(): NOTIFY 'catalog' (something of the
  // catalogue changed) and 'stock' (the payload names variants whose availability crossed a band,
  // by id) are applied within a tenth of a second, incrementally; prices begin and end in time;
  // after a lost connection it catches up. Needs load() before.
  Task<void> run(std::string connection);
  // From any thread; run() returns soon after.
  void stop();
  // Applies what has changed since the last look now. For tests and subcommands. Throws pg::Error.
  Task<void> refresh();

  // Called, and waited for, whenever settings were read anew (also by load()), before the snapshot
  // with them is there. Once, before load().
  void when_settings_change(std::function<Task<void>()> listener);

  // Forgets changes that every process has long seen. For a daily schedule.
  Task<void> trim_changes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osier::catalog
