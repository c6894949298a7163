#include "app/verify.h"

#include <span>

#include "checkout/checkout.h"
#include "inventory/inventory.h"
#include "orders/orders.h"
#include "payments/payments.h"
#include "platform/jobs/invariants.h"
#include "platform/postgres/database.h"
#include "promotions/promotions.h"
#include "waiting_room/waiting_room.h"

namespace osier::app {

std::vector<pg::Invariant> all_invariants() {
  std::vector<pg::Invariant> all;
  for (const auto room : {inventory::invariants(), payments::invariants(), orders::invariants(),
                          checkout::invariants(), promotions::invariants(),
                          waiting_room::invariants(), jobs::invariants()}) {
    all.insert(all.end(), room.begin(), room.end());
  }
  return all;
}

namespace {

constexpr pg::Statement one_snapshot_sql{
    "verify.one_snapshot", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"};

Task<void> ask(pg::Database& database, std::vector<std::string>& violations) {
  auto transaction = co_await database.begin();
  (void)co_await transaction.run(one_snapshot_sql);
  for (const pg::Invariant& invariant : all_invariants()) {
    const auto rows = co_await transaction.run(invariant.query);
    for (const auto row : rows)
      violations.push_back(std::string(invariant.name) + ": " + row.get<std::string>(0));
  }
  co_await transaction.commit();
}

Task<void> ask_all(pg::Database& database, audit::SignedHeads heads,
                   std::vector<std::string>& violations) {
  co_await ask(database, violations);
  const auto chain = co_await audit::check_latest(database, std::move(heads), latest_places);
  for (const std::string& finding : chain.findings)
    violations.push_back(std::string(chain_invariant) + ": " + finding);
}

}  // namespace

std::vector<std::string> find_violations(const std::string& connection, const AuditFiles& audit) {
  std::vector<std::string> violations;
  auto heads = signed_heads(audit);
  Loop loop;
  pg::Database database(
      {.connection = connection, .connections_per_loop = 1, .statement_timeout = 10min}, {&loop});
  run_to_end(loop, ask_all(database, std::move(heads), violations));
  database.close();
  return violations;
}

}  // namespace osier::app
