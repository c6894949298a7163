// What the invariants of a room say about a test's database.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "platform/postgres/database.h"
#include "platform/postgres/invariant.h"

namespace osier::pg::test {

// "name: line" for each violation, in the order of the invariants.
inline Task<std::vector<std::string>> violations(pg::Database& database,
                                                 std::span<const Invariant> invariants) {
  std::vector<std::string> lines;
  for (const Invariant& invariant : invariants) {
    const auto rows = co_await database.run(invariant.query);
    for (const Row& row : rows)
      lines.push_back(std::string(invariant.name) + ": " + row.get<std::string>(0));
  }
  co_return lines;
}

// The names of the invariants that are violated, each once.
inline Task<std::vector<std::string>> violated(pg::Database& database,
                                               std::span<const Invariant> invariants) {
  std::vector<std::string> names;
  for (const Invariant& invariant : invariants) {
    const auto rows = co_await database.run(invariant.query);
    if (!rows.empty()) names.emplace_back(invariant.name);
  }
  co_return names;
}

}  // namespace osier::pg::test
