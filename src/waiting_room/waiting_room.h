// Waiting rooms: for a drop, shoppers get a number, and numbers are admitted to cart and checkout
// at a rate (docs/operating/waiting_room.md).
//
// Public pages know nothing of it and stay the same for everybody; the doors are where something is
// put into a cart and where an order is placed. A room stands before one product or the whole shop.
// Each process keeps the rooms in memory and learns from one statement, four times a second while a
// room is on, how far admission is; so a shopper who waits costs arithmetic.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "catalog/catalog.h"
#include "platform/base/random.h"
#include "platform/http/message.h"
#include "platform/postgres/database.h"
#include "platform/postgres/invariant.h"
#include "waiting_room/room.h"

namespace osier::telemetry {
class Log;
}

namespace osier::waiting_room {

struct WaitingRoomOptions {
  bool is_https = false;                 // Then cookies are __Host-.
  std::vector<std::string> exempt = {};  // Networks whose tickets are not counted.
  int tickets_per_minute = 30;           // That one address range may take.
};

// Why a door is closed, and what the shopper has in hand.
struct ClosedDoor {
  enum class Reason {
    no_ticket,  // None, or none of ours.
    waiting,    // Not this number's turn yet; also before the room opens.
    over,       // The turn has passed: take a new ticket.
    used,       // The number has ordered for another cart.
  };
  Reason reason = Reason::no_ticket;
  Room room;
  std::string ticket = {};  // Of `waiting` and `over`.
  Standing standing = {};
};

class WaitingRoom {
 public:
  WaitingRoom(pg::Database& database, const catalog::Catalog& catalog, const Clock& clock,
              Random& random, telemetry::Log& log, Loop& numbers_loop, WaitingRoomOptions options);
  ~WaitingRoom();

  // Reads the rooms and the key of the tickets. Throws pg::Error.
  Task<void> load();
  // Keeps the rooms current on the current loop until stop().
  Task<void> run(std::string connection);
  void stop();
  // Looks now. For tests.
  Task<void> refresh();

  // Whether any room is on: cheap, so that doors cost nothing in a shop without one.
  bool has_rooms() const;
  // The room before that product, or before the whole shop (nothing); nothing if none is on.
  std::optional<Room> room_before(std::optional<catalog::ProductId> product) const;

  // The first door that is closed to this request, for whoever wants these variants; nothing: go
  // on. Tickets come in cookies, or in the header X-Waiting-Ticket.
  std::optional<ClosedDoor> closed_door(const http::Request& request,
                                        const std::vector<catalog::VariantId>& variants) const;
  // The same at the moment of ordering: the numbers are used up for this cart.
  Task<std::optional<ClosedDoor>> pass(http::Request request,
                                       std::vector<catalog::VariantId> variants, Uuid cart_id);

  // The ticket that this request shows for the room, if it is one of ours.
  std::optional<Ticket> ticket_of(const http::Request& request, const Room& room) const;
  // The next number. Nothing if the room is off by now, or the address took too many.
  enum class TakeRefusal { room_is_off, too_many };
  Task<Result<Ticket, TakeRefusal>> take_ticket(RoomId id, std::string client_address);
  std::string text_of(const Ticket& ticket) const;
  Standing standing(const Room& room, const Ticket& ticket) const;
  void set_cookie(http::Response& response, const Ticket& ticket) const;
  // Nobody has to wait for what is gone: every variant of the product is sold out.
  bool is_sold_out(const Room& room) const;

  struct Numbers {
    std::size_t rooms = 0;
    std::int64_t waiting = 0;
    std::int64_t admitted = 0;
  };
  Numbers numbers() const;

 private:
  struct State;
  Task<void> keep_current();
  std::unique_ptr<State> state_;
};

inline constexpr std::string_view ticket_header = "X-Waiting-Ticket";

// --- Switching: `osier waiting-room`. All processes hear of it.

struct RoomSettings {
  std::string product_handle;  // Empty: the whole shop.
  std::int32_t rate = 10;
  std::int32_t turn_minutes = 10;
  std::optional<Instant> opens_at;
};
// A room that is on keeps its queue and gets the new rate and turn; its opening stays if it has
// opened. False if there is no such product.
Task<bool> switch_on(pg::Database& database, RoomSettings settings, audit::Actor actor,
                     Instant now);
// False if there was none.
Task<bool> switch_off(pg::Database& database, std::string product_handle, audit::Actor actor,
                      Instant now);

struct RoomStatus {
  std::string product_handle;  // Empty: the whole shop.
  std::int32_t rate = 0;
  std::int64_t last_number = 0;
  std::int64_t admitted = 0;
  std::optional<Instant> opens_at;
};
Task<std::vector<RoomStatus>> list_rooms(pg::Database& database);

// What `osier verify` asks of waiting rooms.
std::span<const pg::Invariant> invariants();

}  // namespace osier::waiting_room
