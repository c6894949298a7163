// Mending a payment's sums, which are those of its transactions.

#pragma once

#include "audit/repair.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::payments {

// Computes authorized, captured and refunded anew for the payments where they are wrong, each in a
// transaction of its own under the payment's lock. A payment's status is no sum: settling moves it,
// with its order, when the provider is asked. Throws pg::Error if the database is away.
Task<audit::Repaired> repair_sums(pg::Database& database, const Clock& clock, audit::Repair repair);

}  // namespace osier::payments
