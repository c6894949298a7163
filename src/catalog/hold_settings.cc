#include "catalog/hold_settings.h"

namespace osier::catalog {

// What is said of an object, and under which names.
struct HoldChange {
  const char* action;
  const char* object_kind;
  std::optional<std::int32_t> minutes;
  audit::Actor actor;
};

// `row`: the object's id and how long it held before; nothing: there is no such object.
static Task<bool> note_and_commit(pg::Transaction& transaction, std::optional<pg::Row> row,
                                  HoldChange change, Instant now) {
  if (!row) co_return false;
  audit::Entry entry{.actor = std::move(change.actor),
                     .action = change.action,
                     .object_kind = change.object_kind,
                     .object_id = row->get<std::string>("id")};
  const auto before = row->get<std::optional<std::int32_t>>("before");
  if (before) entry.before.add("hold_minutes", *before);
  if (change.minutes) entry.after.add("hold_minutes", *change.minutes);
  pg::Batch write;
  audit::add_entries(write, {entry}, now);
  co_await transaction.run_all_and_commit(std::move(write));
  co_return true;
}

static constexpr pg::Statement set_market_hold_sql{"catalog.set_market_hold", R"sql(
  UPDATE catalog.markets market SET hold_minutes = $2::integer
    FROM (SELECT id, hold_minutes FROM catalog.markets WHERE code = $1 FOR UPDATE) old
   WHERE market.id = old.id
  RETURNING market.id, old.hold_minutes AS before
)sql"};

Task<bool> set_market_hold(pg::Database& database, std::string market_code,
                           std::optional<std::int32_t> minutes, audit::Actor actor, Instant now) {
  HoldChange change{"market.hold_set", "market", minutes, std::move(actor)};
  auto transaction = co_await database.begin();
  auto row = co_await transaction.run_one(set_market_hold_sql, market_code, minutes);
  co_return co_await note_and_commit(transaction, std::move(row), std::move(change), now);
}

static constexpr pg::Statement set_product_hold_sql{"catalog.set_product_hold", R"sql(
  UPDATE catalog.products product SET hold_minutes = $2::integer, updated_at = clock_timestamp()
    FROM (SELECT id, hold_minutes FROM catalog.products WHERE handle = $1 FOR UPDATE) old
   WHERE product.id = old.id
  RETURNING product.id, old.hold_minutes AS before
)sql"};

Task<bool> set_product_hold(pg::Database& database, std::string handle,
                            std::optional<std::int32_t> minutes, audit::Actor actor, Instant now) {
  HoldChange change{"product.hold_set", "product", minutes, std::move(actor)};
  auto transaction = co_await database.begin();
  auto row = co_await transaction.run_one(set_product_hold_sql, handle, minutes);
  co_return co_await note_and_commit(transaction, std::move(row), std::move(change), now);
}

}  // namespace osier::catalog
