#include "catalog/catalog.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "catalog/catalog_state.h"
#include "platform/postgres/listener.h"
#include "platform/telemetry/log.h"

namespace osier::catalog {

namespace {

constexpr std::size_t stock_news_max = 5'000;  // More are read as everything.
constexpr Duration gather_time = 10ms;         // News that come together are applied together.
constexpr Duration retry_pause = 500ms;
constexpr Duration changes_kept = 7 * 24h;

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

}  // namespace

void News::add(News other) {
  catalog = catalog || other.catalog;
  all_stock = all_stock || other.all_stock;
  stock.merge(other.stock);
  if (stock.size() > stock_news_max) all_stock = true;
  if (all_stock) stock.clear();
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
