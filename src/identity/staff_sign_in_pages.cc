#include "identity/staff_sign_in_pages.h"

#include "identity/own_path.h"
#include "identity/staff_factor_pages.h"
#include "identity/staff_page.h"
#include "identity/staff_words.h"
#include "web/admin_cookie.h"

namespace osier::identity {

using web::AdminContext;
using web::AdminPortal;

namespace {

class StaffSignInPages {
 public:
  StaffSignInPages(const AdminPortal& portal, Staff& staff, Sessions& sessions,
                   std::shared_ptr<FactorPages> factor_pages)
      : portal_(portal),
        staff_(staff),
        sessions_(sessions),
        factor_pages_(std::move(factor_pages)),
        sign_in_(portal.engine().page<StaffSignInView>("admin_sign_in.html")),
        password_(portal.engine().page<StaffPasswordView>("admin_password.html")),
        message_(portal.engine().page<StaffMessageView>("admin_message.html")) {}

  Task<http::Response> show_sign_in(AdminContext context, http::Request request) const;
  Task<http::Response> sign_in(AdminContext context, http::Parameters form,
                               http::Request request) const;
  Task<http::Response> sign_out(AdminContext context, http::Parameters form,
                                http::Request request) const;
  Task<http::Response> show_invitation(AdminContext context, http::Request request) const;
  Task<http::Response> join(AdminContext context, http::Parameters form,
                            http::Request request) const;

 private:
  StaffSignInView sign_in_view(const AdminContext& context, std::string next) const;
  http::Response show(int status, const StaffSignInView& view, const AdminContext& context) const {
    return AdminPortal::page(status, sign_in_, view, context);
  }
  http::Response show_join(int status, const StaffMember& member, std::string error,
                           const AdminContext& context, const http::Request& request) const;
  http::Response show_lapsed(const AdminContext& context) const;
  Task<std::optional<Session>> session_of(const AdminContext& context) const;
  http::Response on_to_second_factor(const OpenedSession& opened, const std::string& next) const;

