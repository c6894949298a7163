// The shop checks its own books now and then, and every process tells the result at /metrics.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/shop.h"
#include "platform/postgres/invariant.h"

namespace osier::app {

inline constexpr const char* verify_schedule = "app.verify";

struct InvariantAnswer {
  std::string name;
  std::optional<std::int64_t> violations;  // Nothing: unknown, and never to be taken for 0.
  std::vector<std::string> lines;          // Of the first violations.
  std::string why_unknown;
};

// Asks each invariant in a read-only transaction of its own, for as long as the database's
// statement timeout, so that no snapshot is held while the others are asked. One that cannot be
// answered, or whose turn does not come within `limit`, is unknown. Throws pg::Error if the
// database is away.
Task<std::vector<InvariantAnswer>> ask_invariants(pg::Database& database,
                                                  std::vector<pg::Invariant> invariants,
                                                  Duration limit);

// Asks all invariants, the one first whose answer is oldest; keeps the counts in the database and
// logs what is violated as an error. What is unknown is logged too, and keeps its last count and
// time. Begins none after 220 s.
Task<void> check_invariants(Shop& shop);

// Sets osier_invariant_violations from what the last check by any process found. If the database
// cannot be asked, the values stay as they were.
Task<void> write_check_metrics(Shop& shop);

}  // namespace osier::app
