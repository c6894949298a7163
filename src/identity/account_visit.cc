#include "identity/account_visit.h"

#include "web/form_token.h"

namespace osier::identity {

void keep_private(http::Response& response) {
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("X-Robots-Tag", "noindex");
  response.headers.set("Referrer-Policy", "no-referrer");
}

std::optional<http::Parameters> read_form(const http::Request& request) {
  const auto type = request.headers.get("Content-Type");
  if (!type || !type->starts_with("application/x-www-form-urlencoded")) return std::nullopt;
  return http::Parameters::parse(request.body);
}

std::string text_of(const std::optional<http::Parameters>& parameters, std::string_view name) {
  return parameters ? std::string(parameters->get(name).value_or("")) : std::string();
}

bool has_form_token(const http::Request& request, const http::Parameters& form, bool is_https) {
  const auto token = session_cookie(request, is_https);
  return token && web::is_form_token(form.get(web::form_token_field), *token);
}

std::string form_token_of(const http::Request& request, bool is_https) {
  const auto token = session_cookie(request, is_https);
  return token ? web::form_token(*token) : std::string();
}

http::Response with_retry_after(http::Response response, const AccountRefusal& refusal) {
  if (refusal.reason == AccountRefusal::Reason::throttled) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(refusal.retry_after);
    response.headers.set("Retry-After", std::to_string(wait.count()));
  }
  return response;
}

static Task<http::Response> answer_privately(AccountHandler handler, catalog::PageContext context,
                                             http::Request request) {
  auto response = co_await handler(std::move(context), std::move(request));
  keep_private(response);
  co_return response;
}

void add_account_page(http::Router& router, const catalog::Storefront& storefront,
                      http::Method method, const std::string& pattern, http::Access access,
                      AccountHandler handler) {
  storefront.add_page(router, method, pattern, std::move(access),
                      [handler](catalog::PageContext context, http::Request request) {
                        return answer_privately(handler, std::move(context), std::move(request));
                      });
}

}  // namespace osier::identity
