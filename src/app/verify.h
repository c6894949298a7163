// Every invariant of the shop, asked of the live database in one snapshot.

#pragma once

#include <string>
#include <vector>

#include "app/audit_chain.h"
#include "audit/repair.h"
#include "platform/postgres/invariant.h"

namespace osier::app {

// What all rooms promise about their data; migrations' CHECK, UNIQUE and foreign keys hold by
// themselves.
std::vector<pg::Invariant> all_invariants();

// One line per violation: "stock_never_oversold: variant …"; empty if all hold. Of the audit's
// chain the newest places (`osier audit verify` goes through it whole), against the heads that
// `audit` leads to. Blocks; throws pg::Error, and std::runtime_error if those cannot be read.
std::vector<std::string> find_violations(const std::string& connection, const AuditFiles& audit);

// Mends what is derived from other facts, room by room, each object in a transaction of its own;
// one line for each, and for each that could not be mended. A dry run says what it would do.
// Blocks; throws pg::Error.
std::vector<std::string> repair_derived(const std::string& connection, audit::RepairMode mode);

}  // namespace osier::app
