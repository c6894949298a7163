// Refuses forms that another site sends in a shopper's name (hardening 32, 4.2).

#pragma once

#include "platform/http/router.h"

namespace osier::web {

// Whether an unsafe request comes from our own pages: Sec-Fetch-Site says same-origin, or, where a
// browser sends none, Origin (else Referer) names the host the request was sent to. A request that
// says nothing is refused.
bool is_same_origin(const http::Request& request);

// Answers 403 to unsafe methods that are not, except below `exempt` path prefixes (APIs and
// webhooks, which carry no cookie's authority).
http::Router::Filter same_origin_only(std::vector<std::string> exempt);

}  // namespace osier::web
