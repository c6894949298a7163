// Computes the chain anew and says where it does not hold.
//
// What is found: an entry or a place that was changed, removed, inserted or moved (its hash does
// not follow from the place before); a chain that was written anew, or whose end was cut off (a
// signed head says otherwise); an entry that has no place and waits for none; one that is dated
// back by more than dating_slack before the head that was signed ahead of its place. What was never
// under a signed head, the last hour at most, could still be written anew by the database's admin.
//
// Reads page by page, in no long transaction. Nothing here writes.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/head.h"
#include "platform/postgres/database.h"

namespace osier::audit {

inline constexpr Duration dating_slack = std::chrono::hours(1);

struct ChainReport {
  static constexpr std::size_t findings_max = 20;  // Kept; all are counted.

  std::int64_t places_checked = 0;
  std::int64_t last_place = 0;
  std::int64_t violations = 0;
  std::vector<std::string> findings;  // The first bad place first; each names place and entry.

  void add(std::string finding) {
    if (findings.size() < findings_max) findings.push_back(std::move(finding));
    ++violations;
  }
};

// How far the check has come, of how many places.
using Progress = std::function<void(std::int64_t done, std::int64_t last)>;

// The whole chain and every entry. Throws pg::Error.
Task<ChainReport> check_chain(pg::Database& database, SignedHeads heads, Progress progress = {});

// The newest places and entries, `count` of each: what an operator can ask at any time.
Task<ChainReport> check_latest(pg::Database& database, SignedHeads heads, std::int64_t count);

// Places and positions from `from` on, `count` of each: for going through an old chain in parts.
// Returns no places checked past the end.
Task<ChainReport> check_part(pg::Database& database, SignedHeads heads, std::int64_t from,
                             std::int64_t count);

}  // namespace osier::audit
