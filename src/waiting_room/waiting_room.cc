#include "waiting_room/waiting_room.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "platform/http/client_address.h"
#include "platform/http/rate_limit.h"
#include "platform/jobs/batcher.h"
#include "platform/postgres/listener.h"
#include "platform/postgres/shared_key.h"
#include "platform/telemetry/log.h"
#include "waiting_room/room_store.h"

namespace osier::waiting_room {

namespace {

constexpr Duration tick = 250ms;
constexpr Duration look_again = 30s;  // Without a room, and without news.
constexpr std::size_t numbers_batch_max = 1'024;
constexpr std::size_t numbers_waiting_max = 16'384;
constexpr std::chrono::hours ticket_cookie_lifetime{12};

using Rooms = std::vector<Room>;

std::uint64_t random_number(Random& random) {
  std::array<unsigned char, 8> bytes{};
  random.fill(bytes);
  std::uint64_t number = 0;
  for (const unsigned char byte : bytes) number = number << 8U | byte;
  return number;
}

}  // namespace

struct WaitingRoom::State {
  using Number = std::optional<std::int64_t>;

  State(pg::Database& shop_database, const catalog::Catalog& shop_catalog, const Clock& shop_clock,
        Random& shop_random, telemetry::Log& shop_log, Loop& numbers_loop, WaitingRoomOptions given)
      : database(shop_database),
        catalog(shop_catalog),
        clock(shop_clock),
        random(shop_random),
        log(shop_log),
        options(std::move(given)),
        exempt(options.exempt),
        tickets_by_address(
            {.count = options.tickets_per_minute, .per = 1min, .burst = options.tickets_per_minute},
            random_number(random)),
        numbers(numbers_loop, numbers_batch_max, numbers_waiting_max,
                [this](std::vector<RoomId> ids) { return give_numbers(std::move(ids)); }) {}

  pg::Database& database;
  const catalog::Catalog& catalog;
  const Clock& clock;
  Random& random;
  telemetry::Log& log;
  const WaitingRoomOptions options;
  const http::TrustedProxies exempt;
  http::RateLimit tickets_by_address;
  jobs::Batcher<RoomId, Number> numbers;
  Secret key;

  std::atomic<bool> has_rooms = false;
  mutable std::mutex mutex;
  std::shared_ptr<const Rooms> rooms = std::make_shared<const Rooms>();

  std::atomic<bool> is_stopped = false;
  std::atomic<bool> must_load = false;
  std::mutex wakeup_mutex;
  Wakeup* wakeup = nullptr;  // While run() runs.

  std::shared_ptr<const Rooms> present() const {
    const std::lock_guard lock(mutex);
    return rooms;
  }
  void replace(Rooms next) {
    has_rooms = !next.empty();
    auto fresh = std::make_shared<const Rooms>(std::move(next));
    const std::lock_guard lock(mutex);
    rooms = std::move(fresh);
  }
  void wake() {
    const std::lock_guard lock(wakeup_mutex);
    if (wakeup != nullptr) wakeup->notify();
  }

  std::string cookie_name(const Room& room) const {
    return (options.is_https ? "__Host-ticket-" : "ticket-") +
           room.id.value().to_hex().substr(20);  // A v7's last digits are random.
  }

