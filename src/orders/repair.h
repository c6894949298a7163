// Mending what follows from an order's lines and payments: what it says is paid, and the units that
// are committed to it.

#pragma once

#include "audit/repair.h"
#include "inventory/inventory.h"
#include "payments/payments.h"

namespace osier::orders {

// paid_minor and payment_status, from the payments, whose own sums are right by then; each order in
// a transaction of its own, under its lock.
Task<audit::Repaired> repair_paid(pg::Database& database, payments::Payments& payments,
                                  const Clock& clock, audit::Repair repair);

// Committed units, from the lines of pending and placed orders, and levels from their movements;
// each variant in a transaction of its own, under the locks of its levels. Whoever changes what an
// order holds needs these locks too, so that lines and movements stand still meanwhile.
Task<audit::Repaired> repair_stock(pg::Database& database, inventory::Inventory& inventory,
                                   const Clock& clock, audit::Repair repair);

}  // namespace osier::orders
