// Whether a failure of the database is one that goes by: the answer is 503 and "try again", not
// 500.

#pragma once

#include "platform/postgres/error.h"

namespace osier::pg {

// Deadlock, lock or statement timeout, serialization failure, no room on the disk or no memory
// (SQLSTATE class 53).
inline bool is_passing(const StatementFailed& failure) {
  return failure.is_retryable() || failure.sqlstate() == "57014" ||
         failure.sqlstate().starts_with("53");
}

}  // namespace osier::pg
