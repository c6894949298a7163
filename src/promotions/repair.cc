#include "promotions/repair.h"

#include "promotions/promotions.h"

namespace osier::promotions {

namespace {

constexpr pg::Statement select_wrong_sql{"promotions.select_wrong_uses", R"sql(
  SELECT c.id
    FROM promotions.coupons c
    LEFT JOIN (SELECT coupon_id, count(*) AS count FROM promotions.living_uses GROUP BY coupon_id) living
      ON living.coupon_id = c.id
   WHERE c.uses <> coalesce(living.count, 0)
   ORDER BY c.id
   LIMIT 10000
)sql"};

constexpr pg::Statement lock_coupon_sql{"promotions.lock_to_repair", R"sql(
  SELECT uses FROM promotions.coupons WHERE id = $1 FOR UPDATE
)sql"};

constexpr pg::Statement count_uses_sql{"promotions.count_living_uses", R"sql(
  SELECT count(*) FROM promotions.living_uses WHERE coupon_id = $1
)sql"};

constexpr pg::Statement update_uses_sql{"promotions.update_uses", R"sql(
  UPDATE promotions.coupons SET uses = $2 WHERE id = $1
)sql"};

Task<std::vector<audit::Entry>> repair_coupon(pg::Database& database, const Clock& clock,
                                              audit::Repair repair, Uuid id) {
  auto transaction = co_await database.begin();
  const auto now = co_await transaction.run_one(lock_coupon_sql, id);
  const auto living = co_await transaction.run_one(count_uses_sql, id);
  const auto uses = living->get<std::int64_t>(0);
  audit::Entry entry{.actor = repair.actor,
                     .action = "coupon.repaired",
                     .object_kind = "coupon",
                     .object_id = id.to_string(),
                     .reason = "its living uses"};
  entry.before.add("uses", now->get<std::int64_t>(0));
  entry.after.add("uses", uses);
  std::vector<audit::Entry> entries;
  if (entry.before == entry.after) co_return entries;
  entries.push_back(std::move(entry));
  if (repair.mode == audit::RepairMode::dry_run) co_return entries;
  pg::Batch write;
  write.add(update_uses_sql, id, uses);
  audit::add_entries(write, entries, clock.now());
  co_await transaction.run_all_and_commit(std::move(write));
  co_return entries;
}

}  // namespace

Task<audit::Repaired> repair_uses(pg::Database& database, const Clock& clock,
                                  audit::Repair repair) {
  audit::Repaired repaired;
  const auto rows = co_await database.run(select_wrong_sql);
  for (const pg::Row row : rows) {
    const auto id = row.get<Uuid>(0);
    try {
      repaired.add({.entries = co_await repair_coupon(database, clock, repair, id)});
    } catch (const pg::StatementFailed& failed) {
      repaired.failures.push_back("coupon " + id.to_string() + ": " + failed.what());
    }
  }
  co_return repaired;
}

}  // namespace osier::promotions
