#include "web/admin_portal.h"

#include <algorithm>

#include "platform/http/ascii.h"
#include "platform/locale/format.h"
#include "web/admin_cookie.h"
#include "web/error_page.h"
#include "web/form_token.h"

namespace osier::web {

std::string AdminContext::money(Money amount) const {
  return locale::format_money(amount, locale());
}

std::string AdminContext::date(Instant at) const {
  return locale::format_date(at, locale(), time_zone, locale::DateStyle::date);
}

std::string AdminContext::time(Instant at) const {
  return locale::format_date(at, locale(), time_zone, locale::DateStyle::date_time);
}

AdminHead AdminContext::head(std::string title, std::vector<LinkView> trail) const {
  return {.title = std::move(title), .breadcrumbs = std::move(trail), .notice = {}, .errors = {}};
}

struct AdminPortal::ErrorView : AdminPage {
  std::string title;
  std::string message;
  std::string request_id;

  static constexpr auto fields() {
    return html::fields<ErrorView>(
        html::field("shell", &ErrorView::shell), html::field("head", &ErrorView::head),
        html::field("title", &ErrorView::title), html::field("message", &ErrorView::message),
        html::field("request_id", &ErrorView::request_id));
  }
};

AdminPortal::AdminPortal(html::Engine& engine, const locale::Catalogue& texts, const Assets& assets,
                         const Clock& clock, Settings settings)
    : engine_(engine),
      texts_(texts),
      assets_(assets),
      clock_(clock),
      settings_(std::move(settings)),
      headers_({.is_https = is_https(), .payment_origins = ""}),
      error_page_(std::make_shared<const html::Page<ErrorView>>(
          engine.page<ErrorView>("admin_error.html"))) {}

const locale::Messages& AdminPortal::texts_of(const http::Request& request) const {
  if (request.principal) {
    const auto own = locale::Locale::parse(request.principal->locale);
    if (own) return texts_.in(*own);
  }
  const auto wanted = request.headers.get("Accept-Language").value_or("");
  return texts_.in(locale::best_match(wanted, texts_.locales()).value_or(locale::Locale{}));
}

namespace {

bool is_at_or_below(std::string_view path, std::string_view top) {
  return path == top || (path.starts_with(top) && path[top.size()] == '/' && top != "/admin");
}

}  // namespace

std::shared_ptr<const AdminShell> AdminPortal::shell_of(const http::Request& request,
                                                        const locale::Messages& texts,
                                                        const std::string& session_token) const {
  AdminShell shell{.shop_name = settings_.shop_name(),
                   .locale = texts.locale().tag(),
                   .direction = texts.locale().is_right_to_left() ? "rtl" : "ltr",
                   .home_url = "/admin",
                   .shop_url = settings_.shop_url,
                   .stylesheet_url = assets_.url("admin.css"),
                   .script_url = assets_.url("admin.js"),
                   .is_signed_in = request.principal != nullptr,
                   .member_name = request.principal ? request.principal->name : "",
                   .account_url = "/admin/account",
                   .sign_out_url = "/admin/sign-out",
                   .form_token = session_token.empty() ? "" : form_token(session_token),
                   .navigation = {}};
  for (const AdminEntry& entry : entries_) {
    const bool is_open =
        request.principal && (entry.permission.empty() || request.principal->may(entry.permission));
    if (!is_open) continue;
    const std::string label = texts.text(entry.group_key);
    auto group = std::ranges::find(shell.navigation, label, &AdminGroupView::label);
    if (group == shell.navigation.end())
      group = shell.navigation.insert(group, {.label = label, .links = {}});
    group->links.push_back({.url = entry.path,
                            .label = texts.text(entry.text_key),
                            .is_current = is_at_or_below(request.path, entry.path)});
  }
  return std::make_shared<const AdminShell>(std::move(shell));
}

AdminContext AdminPortal::at(const http::Request& request) const {
  AdminContext context;
  context.texts = &texts_of(request);
  context.principal = request.principal;
  context.session_token = admin_session_token(request, is_https()).value_or("");
  context.time_zone = settings_.time_zone();
  context.now = clock_.now();
  context.shell = shell_of(request, *context.texts, context.session_token);
  return context;
}

void AdminPortal::add_page(http::Router& router, const std::string& pattern, http::Access access,
                           PageHandler handler) const {
  router.get(pattern, std::move(access), [this, handler](http::Request request) {
    AdminContext context = at(request);
    return handler(std::move(context), std::move(request));
  });
}

namespace {

Task<http::Response> answer_now(http::Response response) { co_return response; }

bool is_urlencoded(const http::Request& request) {
  std::string_view type = request.headers.get("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return http::equal_ignoring_case(type, "application/x-www-form-urlencoded");
}

}  // namespace

void AdminPortal::add_form(http::Router& router, const std::string& pattern, http::Access access,
                           FormHandler handler) const {
  router.post(pattern, std::move(access), [this, handler](http::Request request) {
    if (!is_urlencoded(request)) return answer_now(error_page(request, 415));
    auto form = http::Parameters::parse(request.body);
    if (!form) return answer_now(error_page(request, 400));
    AdminContext context = at(request);
    // Before somebody has signed in there is no session to bind a form to; same_origin_only has
    // refused forms of others already.
    const bool has_session = !context.session_token.empty();
    if (has_session && !is_form_token(form->get(form_token_field), context.session_token))
      return answer_now(error_page(request, 403));
    return handler(std::move(context), std::move(*form), std::move(request));
  });
}

http::Response AdminPortal::error_page(const http::Request& request, int status) const {
  const AdminContext context = at(request);
  const std::string word(status == 403 ? "forbidden" : error_text_key(status));
  ErrorView view;
  view.shell = context.shell;
  view.title = context.text("admin.error." + word + ".title");
  view.message = context.text("admin.error." + word + ".message");
  view.head = context.head(view.title);
  if (status >= 500) view.request_id = request.id;
  auto response = page(status, *error_page_, view, context);
  if (status == 503 || status == 429) response.headers.set("Retry-After", "5");
  return response;
}

void AdminPortal::finish(http::Response& response) const {
  if (!response.headers.get("Content-Security-Policy")) headers_.add_to(response);
  // Styles and scripts may be kept: the hash of their bytes is in their address.
  if (!response.headers.get("Cache-Control")) response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("X-Robots-Tag", "noindex");
}

http::Response AdminPortal::done(const std::string& path, std::string_view done) {
  return http::redirect(path + (path.contains('?') ? "&" : "?") + "done=" + std::string(done));
}

std::string AdminPortal::notice(const AdminContext& context, const http::Request& request) {
  const auto parameters = request.parameters();
  if (!parameters) return {};
  const std::string key = "admin.done." + std::string(parameters->get("done").value_or(""));
  return context.texts->catalogue().find(key) ? context.text(key) : std::string();
}

}  // namespace osier::web
