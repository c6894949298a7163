// What the world did to us (a database that is gone, a provider that does not answer, a full queue)
// is 503 with the router's own page, and logged; anything else goes on to be logged as our error.

#pragma once

#include "platform/http/router.h"
#include "platform/telemetry/log.h"

namespace osier::app {

// Both outlive the filter.
http::Router::Filter unavailable_is_503(const http::Router& router, telemetry::Log& log);

}  // namespace osier::app
