// The waiting rooms in the database. Internal to the room.

#pragma once

#include <vector>

#include "platform/postgres/database.h"
#include "waiting_room/room.h"
#include "waiting_room/waiting_room.h"

namespace osier::waiting_room {

// Rooms that are on, with the marks of their last turns.
Task<std::vector<Room>> load_rooms(pg::Database& database);

// Gives every open room the admissions that time has earned since anybody last did, opens those
// whose time has come, and says how far all are. Processes that do it side by side share the rate:
// what was earned is reckoned under the row's lock, by the database's clock. A room that was idle
// keeps no more than a second's worth.
struct Progress {
  RoomId id;
  std::int64_t last_number = 0;
  std::int64_t admitted = 0;
  std::optional<std::int64_t> drawn_numbers;
  std::int64_t draw_seed = 0;
};
Task<std::vector<Progress>> advance_rooms(pg::Database& database, std::int64_t seed);
Task<void> store_mark(pg::Database& database, RoomId id, std::int64_t admitted);

// The last of `count` new numbers; nothing if the room is off.
Task<std::optional<std::int64_t>> take_numbers(pg::Database& database, RoomId id,
                                               std::int32_t count);
// False if the number was used for another cart.
Task<bool> use_number(pg::Database& database, RoomId id, std::int64_t number, Uuid cart_id);

}  // namespace osier::waiting_room