  Task<std::vector<Number>> give_numbers(std::vector<RoomId> ids);
  Task<void> reload();
  Task<void> advance();
};

WaitingRoom::WaitingRoom(pg::Database& database, const catalog::Catalog& catalog,
                         const Clock& clock, Random& random, telemetry::Log& log,
                         Loop& numbers_loop, WaitingRoomOptions options)
    : state_(std::make_unique<State>(database, catalog, clock, random, log, numbers_loop,
                                     std::move(options))) {}

WaitingRoom::~WaitingRoom() = default;

// --- Keeping current.

Task<void> WaitingRoom::load() {
  state_->key = co_await pg::shared_key(state_->database, state_->random, "waiting_tickets");
  co_await refresh();
}

Task<void> WaitingRoom::refresh() {
  co_await state_->reload();
  if (state_->has_rooms) co_await state_->advance();
}

Task<void> WaitingRoom::State::reload() {
  auto loaded = co_await load_rooms(database);
  // Marks that this process made itself are finer than those it finds.
  const auto before = present();
  for (Room& room : loaded) {
    const auto known = std::ranges::find(*before, room.id, &Room::id);
    if (known == before->end() || known->turn != room.turn) continue;
    room.marks = known->marks;
    room.over_through = known->over_through;
  }
  replace(std::move(loaded));
}

Task<void> WaitingRoom::State::advance() {
  const auto seed = static_cast<std::int64_t>(random_number(random) >> 1U);
  const auto progress = co_await advance_rooms(database, seed);
  Rooms next = *present();
  const Instant now = clock.now();
  for (const Progress& one : progress) {
    const auto room = std::ranges::find(next, one.id, &Room::id);
    if (room == next.end()) {
      must_load = true;
      continue;
    }
    room->last_number = one.last_number;
    room->admitted = one.admitted;
    room->drawn_numbers = one.drawn_numbers;
    room->draw_seed = one.draw_seed;
    add_mark(*room, {.at = now, .admitted = one.admitted});
  }
  replace(std::move(next));
  for (const Progress& one : progress) {
    if (one.admitted > 0) co_await store_mark(database, one.id, one.admitted);
  }
}

Task<void> WaitingRoom::keep_current() {
  const bool must_load = state_->must_load.exchange(false);
  try {
    if (must_load) co_await state_->reload();
    if (state_->has_rooms) co_await state_->advance();
  } catch (const pg::Error& error) {
    if (must_load) state_->must_load = true;
    state_->log.warning("the waiting rooms stand still", {{"reason", error.what()}});
  }
}

Task<void> WaitingRoom::run(std::string connection) {
  Wakeup wakeup;
  {
    const std::lock_guard lock(state_->wakeup_mutex);
    state_->wakeup = &wakeup;
  }
  const auto hear = [state = state_.get()] {
    state->must_load = true;
    state->wake();
  };
  {
    const pg::Listener listener(
        Loop::current(), std::move(connection), {"waiting_room"},
        {.notified = [hear](std::string, std::string) { hear(); }, .connected = hear});
    while (!state_->is_stopped) {
      co_await keep_current();
      const bool is_soon = state_->has_rooms || state_->must_load;
      (void)co_await wakeup.wait_for(is_soon ? tick : look_again);
    }
  }
  const std::lock_guard lock(state_->wakeup_mutex);
  state_->wakeup = nullptr;
}

void WaitingRoom::stop() {
  state_->is_stopped = true;
  state_->wake();
}

// --- Numbers.

// Whoever arrives while numbers are being given shares the next statement, in the order of arrival.
Task<std::vector<WaitingRoom::State::Number>> WaitingRoom::State::give_numbers(
    std::vector<RoomId> ids) {
  std::vector<Number> numbers_given(ids.size());
  std::vector<RoomId> distinct = ids;
  std::ranges::sort(distinct);
  const auto rest = std::ranges::unique(distinct);
  distinct.erase(rest.begin(), rest.end());
  for (const RoomId id : distinct) {
    const auto count = static_cast<std::int32_t>(std::ranges::count(ids, id));
    const auto last = co_await take_numbers(database, id, count);
    if (!last) continue;
    std::int64_t next = *last - count + 1;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == id) numbers_given[i] = next++;
    }
  }
  co_return numbers_given;
}

Task<Result<Ticket, WaitingRoom::TakeRefusal>> WaitingRoom::take_ticket(
    RoomId id, std::string client_address) {
  const bool is_counted = !state_->exempt.trusts(client_address);
  if (is_counted) {
    const std::string key = id.value().to_hex() + http::address_range(client_address);
    const auto now = std::chrono::steady_clock::now();
    if (state_->tickets_by_address.take(key, now)) co_return refuse(TakeRefusal::too_many);
  }
  const auto number = co_await state_->numbers.add(id);
  if (!number) co_return refuse(TakeRefusal::room_is_off);
  co_return Ticket{.room_id = id, .number = *number};
}

std::string WaitingRoom::text_of(const Ticket& ticket) const { return sign(ticket, state_->key); }

Standing WaitingRoom::standing(const Room& room, const Ticket& ticket) const {
  return standing_of(room, ticket.number, state_->clock.now());
}

