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
    RETURNING id, xmax = 0 AS is_new)
  SELECT id, is_new, pg_notify('waiting_room', '') FROM room
)sql"};

static audit::Entry entry_of(const pg::Row& room, std::string action, audit::Actor actor) {
  return {.actor = std::move(actor),
          .action = std::move(action),
          .object_kind = "waiting_room",
          .object_id = room.get<std::string>("id")};
}

static Task<void> write_and_commit(pg::Transaction& transaction, audit::Entry entry, Instant now) {
  pg::Batch write;
  audit::add_entries(write, {entry}, now);
  co_await transaction.run_all_and_commit(std::move(write));
}

Task<bool> switch_on(pg::Database& database, RoomSettings settings, audit::Actor actor,
                     Instant now) {
  auto transaction = co_await database.begin();
  const auto row =
      co_await transaction.run_one(switch_on_sql, Uuid::v7(now), settings.product_handle,
                                   settings.rate, settings.turn_minutes, settings.opens_at);
  if (!row) co_return false;
  const bool is_new = row->get<bool>("is_new");
  auto entry =
      entry_of(*row, is_new ? "waiting_room.opened" : "waiting_room.changed", std::move(actor));
  entry.after.add("product", settings.product_handle)
      .add("rate", settings.rate)
      .add("turn_minutes", settings.turn_minutes);
  if (settings.opens_at) entry.after.add("opens_at", to_rfc3339(*settings.opens_at));
  co_await write_and_commit(transaction, std::move(entry), now);
  co_return true;
}

static constexpr pg::Statement switch_off_sql{"waiting_room.switch_off", R"sql(
  WITH room AS (
    UPDATE waiting_room.rooms
       SET closed_at = clock_timestamp()
     WHERE closed_at IS NULL
       AND product_id IS NOT DISTINCT FROM (SELECT id FROM catalog.products WHERE handle = $1::text)
       AND ($1::text = '' OR EXISTS (SELECT FROM catalog.products WHERE handle = $1::text))
    RETURNING id)
  SELECT id, pg_notify('waiting_room', '') FROM room
)sql"};

Task<bool> switch_off(pg::Database& database, std::string product_handle, audit::Actor actor,
                      Instant now) {
  auto transaction = co_await database.begin();
  const auto row = co_await transaction.run_one(switch_off_sql, product_handle);
  if (!row) co_return false;
  auto entry = entry_of(*row, "waiting_room.closed", std::move(actor));
  co_await write_and_commit(transaction, std::move(entry), now);
  co_return true;
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
