#include "web/admin_cookie.h"

namespace osier::web {

namespace {

std::string_view cookie_name(bool is_https) { return is_https ? "__Host-adm" : "adm"; }

std::string cookie_of(std::string_view token, bool is_https) {
  return std::string(cookie_name(is_https)) + "=" + std::string(token) +
         "; Path=/; HttpOnly; SameSite=Strict" + (is_https ? "; Secure" : "");
}

}  // namespace

std::optional<std::string> admin_session_token(const http::Request& request, bool is_https) {
  const auto value = request.cookie(cookie_name(is_https));
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

void set_admin_cookie(http::Response& response, std::string_view token, bool is_https) {
  response.headers.add("Set-Cookie", cookie_of(token, is_https));
}

void clear_admin_cookie(http::Response& response, bool is_https) {
  response.headers.add("Set-Cookie", cookie_of("", is_https) + "; Max-Age=0");
}

}  // namespace osier::web
