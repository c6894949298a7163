// What a Catalog keeps and does between its doors: following the database. Internal to the room.
//
// Two things go on: news arrive on the loop of run() (catalog.cc), and are applied, one batch at a
// time, by reading the database and swapping in the next snapshot (catalog_refresh.cc).

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/catalog_store.h"
#include "catalog/turn.h"

namespace osier::catalog {

inline constexpr Duration look_interval = 60s;  // Also without news.

// What was announced and not yet applied.
struct News {
  bool catalog = false;
  bool all_stock = false;
  std::unordered_set<Uuid> stock;

  bool empty() const { return !catalog && !all_stock && stock.empty(); }
  void add(News other);
};

struct Catalog::State {
  State(pg::Database& db, AvailabilitySource& source, const Clock& time, telemetry::Log& out)
      : database(db), availability(source), clock(time), log(out) {}

  Task<void> load();
  Task<void> apply(News news);
  Task<void> keep_current();
  void announced(const std::string& channel, const std::string& payload);
  void add_news(News more);

  pg::Database& database;
  AvailabilitySource& availability;
  const Clock& clock;
  telemetry::Log& log;
  CatalogStore store;
  std::function<Task<void>()> settings_listener;

  std::shared_ptr<const Snapshot> snapshot;  // By std::atomic_load and _store.

  // Whoever reads the database holds the turn; it guards what follows.
  Turn turn;
  std::uint64_t read_on_from = 0;
  std::unordered_set<std::int64_t> seen;  // Versions of changes applied that may be told again.
  Instant looked_at;
  std::vector<std::shared_ptr<const Snapshot>> retired;

  std::mutex mutex;  // Guards what follows.
  News news;
  std::shared_ptr<Wakeup> wakeup;
  bool stopping = false;

 private:
  struct Reading {
    const std::vector<Uuid>& ids;
    std::size_t next;
    const Frame& frame;
    Shared& shared;
    std::vector<std::vector<std::shared_ptr<const Product>>> found;  // By round trip.
    std::unordered_map<Uuid, std::int32_t> units;
  };
  Task<void> read_products_into(Reading& reading);
  Task<void> read_units_into(Reading& reading);
  Task<std::shared_ptr<const Snapshot>> read_everything(pg::Transaction& transaction);
  Task<void> apply_changes(News news);
  Task<std::shared_ptr<const Snapshot>> next_snapshot(pg::Transaction& transaction, Changes changes,
                                                      News news);
  Task<std::vector<std::shared_ptr<const Product>>> read_products(pg::Transaction& transaction,
                                                                  std::vector<Uuid> ids,
                                                                  const Snapshot& present);
  Task<void> read_stock(SnapshotBuilder& builder, News news,
                        const std::vector<std::shared_ptr<const Product>>& products);
  Task<void> tell_settings();
  void swap(std::shared_ptr<const Snapshot> next);
};

}  // namespace osier::catalog
