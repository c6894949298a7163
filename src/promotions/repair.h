// Mending how often a coupon was used, which is the number of its living uses.

#pragma once

#include "audit/repair.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::promotions {

// Counts anew where it is wrong, each coupon in a transaction of its own, under its lock. Whoever
// takes or gives back a use needs that lock, so that the uses stand still meanwhile. More uses than
// the coupon's limit cannot be written and are told as a failure. Throws pg::Error if the database
// is away.
Task<audit::Repaired> repair_uses(pg::Database& database, const Clock& clock, audit::Repair repair);

}  // namespace osier::promotions