  const AdminPortal& portal_;
  Staff& staff_;
  Sessions& sessions_;
  std::shared_ptr<FactorPages> factor_pages_;
  html::Page<StaffSignInView> sign_in_;
  html::Page<StaffPasswordView> password_;
  html::Page<StaffMessageView> message_;
};

Task<std::optional<Session>> StaffSignInPages::session_of(const AdminContext& context) const {
  if (context.session_token.empty()) co_return std::nullopt;
  co_return co_await sessions_.find(Realm::staff, context.session_token);
}

StaffSignInView StaffSignInPages::sign_in_view(const AdminContext& context,
                                               std::string next) const {
  StaffSignInView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.sign_in.title"));
  view.passkey = passkey_sign_in_button(*factor_pages_, context, next);
  view.next = std::move(next);
  return view;
}

Task<http::Response> StaffSignInPages::show_sign_in(AdminContext context,
                                                    http::Request request) const {
  const auto parameters = request.parameters();
  std::string next =
      own_path(parameters ? parameters->get("next").value_or("") : std::string_view(), "/admin");
  const auto session = co_await session_of(context);
  if (session && session->stage == SessionStage::open &&
      co_await staff_.find_active(StaffId{session->account.id}))
    co_return http::redirect(next);
  auto view = sign_in_view(context, std::move(next));
  view.head.notice = AdminPortal::notice(context, request);
  co_return show(200, view, context);
}

// The session waits for the second factor; its page sends those who have none to set one up.
http::Response StaffSignInPages::on_to_second_factor(const OpenedSession& opened,
                                                     const std::string& next) const {
  auto response = http::redirect("/admin/sign-in/second-factor?next=" + http::url_encode(next));
  web::set_admin_cookie(response, opened.token, portal_.is_https());
  return response;
}

Task<http::Response> StaffSignInPages::sign_in(AdminContext context, http::Parameters form,
                                               http::Request request) const {
  std::string next = own_path(form.get("next").value_or(""), "/admin");
  std::string email(form.get("email").value_or(""));
  std::string password(form.get("password").value_or(""));
  const auto former = co_await session_of(context);
  std::optional<SessionId> ends;
  if (former) ends = former->id;
  request.body.clear();
  const auto opened = co_await staff_.accounts().sign_in_by_password(email, std::move(password),
                                                                     std::move(request), ends);
  if (opened) co_return on_to_second_factor(*opened, next);

  const SignInRefusal& refusal = opened.error();
  const bool is_throttled = refusal.reason == SignInRefusal::Reason::throttled;
  auto view = sign_in_view(context, std::move(next));
  view.email = std::move(email);
  view.head.errors.push_back(
      {.url = "#email",
       .label = context.text(is_throttled ? "staff.sign_in.throttled" : "staff.sign_in.wrong")});
  auto response = show(is_throttled ? 429 : 422, view, context);
  if (is_throttled) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(refusal.retry_after).count();
    response.headers.set("Retry-After", std::to_string(seconds));
  }
  co_return response;
}

Task<http::Response> StaffSignInPages::sign_out(AdminContext context, http::Parameters,
                                                http::Request) const {
  const auto session = co_await session_of(context);
  if (session) co_await sessions_.sign_out(session->id);
  auto response = AdminPortal::done("/admin/sign-in", "signed_out");
  web::clear_admin_cookie(response, portal_.is_https());
  co_return response;
}

http::Response StaffSignInPages::show_lapsed(const AdminContext& context) const {
  StaffMessageView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.invitation.lapsed_title"));
  view.message = context.text("staff.invitation.lapsed");
  view.on = {.url = "/admin/sign-in", .label = context.text("staff.sign_in.title")};
  return AdminPortal::page(404, message_, view, context);
}

http::Response StaffSignInPages::show_join(int status, const StaffMember& member, std::string error,
                                           const AdminContext& context,
                                           const http::Request& request) const {
  const std::initializer_list<locale::Argument> words = {
      {"name", std::string_view(member.name)},
      {"shop", std::string_view(context.shell->shop_name)}};
  const bool is_first = !member.joined_at;
  StaffPasswordView view;
  view.shell = context.shell;
  view.head = context.head(
      context.text(is_first ? "staff.invitation.title" : "staff.invitation.again_title", words));
  view.lead =
      context.text(is_first ? "staff.invitation.lead" : "staff.invitation.again_lead", words);
  view.action_url = request.path;
  view.form_token = context.shell->form_token;
  view.email = member.email;
  view.button = context.text("staff.invitation.button");
  if (!error.empty()) view.head.errors.push_back({.url = "#password", .label = std::move(error)});
  return AdminPortal::page(status, password_, view, context);
}

Task<http::Response> StaffSignInPages::show_invitation(AdminContext context,
                                                       http::Request request) const {
  const auto member = co_await staff_.find_invited(request.path_value(0));
  if (!member) co_return show_lapsed(context);
  co_return show_join(200, *member, "", context, request);
}

Task<http::Response> StaffSignInPages::join(AdminContext context, http::Parameters form,
                                            http::Request request) const {
  const std::string token = request.path_value(0);
  const auto member = co_await staff_.find_invited(token);
  if (!member) co_return show_lapsed(context);
  std::string password(form.get("password").value_or(""));
  http::Request head = request;
  head.body.clear();
  const auto opened = co_await staff_.join(token, std::move(password), std::move(head));
  if (opened) co_return on_to_second_factor(*opened, "/admin");
  if (opened.error().reason == JoinRefusal::Reason::not_open) co_return show_lapsed(context);
  co_return show_join(422, *member, words_for(opened.error().password, context), context, request);
}

}  // namespace

void add_staff_sign_in_pages(http::Router& router, const AdminPortal& portal, Staff& staff,
                             Sessions& sessions, std::shared_ptr<FactorPages> factor_pages) {
  const web::AdminRoutes<StaffSignInPages> routes(
      router, portal,
      std::make_shared<const StaffSignInPages>(portal, staff, sessions, std::move(factor_pages)));
  const auto everyone = http::Access::everyone();
  routes.page("/admin/sign-in", everyone, &StaffSignInPages::show_sign_in);
  routes.form("/admin/sign-in", everyone, &StaffSignInPages::sign_in);
  routes.form("/admin/sign-out", everyone, &StaffSignInPages::sign_out);
  const auto invited = http::Access::token_holder();
  routes.page("/admin/invitation/{token}", invited, &StaffSignInPages::show_invitation);
  routes.form("/admin/invitation/{token}", invited, &StaffSignInPages::join);
}

}  // namespace osier::identity
