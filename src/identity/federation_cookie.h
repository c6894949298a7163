// What a browser keeps while it is away at an issuer (__Host-oidc), and while its owner signs in
// here first (__Host-oidc-held); without the prefix where the shop is served by http, in
// development.

#pragma once

#include <optional>
#include <string>

#include "platform/http/message.h"

namespace osier::identity {

// The attempt's token, and the name of the place that it began at ("de-eu"): the address to come
// back to has none.
struct AttemptCookie {
  std::string browser_token;
  std::string place;
};
std::optional<AttemptCookie> attempt_cookie(const http::Request& request, bool is_https);
void set_attempt_cookie(http::Response& response, const AttemptCookie& cookie, bool is_https);

std::optional<std::string> held_cookie(const http::Request& request, bool is_https);
void set_held_cookie(http::Response& response, const std::string& token, bool is_https);
void clear_held_cookie(http::Response& response, bool is_https);

}  // namespace osier::identity
