#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "catalog/catalog_state.h"
#include "platform/telemetry/log.h"

namespace osier::catalog {

namespace {

// While the rows of one are read here, the server is at work for the other. The fewer at a time,
// the less they wait for each other.
constexpr std::size_t products_per_round_trip = 8'000;
constexpr int readers = 2;
constexpr Duration changes_trusted = 24h;  // After a longer silence everything is read.

}  // namespace

Task<void> Catalog::State::tell_settings() {
  if (settings_listener) co_await settings_listener();
}

// A snapshot is given back by its last reader, which may be a request: its million objects would be
// freed there. So it is kept here until all readers have gone.
void Catalog::State::swap(std::shared_ptr<const Snapshot> next) {
  auto last = std::atomic_exchange(&snapshot, std::move(next));
  if (last) retired.push_back(std::move(last));
  std::erase_if(retired, [](const auto& old) { return old.use_count() == 1; });
}

Task<void> Catalog::State::load() {
  const auto held = co_await turn.take();
  auto transaction = co_await database.begin();
  co_await store.fix_moment(transaction);
  const auto start = co_await store.load_changes(transaction, INT64_MAX);
  const auto changes = co_await store.load_changes(transaction, start.read_on_from);
  auto next = co_await read_everything(transaction);
  read_on_from = changes.read_on_from;
  seen.clear();
  for (const auto& change : changes.rows) seen.insert(change.version);
  looked_at = clock.now();
  swap(std::move(next));
  malloc_trim(0);  // Rows of the whole catalogue were here.
}

Task<std::shared_ptr<const Snapshot>> Catalog::State::read_everything(
    pg::Transaction& transaction) {
  const auto started = clock.now();
  const auto present = std::atomic_load(&snapshot);
  auto settings = co_await store.load_settings(transaction);
  co_await tell_settings();
  const Frame frame = Frame::of(settings.markets, settings.categories, settings.collections);
  const auto ids = co_await store.load_product_ids(transaction);

  SnapshotBuilder builder(std::move(settings), present ? present->version() + 1 : 1);
  Shared shared;
  Reading reading{
      .ids = ids, .next = 0, .frame = frame, .shared = shared, .found = {}, .units = {}};
  std::vector<Task<void>> reads;
  for (int i = 0; i < readers; ++i) reads.push_back(read_products_into(reading));
  reads.push_back(read_units_into(reading));
  co_await when_all(std::move(reads));
  for (auto& products : reading.found) {
    for (auto& product : products) builder.put(std::move(product));
  }
  builder.set_all_available(std::move(reading.units));
  auto next = builder.build(clock.now());
  log.info("catalogue loaded",
           {{"products", next->product_count()}, {"duration_ms", Duration(clock.now() - started)}});
  co_return next;
}

// Each reader sees a moment of its own. What changed between them is told by catalog.changes, since
// the caller reads on from a moment before both.
Task<void> Catalog::State::read_products_into(Reading& reading) {
  auto transaction = co_await database.begin();
  co_await store.fix_moment(transaction);
  while (reading.next < reading.ids.size()) {
    const auto first = reading.ids.begin() + static_cast<std::ptrdiff_t>(reading.next);
    const std::size_t count = std::min(products_per_round_trip, reading.ids.size() - reading.next);
    reading.next += count;
    std::vector<Uuid> some(first, first + static_cast<std::ptrdiff_t>(count));
    const std::size_t place = reading.found.size();
    reading.found.emplace_back();
    auto products =
        co_await store.load_products(transaction, std::move(some), reading.frame, reading.shared);
    reading.found[place] = std::move(products);
  }
}

Task<void> Catalog::State::read_units_into(Reading& reading) {
  reading.units = co_await availability.load({});
}

Task<void> Catalog::State::apply(News what) {
  const auto held = co_await turn.take();
  const auto present = std::atomic_load(&snapshot);
  if (what.catalog || clock.now() - looked_at >= look_interval) {
    co_await apply_changes(std::move(what));
  } else if (!what.empty() || present->prices_hold_until() <= clock.now()) {
    SnapshotBuilder builder(*present);
    co_await read_stock(builder, std::move(what), {});
    swap(builder.build(clock.now()));
  }
}

Task<void> Catalog::State::apply_changes(News what) {
  auto transaction = co_await database.begin();
  co_await store.fix_moment(transaction);
  auto changes = co_await store.load_changes(transaction, read_on_from);
  const auto read_next_from = changes.read_on_from;
  std::unordered_set<std::int64_t> told;
  for (const auto& change : changes.rows) told.insert(change.version);

  // Another server may count its transactions anew (a restored backup), and old changes are
  // trimmed.
  const bool is_lost = read_next_from < read_on_from || clock.now() - looked_at > changes_trusted;
  std::erase_if(changes.rows, [this](const auto& change) { return seen.contains(change.version); });
  const bool everything =
      is_lost || std::any_of(changes.rows.begin(), changes.rows.end(),
                             [](const auto& change) { return change.everything; });
  std::shared_ptr<const Snapshot> next;
  if (everything) {
    next = co_await read_everything(transaction);
  } else {
    next = co_await next_snapshot(transaction, std::move(changes), std::move(what));
  }
  read_on_from = read_next_from;
  seen = std::move(told);
  looked_at = clock.now();
  if (next) swap(std::move(next));
  if (everything) malloc_trim(0);
}

// Nothing if nothing has changed.
Task<std::shared_ptr<const Snapshot>> Catalog::State::next_snapshot(pg::Transaction& transaction,
                                                                    Changes changes, News what) {
  const auto present = std::atomic_load(&snapshot);
  std::vector<Uuid> ids;
  bool settings_changed = false;
  for (const auto& change : changes.rows) {
    if (change.product) {
      ids.push_back(*change.product);
    } else {
      settings_changed = true;
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  const bool prices_changed = present->prices_hold_until() <= clock.now();
  what.catalog = false;
  if (ids.empty() && !settings_changed && !prices_changed && what.empty()) co_return nullptr;

  SnapshotBuilder builder(*present);
  if (settings_changed) {
    auto settings = co_await store.load_settings(transaction);
    if (!SnapshotBuilder::has_same_frame(*present, settings)) {
      auto next = co_await read_everything(transaction);
      co_return next;
    }
    co_await tell_settings();
    builder.set_settings(std::move(settings));
  }
  const auto products = co_await read_products(transaction, ids, *present);
  std::unordered_set<Uuid> published;
  for (const auto& product : products) {
    published.insert(product->id.value());
    builder.put(product);
  }
  for (const Uuid& id : ids) {
    if (!published.contains(id)) builder.remove(ProductId(id));
  }
  co_await read_stock(builder, std::move(what), products);
  co_return builder.build(clock.now());
}

Task<std::vector<std::shared_ptr<const Product>>> Catalog::State::read_products(
    pg::Transaction& transaction, std::vector<Uuid> ids, const Snapshot& present) {
  std::vector<std::shared_ptr<const Product>> products;
  if (ids.empty()) co_return products;
  const Frame frame = Frame::of(present.markets(), present.categories(), present.collections());
  Shared shared;
  products = co_await store.load_products(transaction, std::move(ids), frame, shared);
  co_return products;
}

// Of the variants in the news, and of those of products that have just come or changed.
Task<void> Catalog::State::read_stock(SnapshotBuilder& builder, News what,
                                      const std::vector<std::shared_ptr<const Product>>& products) {
  if (what.all_stock) {
    auto units = co_await availability.load({});
    builder.set_all_available(std::move(units));
    co_return;
  }
  std::vector<Uuid> wanted(what.stock.begin(), what.stock.end());
  for (const auto& product : products) {
    for (const Variant& variant : product->variants) wanted.push_back(variant.id.value());
  }
  if (wanted.empty()) co_return;
  const auto units = co_await availability.load(wanted);
  std::vector<std::pair<VariantId, std::int32_t>> found;
  for (const Uuid& id : wanted) {
    const auto entry = units.find(id);
    found.emplace_back(id, entry == units.end() ? 0 : entry->second);
  }
  builder.set_available(found);
}

}  // namespace osier::catalog
