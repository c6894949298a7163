#include "orders/repair.h"

#include <set>

#include "inventory/repair.h"
#include "orders/order_moves.h"
#include "orders/order_status.h"
#include "orders/order_store.h"

namespace osier::orders {

namespace {

// The money of another currency than the order's is not in its sum.
constexpr pg::Statement select_wrongly_paid_sql{"orders.select_wrongly_paid", R"sql(
  SELECT id
    FROM orders.orders
    LEFT JOIN (SELECT payable_id, currency, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded
                 FROM payments.payable_payments
                GROUP BY payable_id, currency) money
           ON money.payable_id = orders.id
          AND money.currency = orders.currency
   WHERE paid_minor <> coalesce(captured - refunded, 0)
      OR (captured > 0
          AND payment_status <> CASE WHEN captured - refunded > total_minor THEN 'overpaid'
                                     WHEN captured - refunded = total_minor THEN 'paid'
                                     WHEN captured = refunded THEN 'refunded'
                                     WHEN refunded > 0 THEN 'partially_refunded'
                                     ELSE 'partially_paid' END)
   ORDER BY id
   LIMIT 10000
)sql"};

audit::Facts facts_of(Money paid, OrderPaymentStatus status) {
  audit::Facts facts;
  facts.add("paid_minor", paid.amount_minor())
      .add("payment_status", std::string(to_string(status)));
  return facts;
}

Task<std::vector<audit::Entry>> repair_order(pg::Database& database, payments::Payments& payments,
                                             const Clock& clock, audit::Repair repair, OrderId id) {
  auto transaction = co_await database.begin();
  std::vector<OrderId> ids{id};
  const auto orders = co_await lock_orders(transaction, std::move(ids));
  std::vector<payments::PayableId> payables{payments::PayableId{id.value()}};
  const auto paid_by = co_await payments.of_payables(transaction, std::move(payables));
  const LockedOrder& order = orders.at(0);
  const PaymentState state{.id = id,
                           .status = derive_payment_status(order.total, paid_by),
                           .paid = paid_of(order.total.currency(), paid_by)};
  audit::Entry entry{.actor = repair.actor,
                     .action = "order.repaired",
                     .object_kind = "order",
                     .object_id = id.value().to_string(),
                     .before = facts_of(order.paid, order.payment_status),
                     .after = facts_of(state.paid, state.status),
                     .reason = "what its payments say"};
  std::vector<audit::Entry> entries;
  if (entry.before == entry.after) co_return entries;
  entries.push_back(std::move(entry));
  if (repair.mode == audit::RepairMode::dry_run) co_return entries;
  pg::Batch write;
  add_payment_states(write, {state});
  audit::add_entries(write, entries, clock.now());
  co_await transaction.run_all_and_commit(std::move(write));
  co_return entries;
}

constexpr pg::Statement select_wrong_holders_sql{"orders.select_wrong_holders", R"sql(
  SELECT DISTINCT variant_id
    FROM (SELECT holder_id AS order_id, variant_id, committed, shipped FROM inventory.holder_units) units
    FULL JOIN (SELECT line.order_id, line.variant_id, sum(line.quantity - line.canceled_quantity) AS wanted
                 FROM orders.order_lines line
                 JOIN orders.orders ON orders.id = line.order_id
                WHERE orders.status IN ('pending', 'placed')
                GROUP BY line.order_id, line.variant_id) lines USING (order_id, variant_id)
   WHERE coalesce(committed, 0) <> greatest(coalesce(wanted, 0) - coalesce(shipped, 0), 0)
     AND (wanted IS NOT NULL OR committed <> 0)
   ORDER BY variant_id
   LIMIT 10000
)sql"};

constexpr pg::Statement select_wanted_sql{"orders.select_wanted_units", R"sql(
  SELECT line.order_id, sum(line.quantity - line.canceled_quantity)::bigint AS units
    FROM orders.order_lines line
    JOIN orders.orders ON orders.id = line.order_id
   WHERE line.variant_id = $1
     AND orders.status IN ('pending', 'placed')
   GROUP BY line.order_id
)sql"};

Task<audit::Repaired> repair_one(pg::Database& database, inventory::Inventory& inventory,
                                 const Clock& clock, audit::Repair repair,
                                 inventory::VariantId variant) {
  auto transaction = co_await database.begin();
  pg::Batch lock;
  const auto levels_at = inventory.add_lock_levels(lock, {variant});
  const auto wanted_at = lock.add(select_wanted_sql, variant);
  const auto loaded = co_await transaction.run_all(std::move(lock));
  std::map<inventory::HolderId, std::int64_t> wanted;
  for (const pg::Row row : loaded[wanted_at]) {
    wanted.emplace(inventory::HolderId{row.get<Uuid>("order_id")}, row.get<std::int64_t>("units"));
  }
  auto levels = inventory::Inventory::levels_of(loaded[levels_at]);
  auto repaired = co_await inventory::repair_variant(transaction, clock, repair, std::move(levels),
                                                     std::move(wanted));
  if (repair.mode == audit::RepairMode::carry_out) co_await transaction.commit();
  co_return repaired;
}

}  // namespace

Task<audit::Repaired> repair_paid(pg::Database& database, payments::Payments& payments,
                                  const Clock& clock, audit::Repair repair) {
  audit::Repaired repaired;
  const auto rows = co_await database.run(select_wrongly_paid_sql);
  for (const pg::Row row : rows) {
    const auto id = row.get<OrderId>(0);
    try {
      repaired.add({.entries = co_await repair_order(database, payments, clock, repair, id)});
    } catch (const pg::StatementFailed& failed) {
      repaired.failures.push_back("order " + id.value().to_string() + ": " + failed.what());
    }
  }
  co_return repaired;
}

Task<audit::Repaired> repair_stock(pg::Database& database, inventory::Inventory& inventory,
                                   const Clock& clock, audit::Repair repair) {
  std::set<inventory::VariantId> variants;
  const auto unbalanced = co_await inventory::variants_out_of_balance(database);
  variants.insert(unbalanced.begin(), unbalanced.end());
  const auto rows = co_await database.run(select_wrong_holders_sql);
  for (const pg::Row row : rows) variants.insert(row.get<inventory::VariantId>(0));

  audit::Repaired repaired;
  for (const inventory::VariantId variant : variants) {
    try {
      repaired.add(co_await repair_one(database, inventory, clock, repair, variant));
    } catch (const pg::StatementFailed& failed) {
      repaired.failures.push_back("variant " + variant.value().to_string() + ": " + failed.what());
    }
  }
  co_return repaired;
}

}  // namespace osier::orders
