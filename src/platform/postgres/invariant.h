// A promise about the data, as a query: `osier verify` runs all of them in one snapshot.
//
// The query returns one row per violation with one text column: a line that names the row and what
// is wrong with it. On good data it returns nothing, at any moment: what is merely under way is not
// a violation.

#pragma once

#include "platform/postgres/statement.h"

namespace osier::pg {

struct Invariant {
  const char* name;  // "inventory.level_is_the_sum_of_its_movements"
  Statement query;
};

}  // namespace osier::pg
