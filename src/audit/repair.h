// How a room mends what it derives from other facts, for `osier verify --repair`.
//
// A repair locks the rows, computes them anew under the lock, and writes them with an audit entry
// that has the values before and after. What cannot be derived is nobody's to repair.

#pragma once

#include <string>
#include <vector>

#include "audit/audit.h"

namespace osier::audit {

enum class RepairMode { carry_out, dry_run };  // A dry run reads and writes nothing.

struct Repair {
  RepairMode mode = RepairMode::dry_run;
  Actor actor;
};

// What was done, or would be done; and what could not be mended, a line each.
struct Repaired {
  std::vector<Entry> entries{};
  std::vector<std::string> failures{};

  void add(Repaired other) {
    for (auto& entry : other.entries) entries.push_back(std::move(entry));
    for (auto& failure : other.failures) failures.push_back(std::move(failure));
  }
};

}  // namespace osier::audit
