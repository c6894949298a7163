#include "identity/customer_guard.h"

#include "identity/customer_cookie.h"
#include "web/api.h"

namespace osier::identity {

http::Principal principal_of(const Session& session) {
  const bool is_staff = session.account.realm == Realm::staff;
  return {.realm = is_staff ? http::Principal::Realm::staff : http::Principal::Realm::customer,
          .account = session.account.id,
          .session = session.id.value(),
          .authenticated_at = session.authenticated_at,
          .methods = session.methods,
          .permissions = {},
          .name_for_audit =
              std::string(to_string(session.account.realm)) + ":" + session.account.id.to_string()};
}

// Where a page was read; after a form, the overview: what was typed is not sent again by itself.
static std::string way_back(const http::Request& request) {
  return request.method == http::Method::get ? request.target : std::string();
}

http::Response CustomerGuard::refusal_for(const http::Request& request) const {
  if (request.path.starts_with("/store/") || request.path.starts_with("/auth/"))
    return web::error(web::ErrorType::unauthorized, "Unauthorized");
  const auto context = storefront_.at_path(request.path);
  std::string location = context.url("/account/sign-in");
  if (const auto back = way_back(request); !back.empty())
    location += "?next=" + http::url_encode(back);
  auto response = http::redirect(std::move(location));
  response.headers.set("Cache-Control", "private, no-store");
  return response;
}

Task<std::shared_ptr<const http::Principal>> CustomerGuard::who_asks(const http::Request& request) {
  auto token = customer_token(request, storefront_.is_https());
  if (!token) co_return nullptr;
  const auto session = co_await sessions_.find(Realm::customer, *std::move(token));
  if (!session || session->stage != SessionStage::open) co_return nullptr;
  co_return std::make_shared<const http::Principal>(principal_of(*session));
}

Task<std::optional<http::Response>> CustomerGuard::admit(http::Request& request) {
  request.principal = co_await who_asks(request);
  if (request.principal) co_return std::nullopt;
  co_return refusal_for(request);
}

}  // namespace osier::identity
