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

void add_cors_headers(const std::vector<std::string>& origins, const http::Request& request,
                      http::Response& response) {
  if (!is_api_path(request.path)) return;
  response.headers.add("Vary", "Origin");
  const std::string_view origin = request.headers.get("Origin").value_or("");
  const bool is_any = std::ranges::find(origins, "*") != origins.end();
  const bool is_listed = !origin.empty() && std::ranges::find(origins, origin) != origins.end();
  if (origin.empty() || !(is_any || is_listed)) return;

  response.headers.set("Access-Control-Allow-Origin", is_listed ? std::string(origin) : "*");
  if (is_listed) response.headers.set("Access-Control-Allow-Credentials", "true");
  const bool is_preflight = request.method == http::Method::options &&
                            request.headers.get("Access-Control-Request-Method").has_value();
  if (is_preflight) {
    const std::string_view asked =
        request.headers.get("Access-Control-Request-Headers").value_or("");
    const bool is_echoed = !asked.empty() && is_header_list(asked);
    response.headers.set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    response.headers.set("Access-Control-Allow-Headers",
                         std::string(is_echoed ? asked : known_headers));
    response.headers.set("Access-Control-Max-Age", "600");
  } else {
    response.headers.set("Access-Control-Expose-Headers",
                         "X-Request-Id, Retry-After, X-Waiting-Ticket");
  }
}

}  // namespace osier::web
