#include "platform/postgres/shared_key.h"

namespace osier::pg {

static constexpr Statement make_key_sql{"platform.make_key", R"sql(
  INSERT INTO platform.keys (name, key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
)sql"};

static constexpr Statement find_key_sql{"platform.find_key", R"sql(
  SELECT key FROM platform.keys WHERE name = $1
)sql"};

Task<Secret> shared_key(Database& database, Random& random, std::string name) {
  auto row = co_await database.run_one(find_key_sql, name);
  if (!row) {
    Bytes fresh(32);
    random.fill(fresh);
    co_await database.run(make_key_sql, name, fresh);
    row = co_await database.run_one(find_key_sql, name);
  }
  require(row.has_value(), "a key that was just made is there");
  const auto key = row->get<Bytes>(0);
  co_return Secret(std::string(key.begin(), key.end()));
}

}  // namespace osier::pg
