// The shop checks its own books now and then, and every process tells the result at /metrics.

#pragma once

#include "app/shop.h"

namespace osier::app {

inline constexpr const char* verify_schedule = "app.verify";

// Asks all invariants in one read-only snapshot, keeps the counts in the database and logs what is
// violated as an error. Gives up, with an exception, after four minutes.
Task<void> check_invariants(Shop& shop);

// Sets osier_invariant_violations from what the last check by any process found. If the database
// cannot be asked, the values stay as they were.
Task<void> write_check_metrics(Shop& shop);

}  // namespace osier::app
