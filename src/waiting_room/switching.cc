#include "waiting_room/waiting_room.h"

namespace osier::waiting_room {

static constexpr pg::Statement switch_on_sql{"waiting_room.switch_on", R"sql(
  WITH place AS (
    SELECT product.id AS product_id FROM catalog.products product WHERE product.handle = $2::text
     UNION ALL
    SELECT NULL WHERE $2::text = ''),
  room AS (
    INSERT INTO waiting_room.rooms AS rooms (id, product_id, rate, turn_minutes, opens_at, drawn_numbers, draw_seed)
    SELECT $1::uuid, product_id, $3::integer, $4::smallint, $5::timestamptz,
           CASE WHEN $5::timestamptz IS NULL THEN 0 END, CASE WHEN $5::timestamptz IS NULL THEN 0 END
      FROM place
    ON CONFLICT (coalesce(product_id, '00000000-0000-0000-0000-000000000000')) WHERE closed_at IS NULL
    DO UPDATE SET rate = EXCLUDED.rate,
                  turn_minutes = EXCLUDED.turn_minutes,
                  opens_at = CASE WHEN rooms.drawn_numbers IS NULL THEN EXCLUDED.opens_at ELSE rooms.opens_at END
    RETURNING id)
  SELECT pg_notify('waiting_room', '') FROM room
)sql"};

Task<bool> switch_on(pg::Database& database, RoomSettings settings, Instant now) {
  const auto rows = co_await database.run(switch_on_sql, Uuid::v7(now), settings.product_handle,
                                          settings.rate, settings.turn_minutes, settings.opens_at);
  co_return !rows.empty();
}

static constexpr pg::Statement switch_off_sql{"waiting_room.switch_off", R"sql(
  WITH room AS (
    UPDATE waiting_room.rooms
       SET closed_at = clock_timestamp()
     WHERE closed_at IS NULL
       AND product_id IS NOT DISTINCT FROM (SELECT id FROM catalog.products WHERE handle = $1::text)
       AND ($1::text = '' OR EXISTS (SELECT FROM catalog.products WHERE handle = $1::text))
    RETURNING id)
  SELECT pg_notify('waiting_room', '') FROM room
)sql"};

Task<bool> switch_off(pg::Database& database, std::string product_handle) {
  const auto rows = co_await database.run(switch_off_sql, product_handle);
  co_return !rows.empty();
}

static constexpr pg::Statement list_rooms_sql{"waiting_room.list_rooms", R"sql(
  SELECT coalesce(product.handle, ''), room.rate, room.last_number, room.admitted, room.opens_at
    FROM waiting_room.rooms room
    LEFT JOIN catalog.products product ON product.id = room.product_id
   WHERE room.closed_at IS NULL
   ORDER BY 1
)sql"};

Task<std::vector<RoomStatus>> list_rooms(pg::Database& database) {
  const auto rows = co_await database.run(list_rooms_sql);
  std::vector<RoomStatus> rooms;
  for (const pg::Row& row : rows) {
    rooms.push_back({.product_handle = row.get<std::string>(0),
                     .rate = row.get<std::int32_t>(1),
                     .last_number = row.get<std::int64_t>(2),
                     .admitted = row.get<std::int64_t>(3),
                     .opens_at = row.get<std::optional<Instant>>(4)});
  }
  co_return rooms;
}

}  // namespace osier::waiting_room
