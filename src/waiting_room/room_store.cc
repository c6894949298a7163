#include "waiting_room/room_store.h"

#include <algorithm>

namespace osier::waiting_room {

static constexpr pg::Statement load_rooms_sql{"waiting_room.load_rooms", R"sql(
  SELECT id, product_id, rate, turn_minutes::integer, opens_at, last_number, admitted, drawn_numbers,
         coalesce(draw_seed, 0)
    FROM waiting_room.rooms
   WHERE closed_at IS NULL
   ORDER BY product_id NULLS FIRST
)sql"};

static constexpr pg::Statement load_marks_sql{"waiting_room.load_marks", R"sql(
  SELECT mark.room_id, mark.at, mark.admitted
    FROM waiting_room.marks mark
    JOIN waiting_room.rooms room ON room.id = mark.room_id
   WHERE room.closed_at IS NULL
     AND mark.at > clock_timestamp() - (room.turn_minutes + 1) * interval '1 minute'
   ORDER BY mark.at
)sql"};

static constexpr pg::Statement load_over_sql{"waiting_room.load_over", R"sql(
  SELECT room.id, coalesce(max(mark.admitted), 0)
    FROM waiting_room.rooms room
    JOIN waiting_room.marks mark ON mark.room_id = room.id
   WHERE room.closed_at IS NULL
     AND mark.at <= clock_timestamp() - (room.turn_minutes + 1) * interval '1 minute'
   GROUP BY room.id
)sql"};

static Room room_of(const pg::Row& row) {
  Room room;
  room.id = row.get<RoomId>(0);
  room.product_id = row.get<std::optional<catalog::ProductId>>(1);
  room.rate = row.get<std::int32_t>(2);
  room.turn = std::chrono::minutes(row.get<std::int32_t>(3));
  room.opens_at = row.get<std::optional<Instant>>(4);
  room.last_number = row.get<std::int64_t>(5);
  room.admitted = row.get<std::int64_t>(6);
  room.drawn_numbers = row.get<std::optional<std::int64_t>>(7);
  room.draw_seed = row.get<std::int64_t>(8);
  return room;
}

static Room* find_room(std::vector<Room>& rooms, RoomId id) {
  const auto found = std::ranges::find(rooms, id, &Room::id);
  return found == rooms.end() ? nullptr : &*found;
}

Task<std::vector<Room>> load_rooms(pg::Database& database) {
  const auto rows = co_await database.run(load_rooms_sql);
  std::vector<Room> rooms;
  for (const pg::Row& row : rows) rooms.push_back(room_of(row));
  if (rooms.empty()) co_return rooms;
  const auto over = co_await database.run(load_over_sql);
  for (const pg::Row& row : over) {
    if (Room* room = find_room(rooms, row.get<RoomId>(0)))
      room->over_through = row.get<std::int64_t>(1);
  }
  const auto marks = co_await database.run(load_marks_sql);
  for (const pg::Row& row : marks) {
    if (Room* room = find_room(rooms, row.get<RoomId>(0)))
      add_mark(*room, {.at = row.get<Instant>(1), .admitted = row.get<std::int64_t>(2)});
  }
  co_return rooms;
}

static constexpr pg::Statement advance_rooms_sql{"waiting_room.advance_rooms", R"sql(
  WITH earned AS MATERIALIZED (
    SELECT id, last_number - admitted AS waiting,
           least(credit + rate * greatest(extract(epoch FROM clock_timestamp()
                                                             - greatest(advanced_at, opens_at))::float8, 0),
                 rate) AS allowance
      FROM waiting_room.rooms
     WHERE closed_at IS NULL
       AND (opens_at IS NULL OR opens_at <= clock_timestamp())
     ORDER BY id
       FOR UPDATE)
  UPDATE waiting_room.rooms room
     SET admitted = admitted + least(floor(allowance)::bigint, waiting),
         credit = allowance - least(floor(allowance)::bigint, waiting),
         advanced_at = clock_timestamp(),
         drawn_numbers = coalesce(drawn_numbers, CASE WHEN opens_at IS NULL THEN 0 ELSE last_number END),
         draw_seed = coalesce(draw_seed, $1)
    FROM earned
   WHERE room.id = earned.id
  RETURNING room.id, room.last_number, room.admitted, room.drawn_numbers, coalesce(room.draw_seed, 0)
)sql"};

Task<std::vector<Progress>> advance_rooms(pg::Database& database, std::int64_t seed) {
  const auto rows = co_await database.run(advance_rooms_sql, seed);
  std::vector<Progress> progress;
  for (const pg::Row& row : rows) {
    progress.push_back({.id = row.get<RoomId>(0),
                        .last_number = row.get<std::int64_t>(1),
                        .admitted = row.get<std::int64_t>(2),
                        .drawn_numbers = row.get<std::optional<std::int64_t>>(3),
                        .draw_seed = row.get<std::int64_t>(4)});
  }
  co_return progress;
}

// One of the processes is enough.
static constexpr pg::Statement store_mark_sql{"waiting_room.store_mark", R"sql(
  INSERT INTO waiting_room.marks (room_id, admitted)
  SELECT $1::uuid, $2::bigint
   WHERE NOT EXISTS (SELECT FROM waiting_room.marks
                      WHERE room_id = $1::uuid
                        AND (admitted >= $2::bigint OR at > clock_timestamp() - interval '3 seconds'))
)sql"};

Task<void> store_mark(pg::Database& database, RoomId id, std::int64_t admitted) {
  co_await database.run(store_mark_sql, id, admitted);
}

static constexpr pg::Statement take_numbers_sql{"waiting_room.take_numbers", R"sql(
  UPDATE waiting_room.rooms
     SET last_number = last_number + $2::integer
   WHERE id = $1
     AND closed_at IS NULL
  RETURNING last_number
)sql"};

Task<std::optional<std::int64_t>> take_numbers(pg::Database& database, RoomId id,
                                               std::int32_t count) {
  const auto row = co_await database.run_one(take_numbers_sql, id, count);
  if (!row) co_return std::nullopt;
  co_return row->get<std::int64_t>(0);
}

static constexpr pg::Statement use_number_sql{"waiting_room.use_number", R"sql(
  INSERT INTO waiting_room.uses AS uses (room_id, number, cart_id)
  VALUES ($1, $2, $3)
  ON CONFLICT (room_id, number) DO UPDATE SET cart_id = uses.cart_id
   WHERE uses.cart_id = EXCLUDED.cart_id
  RETURNING cart_id
)sql"};

Task<bool> use_number(pg::Database& database, RoomId id, std::int64_t number, Uuid cart_id) {
  const auto row = co_await database.run_one(use_number_sql, id, number, cart_id);
  co_return row.has_value();
}

}  // namespace osier::waiting_room
