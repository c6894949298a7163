// What reconciliation asks the books of orders. Internal to orders; all wait for the database and
// throw pg::Error.

#pragma once

#include <vector>

#include "payments/reconciliation.h"

namespace osier::orders {

// Orders whose hold should have ended.
Task<std::vector<payments::Finding>> overdue_orders(pg::Database& database);
// Refunds that should have been made; those that failed, as long as their order is held for it.
Task<std::vector<payments::Finding>> overdue_refunds(pg::Database& database);
// The payment without what staff have sent back by themselves, of which its provider knows nothing.
Task<payments::Payment> without_refunds_by_hand(pg::Database& database, payments::Payment payment);

}  // namespace osier::orders
