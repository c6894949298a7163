// How a customer's session travels: the cookie __Host-sid of a browser (plain sid where the shop is
// served by http, in development), or the bearer token of a program at the store API.

#pragma once

#include <optional>
#include <string>

#include "platform/http/message.h"

namespace osier::identity {

// The cookie's token; nothing if there is none, or one that is no token of ours.
std::optional<std::string> session_cookie(const http::Request& request, bool is_https);
void set_session_cookie(http::Response& response, const std::string& token, bool is_https);
void clear_session_cookie(http::Response& response, bool is_https);

// The token of "Authorization: Bearer …"; nothing if there is no such header.
std::optional<std::string> bearer_token(const http::Request& request);

// The token that counts for this request: for /store and /auth the bearer's, else the cookie's;
// there an unsafe request's cookie counts only if our own page has sent it (hardening 32).
std::optional<std::string> customer_token(const http::Request& request, bool is_https);

}  // namespace osier::identity
