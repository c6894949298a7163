// The page on which staff read the record of who did what, and see whether its chain holds. Values
// that are sealed stay so.
//
//   GET /admin/audit?object=&actor=&action=&since=

#pragma once

#include <functional>
#include <map>
#include <string>

#include "audit/verification.h"
#include "platform/postgres/database.h"
#include "web/admin_portal.h"

namespace osier::audit {

struct AuditPageParts {
  pg::Database& database;
  // Checks the newest places. May take a moment.
  std::function<Task<ChainReport>()> check;
  // The names of staff by the ids by which they are actors.
  std::function<Task<std::map<std::string, std::string>>()> names;
};

// All outlive the router.
void add_audit_page(http::Router& router, const web::AdminPortal& portal, AuditPageParts parts);

}  // namespace osier::audit
