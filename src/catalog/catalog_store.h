// Every SQL statement that reads the catalogue. Set-based: a full load and one changed product take
// the same road, some thousand products a round trip or one.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/snapshot.h"
#include "platform/postgres/database.h"

namespace osier::catalog {

// Texts that many products share ("Colour", "Dishwasher safe") are kept once.
class TextPool {
 public:
  // Reads {"en": "…", "de": "…"} as PostgreSQL writes jsonb; what is not text is left out.
  Texts read(const std::string& json);

 private:
  std::unordered_map<std::string, Texts> pool_;
};

// Pictures and makers by id, as far as they were met. Products that show the same share it.
struct Shared {
  std::unordered_map<Uuid, std::shared_ptr<const media::Image>> pictures;
  std::unordered_map<Uuid, std::shared_ptr<const Maker>> makers;
  TextPool texts;
};

// Which index a market, category or collection has in the settings that were loaded.
struct Frame {
  std::unordered_map<Uuid, std::size_t> markets;
  std::vector<Currency> currencies;  // By market.
  std::unordered_map<Uuid, std::size_t> categories;
  std::unordered_map<Uuid, std::size_t> collections;

  static Frame of(std::span<const Market> markets, std::span<const Category> categories,
                  std::span<const Collection> collections);
};

// What catalog.changes tells since a transaction id. A change may be told again: transactions that
// ran at the last look are read anew.
struct Changes {
  struct Change {
    std::int64_t version;
    bool everything;
    std::optional<Uuid> product;  // Neither: settings.
  };
  std::vector<Change> rows;
  std::uint64_t read_on_from = 0;  // Every change of an older transaction has been seen.
};

// All functions join the caller's transaction, which is a repeatable read.
class CatalogStore {
 public:
  // Makes the transaction see one moment throughout. Its first statement.
  Task<void> fix_moment(pg::Transaction& transaction);
  Task<Changes> load_changes(pg::Transaction& transaction, std::uint64_t since);
  Task<Settings> load_settings(pg::Transaction& transaction);
  // Of all published products.
  Task<std::vector<Uuid>> load_product_ids(pg::Transaction& transaction);
  // The published ones among `ids`, in the order of their ids. Products without a variant are left
  // out.
  Task<std::vector<std::shared_ptr<const Product>>> load_products(pg::Transaction& transaction,
                                                                  std::vector<Uuid> ids,
                                                                  const Frame& frame,
                                                                  Shared& shared);
  // Forgets changes that every process has long read. Returns how many.
  Task<std::int64_t> trim_changes(pg::Database& database, Duration older_than);
};

}  // namespace osier::catalog
