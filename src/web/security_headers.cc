#include "web/security_headers.h"

namespace osier::web {

SecurityHeaders::SecurityHeaders(const SecurityOptions& options) : is_https_(options.is_https) {
  content_security_policy_ =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
      "connect-src 'self'; "
      "form-action 'self'" +
      (options.payment_origins.empty() ? "" : " " + options.payment_origins) +
      "; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; require-trusted-types-for "
      "'script'; "
      "trusted-types 'none'" +
      (options.is_https ? "; upgrade-insecure-requests" : "");
}

void SecurityHeaders::add_to(http::Response& response) const {
  auto& headers = response.headers;
  headers.add("Content-Security-Policy", content_security_policy_);
  headers.add("X-Content-Type-Options", "nosniff");
  if (!headers.get("Referrer-Policy"))
    headers.add("Referrer-Policy", "strict-origin-when-cross-origin");
  headers.add("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  headers.add("Cross-Origin-Opener-Policy", "same-origin");
  if (is_https_)
    headers.add("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload");
}

namespace {

Task<http::Response> answer_with_headers(const SecurityHeaders& headers, http::Request request,
                                         const http::Handler& next) {
  auto response = co_await next(std::move(request));
  headers.add_to(response);
  co_return response;
}

}  // namespace

http::Router::Filter SecurityHeaders::filter() const {
  return [headers = *this](http::Request request, const http::Handler& next) {
    return answer_with_headers(headers, std::move(request), next);
  };
}

}  // namespace osier::web
