// The doors of the admin portal.
//
//   GET  POST /admin/sign-in?next=          e-mail and password; a passkey goes to factor_pages.h
//   POST      /admin/sign-out
//   GET  POST /admin/invitation/{token}     a first password, or another instead of a forgotten one
//
// After the password comes the second factor (/admin/sign-in/second-factor); who has none yet sets
// one up.

#pragma once

#include <memory>

#include "identity/factor_pages.h"
#include "identity/staff.h"
#include "web/admin_portal.h"

namespace osier::identity {

// All outlive the router; `factor_pages` are the staff's.
void add_staff_sign_in_pages(http::Router& router, const web::AdminPortal& portal, Staff& staff,
                             Sessions& sessions, std::shared_ptr<FactorPages> factor_pages);

}  // namespace osier::identity
