#include "identity/staff_guard.h"

#include "identity/customer_guard.h"
#include "platform/http/ascii.h"
#include "web/admin_cookie.h"
#include "web/api.h"

namespace osier::identity {

namespace {

// The token of "Bearer TOKEN"; the scheme in any case of letters (RFC 9110 section 11.1).
std::optional<std::string> api_key_in(const http::Request& request) {
  constexpr std::string_view scheme = "Bearer ";
  const auto header = request.headers.get("Authorization");
  if (!header || header->size() <= scheme.size()) return std::nullopt;
  if (!http::equal_ignoring_case(header->substr(0, scheme.size()), scheme)) return std::nullopt;
  return std::string(header->substr(scheme.size()));
}

}  // namespace

Task<std::shared_ptr<const http::Principal>> StaffGuard::member_of(const http::Request& request) {
  auto token = web::admin_session_token(request, portal_.is_https());
  if (!token) co_return nullptr;
  const auto session = co_await sessions_.find(Realm::staff, *std::move(token));
  if (!session || session->stage != SessionStage::open) co_return nullptr;
  const auto member = co_await staff_.find_active(StaffId{session->account.id});
  if (!member) co_return nullptr;
  http::Principal principal = principal_of(*session);
  principal.permissions = member->rights().permissions().names();
  principal.name = member->name;
  principal.locale = member->locale;
  co_return std::make_shared<const http::Principal>(std::move(principal));
}

Task<std::shared_ptr<const http::Principal>> StaffGuard::machine_of(const http::Request& request) {
  auto token = api_key_in(request);
  if (!token) co_return nullptr;
  const auto key = co_await keys_.find(*std::move(token));
  if (!key) co_return nullptr;
  http::Principal principal{.realm = http::Principal::Realm::machine,
                            .account = key->id.value(),
                            .session = {},
                            .authenticated_at = {},
                            .methods = {},
                            .permissions = {},
                            .name_for_audit = "api_key:" + key->id.value().to_string()};
  // A right that was closed to machines later is closed to this key too.
  for (const std::string& name : key->scopes.names()) {
    if (find_permission(name)->holder == Holder::anyone) principal.permissions.push_back(name);
  }
  co_return std::make_shared<const http::Principal>(std::move(principal));
}

http::Response StaffGuard::ask_to_sign_in(const http::Request& request) const {
  // After a form the way back is the start page: what was typed is not sent again by itself.
  std::string location = "/admin/sign-in";
  if (request.method == http::Method::get) location += "?next=" + http::url_encode(request.target);
  return http::redirect(std::move(location));
}

Task<std::optional<http::Response>> StaffGuard::admit(const http::Access& access,
                                                      http::Request& request) {
  const bool is_api = request.path.starts_with(admin_api_prefix);
  if (is_api) {
    request.principal = co_await machine_of(request);
  } else {
    request.principal = co_await member_of(request);
  }
  if (!request.principal && is_api) {
    auto response = web::error(web::ErrorType::unauthorized, "Unauthorized");
    response.headers.set("WWW-Authenticate", "Bearer");
    co_return response;
  }
  if (!request.principal) co_return ask_to_sign_in(request);
  const bool is_allowed =
      access.kind() == http::Access::Kind::staff && request.principal->may(access.permission());
  if (is_allowed || (access.kind() == http::Access::Kind::staff_member && !is_api))
    co_return std::nullopt;
  if (!is_api) co_return portal_.error_page(request, 403);
  auto response =
      web::error(web::ErrorType::not_allowed, "This key has no scope " + access.permission());
  response.status = 403;
  co_return response;
}

}  // namespace osier::identity
