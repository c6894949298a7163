// Makes a snapshot, or the next one from one that is there. Pure; tests of other rooms make their
// shops with it.
//
//   SnapshotBuilder builder(settings);
//   builder.put(mug);
//   builder.set_available({{mug->variants[0].id, 7}});
//   const auto snapshot = builder.build(now);

#pragma once

#include <future>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "catalog/snapshot.h"

namespace osier::catalog {

class WordIndex;

class SnapshotBuilder {
 public:
  // A shop without products.
  explicit SnapshotBuilder(Settings settings, std::uint64_t version = 1);
  // Begins with `base` and shares with it what does not change.
  explicit SnapshotBuilder(const Snapshot& base);

  // Markets, categories and collections must keep their ids and order if there are products, since
  // products name them by index; see has_same_frame().
  void set_settings(Settings settings);
  static bool has_same_frame(const Snapshot& base, const Settings& settings);

  // Adds a product, or takes its new form. Its indices into categories, collections and markets are
  // in range.
  void put(std::shared_ptr<const Product> product);
  // Does nothing if it is not there.
  void remove(ProductId id);

  // Units of these variants; of all others they stay as they are.
  void set_available(const std::vector<std::pair<VariantId, std::int32_t>>& units);
  // Units of every variant; who is not named has none.
  void set_all_available(std::unordered_map<Uuid, std::int32_t> units);

  // Once, at the end.
  std::shared_ptr<const Snapshot> build(Instant now);

 private:
  std::size_t index_of(ProductId id) const;
  void note_lists_of(const Product& product);
  void note_band(const Uuid& variant, std::int32_t before, std::int32_t after);
  void keep_or_drop(const std::pair<Uuid, std::int32_t>& entry,
                    std::vector<std::pair<Uuid, std::int32_t>>& units);
  void rebuild_lookups();
  void renew_prices(Instant now);
  void update_availability();
  void update_lists();
  void update_versions();
  std::uint64_t stock_of(const Product& product) const;
  std::future<std::shared_ptr<const WordIndex>> find_words() const;
  void update_listing_index(Instant now, std::future<std::shared_ptr<const WordIndex>> words);

  std::shared_ptr<Snapshot> next_;
  std::unordered_map<Uuid, std::size_t> moved_;  // Products whose index the look-ups do not know.
  std::unordered_map<Uuid, std::int32_t> stock_;
  bool all_stock_ = false;
  std::vector<Instant> boundaries_;  // Where prices of new and changed products begin and end.
  std::unordered_set<std::size_t> touched_;     // Products that came or changed.
  std::unordered_set<std::size_t> restocked_;   // Products with a variant whose band changed.
  std::unordered_set<std::size_t> categories_;  // Whose products or order changed.
  std::unordered_set<std::size_t> collections_;
  bool settings_changed_ = false;
  bool lists_changed_ = false;
  bool lookups_changed_ = false;
};

}  // namespace osier::catalog
