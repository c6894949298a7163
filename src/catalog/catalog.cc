#include "catalog/catalog.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "catalog/catalog_store.h"
#include "catalog/snapshot_builder.h"
#include "catalog/turn.h"
#include "platform/postgres/listener.h"
#include "platform/telemetry/log.h"

namespace osier::catalog {

namespace {

constexpr std::size_t products_per_round_trip = 8'000;
// While the rows of one are read here, the server is at work for the other.
constexpr int readers = 2;
constexpr std::size_t stock_news_max = 5'000;  // More are read as everything.
constexpr Duration look_interval = 60s;        // Also without news.
constexpr Duration gather_time = 10ms;         // News that come together are applied together.
constexpr Duration retry_pause = 500ms;
constexpr Duration changes_kept = 7 * 24h;
constexpr Duration changes_trusted = 24h;  // After a longer silence everything is read.

// The ids in a payload of 'stock', however they are parted.
std::vector<Uuid> ids_in(std::string_view payload) {
  std::vector<Uuid> ids;
  std::size_t at = 0;
  while (at < payload.size()) {
    const std::size_t end =
        std::min(payload.find_first_not_of("0123456789abcdefABCDEF-", at), payload.size());
    if (const auto id = Uuid::parse(payload.substr(at, end - at))) ids.push_back(*id);
    at = end + 1;
  }
  return ids;
}

// What was announced and not yet applied.
struct News {
  bool catalog = false;
  bool all_stock = false;
  std::unordered_set<Uuid> stock;

  bool empty() const { return !catalog && !all_stock && stock.empty(); }
  void add(News other) {
    catalog = catalog || other.catalog;
    all_stock = all_stock || other.all_stock;
    stock.merge(other.stock);
    if (stock.size() > stock_news_max) all_stock = true;
    if (all_stock) stock.clear();
  }
};

}  // namespace

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
  };
  Task<void> read_products_into(Reading& reading);
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
  Reading reading{.ids = ids, .next = 0, .frame = frame, .shared = shared, .found = {}};
  std::vector<Task<void>> reads;
  for (int i = 0; i < readers; ++i) reads.push_back(read_products_into(reading));
  co_await when_all(std::move(reads));
  for (auto& products : reading.found) {
    for (auto& product : products) builder.put(std::move(product));
  }
  const auto units = co_await availability.load({});
  builder.set_all_available(units);
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
    const auto units = co_await availability.load({});
    builder.set_all_available(units);
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

void Catalog::State::add_news(News more) {
  const std::lock_guard lock(mutex);
  news.add(std::move(more));
  if (wakeup) wakeup->notify();
}

void Catalog::State::announced(const std::string& channel, const std::string& payload) {
  News more;
  if (channel == "catalog") {
    more.catalog = true;
  } else {
    for (const Uuid& id : ids_in(payload)) more.stock.insert(id);
    more.all_stock = more.stock.empty();
  }
  add_news(std::move(more));
}

// One round of run(): waits for news, or until a price begins or ends, and applies what came.
Task<void> Catalog::State::keep_current() {
  const Duration until_prices =
      std::max<Duration>(std::atomic_load(&snapshot)->prices_hold_until() - clock.now(), 1ms);
  co_await wakeup->wait_for(std::min(look_interval, until_prices));
  co_await sleep_for(gather_time);
  News taken;
  {
    const std::lock_guard lock(mutex);
    if (stopping) co_return;
    taken = std::exchange(news, {});
  }
  bool is_down = false;
  try {
    co_await apply(taken);
  } catch (const pg::Error& error) {
    // The last snapshot goes on serving.
    log.warning("catalogue not refreshed", {{"reason", error.what()}});
    is_down = true;
  }
  if (is_down) {
    taken.catalog = true;
    co_await sleep_for(retry_pause);
    add_news(std::move(taken));
  }
}

Catalog::Catalog(pg::Database& database, AvailabilitySource& availability, const Clock& clock,
                 telemetry::Log& log)
    : state_(std::make_unique<State>(database, availability, clock, log)) {}

Catalog::~Catalog() = default;

std::shared_ptr<const Snapshot> Catalog::snapshot() const {
  return std::atomic_load(&state_->snapshot);
}

Task<void> Catalog::load() { return state_->load(); }

void Catalog::when_settings_change(std::function<Task<void>()> listener) {
  state_->settings_listener = std::move(listener);
}

Task<void> Catalog::run(std::string connection) {
  State& state = *state_;
  {
    const std::lock_guard lock(state.mutex);
    state.wakeup = std::make_shared<Wakeup>();
  }
  pg::Listener::Handlers handlers{
      .notified = [&state](std::string channel,
                           std::string payload) { state.announced(channel, payload); },
      .connected = [&state] { state.add_news({.catalog = true, .all_stock = true, .stock = {}}); }};
  const pg::Listener listener(Loop::current(), std::move(connection), {"catalog", "stock"},
                              std::move(handlers));
  for (;;) {
    {
      const std::lock_guard lock(state.mutex);
      if (state.stopping) break;
    }
    co_await state.keep_current();
  }
  const std::lock_guard lock(state.mutex);
  state.wakeup.reset();
}

void Catalog::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  if (state_->wakeup) state_->wakeup->notify();
}

Task<void> Catalog::refresh() {
  News everything_announced;
  everything_announced.catalog = true;
  everything_announced.all_stock = true;
  return state_->apply(std::move(everything_announced));
}

Task<void> Catalog::trim_changes() {
  co_await state_->store.trim_changes(state_->database, changes_kept);
}

}  // namespace osier::catalog
