// The cookie of a staff member's session: __Host-adm, Strict, for the browser's session alone
// (hardening 4.1). On plain http, which only development has, it is "adm".

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.h"

namespace osier::web {

// The session's token, or nothing.
std::optional<std::string> admin_session_token(const http::Request& request, bool is_https);
void set_admin_cookie(http::Response& response, std::string_view token, bool is_https);
void clear_admin_cookie(http::Response& response, bool is_https);

}  // namespace osier::web
