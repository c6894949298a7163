#include "identity/staff_factor_pages.h"

#include "identity/factor_frame.h"
#include "web/admin_cookie.h"
#include "web/form_token.h"

namespace osier::identity {

using web::AdminContext;
using web::AdminPortal;

namespace {

using StaffFrame = FactorFrame<web::AdminShell, web::AdminHead>;

FactorVisit visit_at(const AdminContext& context) {
  FactorVisit visit;
  visit.texts = context.texts;
  visit.url = [](std::string_view path) { return std::string(path); };
  visit.date = [context](Instant at) { return context.date(at); };
  if (!context.session_token.empty()) visit.form_token = web::form_token(context.session_token);
  return visit;
}

Task<http::Response> answer_staff(std::shared_ptr<FactorPages> pages, FactorPages::Entry entry,
                                  FactorVisit visit, http::Request request) {
  const auto page = entry.page;
  co_return co_await ((*pages).*page)(std::move(visit), std::move(request), entry.door);
}

}  // namespace

std::shared_ptr<FactorPages> make_staff_factor_pages(const AdminPortal& portal,
                                                     const web::Assets& assets,
                                                     SecondFactors& factors, Sessions& sessions,
                                                     Random& random,
                                                     std::vector<std::string> exempt) {
  const bool is_https = portal.is_https();
  FactorCookies cookies{.token =
                            [is_https](const http::Request& request) {
                              return web::admin_session_token(request, is_https);
                            },
                        .set =
                            [is_https](http::Response& response, const std::string& token) {
                              web::set_admin_cookie(response, token, is_https);
                            }};
  FactorPaths paths{.sign_in = "/admin/sign-in",
                    .security = "/admin/account/second-factors",
                    .confirm = "/admin/account/confirm",
                    .home = "/admin"};
  return std::make_shared<FactorPages>(factors, sessions, std::move(paths), std::move(cookies),
                                       assets.url("passkeys.js"), portal.clock(), random,
                                       http::TrustedProxies(exempt));
}

void add_staff_factor_pages(http::Router& router, const AdminPortal& portal,
                            std::shared_ptr<FactorPages> pages) {
  const auto frame = std::make_shared<const StaffFrame>(portal.engine(), "admin_");
  const auto handle = [&portal, pages, frame](const FactorPages::Entry& entry, AdminContext context,
                                              http::Request request) {
    FactorVisit visit = visit_at(context);
    visit.show = [frame, context](int status, const FactorContent& content) {
      return frame->show(status, content, context.shell, context.head(title_of(content)),
                         *context.texts);
    };
    http::Request head = request;
    head.body.clear();
    visit.error_page = [&portal, head](int status) { return portal.error_page(head, status); };
    return answer_staff(pages, entry, std::move(visit), std::move(request));
  };
  for (const FactorPages::Entry& entry : pages->entries()) {
    const auto access = entry.door == FactorPages::Door::open ? http::Access::staff_member()
                                                              : http::Access::everyone();
    if (entry.method == http::Method::get) {
      portal.add_page(router, entry.path, access,
                      [handle, entry](AdminContext context, http::Request request) {
                        return handle(entry, std::move(context), std::move(request));
                      });
    } else {
      portal.add_form(
          router, entry.path, access,
          [handle, entry](AdminContext context, http::Parameters, http::Request request) {
            return handle(entry, std::move(context), std::move(request));
          });
    }
  }
}

std::vector<PasskeyFormView> passkey_sign_in_button(const FactorPages& pages,
                                                    const AdminContext& context,
                                                    const std::string& next) {
  return pages.sign_in_button(visit_at(context), next);
}

}  // namespace osier::identity