void WaitingRoom::set_cookie(http::Response& response, const Ticket& ticket) const {
  Room room;
  room.id = ticket.room_id;
  response.headers.add("Set-Cookie",
                       http::set_cookie(state_->cookie_name(room), text_of(ticket),
                                        state_->options.is_https, ticket_cookie_lifetime));
}

std::optional<Ticket> WaitingRoom::ticket_of(const http::Request& request, const Room& room) const {
  const auto is_for_room = [&](std::string_view text) {
    auto ticket = parse_ticket(text, state_->key);
    if (ticket && ticket->room_id != room.id) ticket.reset();
    return ticket;
  };
  if (const auto cookie = request.cookie(state_->cookie_name(room))) {
    if (const auto ticket = is_for_room(*cookie)) return ticket;
  }
  std::string_view header = request.headers.get(ticket_header).value_or("");
  constexpr int tickets_max = 8;
  for (int i = 0; i < tickets_max && !header.empty(); ++i) {
    const auto comma = std::min(header.find(','), header.size());
    std::string_view text = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (const auto ticket = is_for_room(text)) return ticket;
  }
  return std::nullopt;
}

// --- Doors.

bool WaitingRoom::has_rooms() const { return state_->has_rooms.load(std::memory_order_relaxed); }

std::optional<Room> WaitingRoom::room_before(std::optional<catalog::ProductId> product) const {
  const auto rooms = state_->present();
  const auto found = std::ranges::find(*rooms, product, &Room::product_id);
  return found == rooms->end() ? std::nullopt : std::optional(*found);
}

bool WaitingRoom::is_sold_out(const Room& room) const {
  if (!room.product_id) return false;
  const auto snapshot = state_->catalog.snapshot();
  const auto index = snapshot->product_by_id(*room.product_id);
  return !index || snapshot->is_sold_out(snapshot->product(*index));
}

static bool stands_before(const Room& room, const catalog::Snapshot& snapshot,
                          const std::vector<catalog::VariantId>& variants) {
  if (!room.product_id) return true;
  return std::ranges::any_of(variants, [&](catalog::VariantId variant) {
    const auto index = snapshot.product_of_variant(variant);
    return index && snapshot.product(*index).id == *room.product_id;
  });
}

std::optional<ClosedDoor> WaitingRoom::closed_door(
    const http::Request& request, const std::vector<catalog::VariantId>& variants) const {
  if (!has_rooms()) return std::nullopt;
  using Reason = ClosedDoor::Reason;
  const auto rooms = state_->present();
  const auto snapshot = state_->catalog.snapshot();
  for (const Room& room : *rooms) {
    if (!stands_before(room, *snapshot, variants)) continue;
    const auto ticket = ticket_of(request, room);
    if (!ticket) return ClosedDoor{.reason = Reason::no_ticket, .room = room};
    const auto standing = standing_of(room, ticket->number, state_->clock.now());
    if (standing.stage == Stage::admitted) continue;
    return ClosedDoor{.reason = standing.stage == Stage::over ? Reason::over : Reason::waiting,
                      .room = room,
                      .ticket = text_of(*ticket),
                      .standing = standing};
  }
  return std::nullopt;
}

Task<std::optional<ClosedDoor>> WaitingRoom::pass(http::Request request,
                                                  std::vector<catalog::VariantId> variants,
                                                  Uuid cart_id) {
  auto closed = closed_door(request, variants);
  if (closed || !has_rooms()) co_return closed;
  const auto rooms = state_->present();
  const auto snapshot = state_->catalog.snapshot();
  for (const Room& room : *rooms) {
    const auto ticket = ticket_of(request, room);
    if (!ticket || !stands_before(room, *snapshot, variants)) continue;
    const bool is_ours = co_await use_number(state_->database, room.id, ticket->number, cart_id);
    if (!is_ours) co_return ClosedDoor{.reason = ClosedDoor::Reason::used, .room = room};
  }
  co_return std::nullopt;
}

WaitingRoom::Numbers WaitingRoom::numbers() const {
  Numbers numbers;
  for (const Room& room : *state_->present()) {
    ++numbers.rooms;
    numbers.waiting += room.last_number - room.admitted;
    numbers.admitted += room.admitted;
  }
  return numbers;
}

}  // namespace osier::waiting_room
