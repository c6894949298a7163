// What is sold, where and for how much: markets, products, variants, prices, categories,
// collections; and the CatalogSnapshot, the in-memory picture of everything published that all
// browsing and pricing reads.

#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/listing.h"
#include "catalog/snapshot.h"
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
  // request, no longer.
  std::shared_ptr<const Snapshot> snapshot() const;

  // Reads everything. Throws pg::Unavailable.
  Task<void> load();
  // Keeps the snapshot current on the current loop until stop(): NOTIFY 'catalog' (a product or
  // everything else changed) and 'stock' (a variant's availability crossed a band) are applied in
  // under a second, incrementally; after a lost connection it catches up by version.
  Task<void> run(std::string connection);
  void stop();
  // Applies what has changed since the snapshot's version now. For tests and subcommands.
  Task<void> refresh();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osier::catalog
