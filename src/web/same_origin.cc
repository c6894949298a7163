#include "web/same_origin.h"

#include <algorithm>

namespace osier::web {

namespace {

// "http://host:port" at the front of an Origin or Referer; empty if it is none.
std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto host = url.substr(scheme + 3);
  return host.substr(0, host.find('/'));
}

}  // namespace

bool is_same_origin(const http::Request& request) {
  if (const auto site = request.headers.get("Sec-Fetch-Site")) return *site == "same-origin";
  const auto host = request.headers.get("Host");
  if (!host || host->empty()) return false;
  if (const auto origin = request.headers.get("Origin")) return host_of(*origin) == *host;
  if (const auto referer = request.headers.get("Referer")) return host_of(*referer) == *host;
  return false;
}

namespace {

Task<http::Response> refuse_foreign(http::Response refused) { co_return refused; }

}  // namespace

http::Router::Filter same_origin_only(std::vector<std::string> exempt) {
  return [exempt = std::move(exempt)](http::Request request, const http::Handler& next) {
    const bool is_safe = request.method == http::Method::get ||
                         request.method == http::Method::head ||
                         request.method == http::Method::options;
    const bool is_exempt = std::ranges::any_of(
        exempt, [&](const std::string& prefix) { return request.path.starts_with(prefix); });
    if (is_safe || is_exempt || is_same_origin(request)) return next(std::move(request));
    return refuse_foreign(http::text(403, "This form was not sent from the shop's own pages.\n"));
  };
}

}  // namespace osier::web
