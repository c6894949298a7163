#include <algorithm>

#include "web/api.h"

namespace osier::web {

static constexpr std::string_view known_headers =
    "accept, authorization, cache-control, content-type, idempotency-key, x-publishable-api-key, "
    "x-medusa-access-token, "
    "x-medusa-locale";

static bool is_api_path(std::string_view path) {
  return path == "/store" || path.starts_with("/store/") || path == "/auth" ||
         path.starts_with("/auth/");
}

// Header names a preflight asks for are given back if they are only that: tokens, commas and
// spaces.
static bool is_header_list(std::string_view text) {
  return text.size() <= 1'000 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == ',' || c == ' ';
         });
}

static Task<http::Response> with_cors(const std::vector<std::string>& origins,
                                      http::Request request, const http::Handler& next) {
  if (!is_api_path(request.path)) co_return co_await next(std::move(request));

  const std::string origin(request.headers.get("Origin").value_or(""));
  const std::string asked_headers(
      request.headers.get("Access-Control-Request-Headers").value_or(""));
  const bool is_preflight = request.method == http::Method::options &&
                            request.headers.get("Access-Control-Request-Method").has_value();
  const bool is_any = std::ranges::find(origins, "*") != origins.end();
  const bool is_listed = !origin.empty() && std::ranges::find(origins, origin) != origins.end();

  auto response = co_await next(std::move(request));
  response.headers.add("Vary", "Origin");
  if (origin.empty() || !(is_any || is_listed)) co_return response;

  response.headers.set("Access-Control-Allow-Origin", is_listed ? origin : "*");
  if (is_listed) response.headers.set("Access-Control-Allow-Credentials", "true");
  if (is_preflight) {
    response.headers.set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    const bool is_echoed = !asked_headers.empty() && is_header_list(asked_headers);
    response.headers.set("Access-Control-Allow-Headers",
                         is_echoed ? asked_headers : std::string(known_headers));
    response.headers.set("Access-Control-Max-Age", "600");
  } else {
    response.headers.set("Access-Control-Expose-Headers",
                         "X-Request-Id, Retry-After, X-Waiting-Ticket");
  }
  co_return response;
}

http::Router::Filter cors(std::vector<std::string> origins) {
  return [origins = std::move(origins)](http::Request request, const http::Handler& next) {
    return with_cors(origins, std::move(request), next);
  };
}

}  // namespace osier::web
