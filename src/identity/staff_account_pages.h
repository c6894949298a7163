// The start page of the portal, and what everybody who works here may do with their own account.
//
//   GET       /admin
//   GET       /admin/account                      roles, language, sessions
//   POST      /admin/account/language
//   POST      /admin/account/sessions/{id}/end
//   GET  POST /admin/account/password             asks for a recent proof first (step_up.h)

#pragma once

#include "identity/staff.h"
#include "web/admin_portal.h"

namespace osier::identity {

// All outlive the router.
void add_staff_account_pages(http::Router& router, const web::AdminPortal& portal, Staff& staff,
                             Sessions& sessions);

}  // namespace osier::identity
