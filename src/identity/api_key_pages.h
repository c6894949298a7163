// The pages on which API keys are made and revoked. Both ask for a recent proof (step_up.h).
//
//   GET       /admin/api-keys
//   GET  POST /admin/api-keys/new
//   POST      /admin/api-keys/{id}/revoke

#pragma once

#include "identity/api_keys.h"
#include "web/admin_portal.h"

namespace osier::identity {

// All outlive the router.
void add_api_key_pages(http::Router& router, const web::AdminPortal& portal, ApiKeys& keys);

}  // namespace osier::identity
