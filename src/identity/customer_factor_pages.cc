#include "identity/customer_factor_pages.h"

#include "identity/customer_cookie.h"
#include "identity/factor_frame.h"
#include "platform/locale/format.h"
#include "web/form_token.h"

namespace osier::identity {

using catalog::PageContext;
using catalog::Storefront;

namespace {

using Frame = FactorFrame<web::Shell, web::Head>;

// What a visit needs of the place; its page, if any, is the caller's to add.
FactorVisit visit_at(const PageContext& context, const std::optional<std::string>& token) {
  FactorVisit visit;
  visit.texts = context.texts;
  if (token) visit.form_token = web::form_token(*token);
  visit.url = [context](std::string_view path) { return context.url(path); };
  visit.date = [context](Instant at) {
    return locale::format_date(at, context.locale, context.market().time_zone,
                               locale::DateStyle::date);
  };
  return visit;
}

http::Response show(const Frame& frame, int status, const FactorContent& content,
                    const PageContext& context) {
  web::Head head;
  head.title = title_of(content) + " · " + context.shell->shop_name;
  head.is_indexed = false;
  return frame.show(status, content, context.shell, std::move(head), *context.texts);
}

// A form of somebody who has a session carries its token. Before that there is no session to bind a
// form to; web::same_origin_only has refused forms of others.
bool has_form_token(const http::Request& request, FactorPages::Door door,
                    const std::optional<std::string>& token) {
  if (request.method == http::Method::get || door == FactorPages::Door::nobody || !token)
    return true;
  const auto form = http::Parameters::parse(request.body);
  return form && web::is_form_token(form->get(web::form_token_field), *token);
}

Task<http::Response> answer(std::shared_ptr<FactorPages> pages, FactorPages::Entry entry,
                            FactorVisit visit, http::Request request, bool is_trusted) {
  const auto page = entry.page;
  auto response = is_trusted
                      ? co_await ((*pages).*page)(std::move(visit), std::move(request), entry.door)
                      : visit.error_page(403);
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("X-Robots-Tag", "noindex");
  co_return response;
}

}  // namespace

std::shared_ptr<FactorPages> make_customer_factor_pages(const Storefront& storefront,
                                                        const web::Assets& assets,
                                                        SecondFactors& factors, Sessions& sessions,
                                                        Random& random,
                                                        std::vector<std::string> exempt) {
  const bool is_https = storefront.is_https();
  FactorCookies cookies{
      .token =
          [is_https](const http::Request& request) { return session_cookie(request, is_https); },
      .set = [is_https](
                 http::Response& response,
                 const std::string& token) { set_session_cookie(response, token, is_https); }};
  FactorPaths paths{.sign_in = "/account/sign-in",
                    .security = "/account/second-factors",
                    .confirm = "/account/confirm",
                    .home = "/account"};
  return std::make_shared<FactorPages>(factors, sessions, std::move(paths), std::move(cookies),
                                       assets.url("passkeys.js"), storefront.clock(), random,
                                       http::TrustedProxies(exempt));
}

void add_customer_factor_pages(http::Router& router, const Storefront& storefront,
                               std::shared_ptr<FactorPages> pages) {
  const auto frame = std::make_shared<const Frame>(storefront.engine(), "");
  for (const FactorPages::Entry& entry : pages->entries()) {
    const auto access =
        entry.door == FactorPages::Door::open ? http::Access::customer() : http::Access::everyone();
    storefront.add_page(
        router, entry.method, entry.path, access,
        [&storefront, pages, frame, entry](PageContext context, http::Request request) {
          const auto token = session_cookie(request, storefront.is_https());
          FactorVisit visit = visit_at(context, token);
          visit.show = [frame, context](int status, const FactorContent& content) {
            return show(*frame, status, content, context);
          };
          visit.error_page = [&storefront, path = request.path](int status) {
            http::Request head;
            head.path = path;
            return storefront.error_page(head, status);
          };
          const bool is_trusted = has_form_token(request, entry.door, token);
          return answer(pages, entry, std::move(visit), std::move(request), is_trusted);
        });
  }
}

std::vector<PasskeyFormView> passkey_sign_in_button(const FactorPages& pages,
                                                    const PageContext& context,
                                                    const std::string& next) {
  return pages.sign_in_button(visit_at(context, std::nullopt), next);
}

}  // namespace osier::identity
