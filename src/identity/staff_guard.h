// Decides who asks where a route's access is `staff` or `staff_member`, and answers in the
// handler's place if nobody is there or a permission is missing.
//
// Pages are for people with a session, the admin API (/api/…) for machines with a key in
// "Authorization: Bearer …"; a cookie opens nothing of the API, and a key no page. What a member or
// a key may do is read anew for each request: a role that was taken away a moment ago opens nothing
// any more.

#pragma once

#include <memory>
#include <optional>

#include "identity/api_keys.h"
#include "identity/staff.h"
#include "platform/http/access.h"
#include "web/admin_portal.h"

namespace osier::identity {

inline constexpr std::string_view admin_api_prefix = "/api/";

class StaffGuard {
 public:
  // All outlive it.
  StaffGuard(Sessions& sessions, Staff& staff, ApiKeys& keys, const web::AdminPortal& portal)
      : sessions_(sessions), staff_(staff), keys_(keys), portal_(portal) {}

  // For http::Router::set_guard. Access and request outlive the task. Throws pg::Error.
  Task<std::optional<http::Response>> admit(const http::Access& access, http::Request& request);

 private:
  Task<std::shared_ptr<const http::Principal>> member_of(const http::Request& request);
  Task<std::shared_ptr<const http::Principal>> machine_of(const http::Request& request);
  http::Response ask_to_sign_in(const http::Request& request) const;

  Sessions& sessions_;
  Staff& staff_;
  ApiKeys& keys_;
  const web::AdminPortal& portal_;
};

}  // namespace osier::identity
