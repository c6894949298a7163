#include "identity/customer_cookie.h"

#include <algorithm>

#include "identity/session.h"
#include "web/same_origin.h"

namespace osier::identity {

namespace {

std::string_view cookie_name(bool is_https) { return is_https ? "__Host-sid" : "sid"; }

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool is_api(const std::string& path) {
  return path.starts_with("/store/") || path.starts_with("/auth/");
}

bool is_safe(http::Method method) {
  return method == http::Method::get || method == http::Method::head ||
         method == http::Method::options;
}

}  // namespace

std::optional<std::string> session_cookie(const http::Request& request, bool is_https) {
  const auto value = request.cookie(cookie_name(is_https));
  if (!value || !is_token(*value)) return std::nullopt;
  return std::string(*value);
}

void set_session_cookie(http::Response& response, const std::string& token, bool is_https) {
  const auto lifetime =
      std::chrono::duration_cast<std::chrono::seconds>(limits_of(Realm::customer).absolute);
  response.headers.add("Set-Cookie",
                       http::set_cookie(cookie_name(is_https), token, is_https, lifetime));
}

void clear_session_cookie(http::Response& response, bool is_https) {
  response.headers.add(
      "Set-Cookie", http::set_cookie(cookie_name(is_https), "", is_https, std::chrono::seconds(0)));
}

std::optional<std::string> bearer_token(const http::Request& request) {
  constexpr std::string_view scheme = "bearer ";
  const auto header = request.headers.get("Authorization");
  if (!header || header->size() <= scheme.size()) return std::nullopt;
  const bool is_bearer = std::ranges::equal(
      header->substr(0, scheme.size()), scheme,
      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  const auto token = header->substr(scheme.size());
  if (!is_bearer || !is_token(token)) return std::nullopt;
  return std::string(token);
}

std::optional<std::string> customer_token(const http::Request& request, bool is_https) {
  if (!is_api(request.path)) return session_cookie(request, is_https);
  if (auto bearer = bearer_token(request)) return bearer;
  if (!is_safe(request.method) && !web::is_same_origin(request)) return std::nullopt;
  return session_cookie(request, is_https);
}

}  // namespace osier::identity
