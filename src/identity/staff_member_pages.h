// The pages on which staff and roles are managed. Who may do what: staff_rules.h. Whatever changes
// rights asks for a recent proof first (step_up.h).
//
//   GET       /admin/staff
//   GET  POST /admin/staff/new                 invite somebody
//   GET       /admin/staff/{id}
//   POST      /admin/staff/{id}/roles, /invite, /disable, /enable, /reset-factors
//   GET       /admin/roles
//   GET  POST /admin/roles/new
//   GET  POST /admin/roles/{id}
//   POST      /admin/roles/{id}/remove

#pragma once

#include "identity/staff.h"
#include "web/admin_portal.h"

namespace osier::identity {

// All outlive the router.
void add_staff_member_pages(http::Router& router, const web::AdminPortal& portal, Staff& staff);
void add_role_pages(http::Router& router, const web::AdminPortal& portal, Staff& staff);

}  // namespace osier::identity
