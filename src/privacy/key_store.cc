#include "privacy/key_store.h"

namespace osier::privacy {

static constexpr pg::Statement read_keys_sql{"privacy.read_keys", R"sql(
  SELECT NULL AS name, id, region, state, root_key, wrapped
    FROM privacy.wrapping_keys
   WHERE state <> 'retired'
  UNION ALL
  SELECT name, wrapping_key, NULL, NULL, NULL, wrapped
    FROM privacy.shop_keys
)sql"};

Task<StoredKeys> read_keys(pg::Database& database) {
  const auto rows = co_await database.run(read_keys_sql);
  StoredKeys stored;
  for (const pg::Row& row : rows) {
    const auto name = row.get<std::optional<std::string>>("name");
    const auto id = row.get<Uuid>("id");
    const auto wrapped = row.get<pg::Bytes>("wrapped");
    if (name) {
      stored.shop.push_back({.name = *name, .wrapped = wrapped, .wrapping_key = id});
    } else {
      stored.wrapping.push_back(
          {.place = {.id = id, .region = row.get<std::string>("region")},
           .state = row.get<std::string>("state"),
           .wrapped = {.root_key = row.get<std::string>("root_key"), .bytes = wrapped}});
    }
  }
  co_return stored;
}

static constexpr pg::Statement insert_first_keys_sql{"privacy.insert_first_keys", R"sql(
  WITH wrapping AS (
    INSERT INTO privacy.wrapping_keys (id, region, state, root_key, wrapped)
    VALUES ($1, $2, 'current', $3, $4)
    ON CONFLICT DO NOTHING
    RETURNING id)
  INSERT INTO privacy.shop_keys (name, wrapped, wrapping_key)
  SELECT shop_key.name, shop_key.wrapped, wrapping.id
    FROM wrapping, unnest($5::text[], $6::bytea[]) AS shop_key (name, wrapped)
)sql"};

Task<void> insert_first_keys(pg::Database& database, WrappingKeyRow wrapping,
                             std::vector<ShopKeyRow> shop) {
  std::vector<std::string> names;
  std::vector<pg::Bytes> wrapped;
  for (const ShopKeyRow& key : shop) {
    names.push_back(key.name);
    wrapped.push_back(key.wrapped);
  }
  co_await database.run(insert_first_keys_sql, wrapping.place.id, wrapping.place.region,
                        wrapping.wrapped.root_key, wrapping.wrapped.bytes, names, wrapped);
}

}  // namespace osier::privacy
