#include "identity/staff_account_pages.h"

#include "identity/staff_page.h"
#include "identity/staff_words.h"
#include "identity/step_up.h"

namespace osier::identity {

using web::AdminContext;
using web::AdminPortal;

namespace {

constexpr std::string_view staff_account_path = "/admin/account";
constexpr std::string_view staff_password_path = "/admin/account/password";

class StaffAccountPages {
 public:
  StaffAccountPages(const AdminPortal& portal, Staff& staff, Sessions& sessions)
      : portal_(portal),
        staff_(staff),
        sessions_(sessions),
        home_(portal.engine().page<StaffHomeView>("admin_home.html")),
        account_(portal.engine().page<StaffAccountView>("admin_account.html")),
        password_(portal.engine().page<StaffPasswordView>("admin_password.html")) {}

  Task<http::Response> show_home(AdminContext context, http::Request request) const;
  Task<http::Response> show_account(AdminContext context, http::Request request) const;
  Task<http::Response> set_language(AdminContext context, http::Parameters form,
                                    http::Request request) const;
  Task<http::Response> end_session(AdminContext context, http::Parameters form,
                                   http::Request request) const;
  Task<http::Response> show_password(AdminContext context, http::Request request) const;
  Task<http::Response> change_password(AdminContext context, http::Parameters form,
                                       http::Request request) const;

 private:
  static StaffId who(const http::Request& request) { return StaffId{request.principal->account}; }
  http::Response show(int status, const StaffMember& member, std::vector<web::LinkView> errors,
                      const AdminContext& context) const;
  std::optional<http::Response> ask_first(const AdminContext& context,
                                          const http::Request& request) const {
    return ask_staff_to_confirm(request, context.now, std::string(staff_password_path));
  }

  const AdminPortal& portal_;
  Staff& staff_;
  Sessions& sessions_;
  html::Page<StaffHomeView> home_;
  html::Page<StaffAccountView> account_;
  html::Page<StaffPasswordView> password_;
};

web::LinkView to_account(const AdminContext& context) {
  return {.url = std::string(staff_account_path), .label = context.text("staff.account.title")};
}

std::string methods_of(const std::vector<std::string>& methods, const AdminContext& context) {
  std::string words;
  for (const std::string& method : methods)
    words += (words.empty() ? "" : ", ") + context.text("staff.method." + method);
  return words;
}

Task<http::Response> StaffAccountPages::show_home(AdminContext context,
                                                  http::Request request) const {
  const auto member = co_await staff_.find(who(request));
  const std::string name = member ? member->name : "";
  StaffHomeView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.home.title", {{"name", std::string_view(name)}}));
  view.lead =
      context.text(context.shell->navigation.empty() ? "staff.home.nothing" : "staff.home.lead");
  co_return AdminPortal::page(200, home_, view, context);
}

Task<http::Response> StaffAccountPages::show_account(AdminContext context,
                                                     http::Request request) const {
  const AccountRef account = AccountRef::of(who(request));
  const auto member = co_await staff_.find(who(request));
  const auto sessions = co_await sessions_.of(account);
  StaffAccountView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.account.title"));
  view.head.notice = AdminPortal::notice(context, request);
  view.email = member->email;
  view.roles = names_of(member->roles);
  view.form_token = context.shell->form_token;
  view.languages = languages(context, member->locale);
  for (const Session& session : sessions) {
    view.sessions.push_back({.id = session.id.value().to_string(),
                             .since = context.time(session.created_at),
                             .last_seen = context.time(session.last_seen_at),
                             .methods = methods_of(session.methods, context),
                             .is_this = session.id.value() == request.principal->session});
  }
  co_return AdminPortal::page(200, account_, view, context);
}

Task<http::Response> StaffAccountPages::set_language(AdminContext context, http::Parameters form,
                                                     http::Request request) const {
  const auto language = language_of(form.get("language").value_or(""), context);
  if (!language) co_return portal_.error_page(request, 400);
  co_await staff_.set_locale(who(request), *language);
  co_return AdminPortal::done(std::string(staff_account_path), "saved");
}

Task<http::Response> StaffAccountPages::end_session(AdminContext, http::Parameters,
                                                    http::Request request) const {
  const auto id = Uuid::parse(request.path_value(0));
  const AccountRef account = AccountRef::of(who(request));
  const bool is_ended = id && co_await sessions_.revoke(account, SessionId{*id});
  if (!is_ended) co_return portal_.error_page(request, 404);
  co_return AdminPortal::done(std::string(staff_account_path), "session_ended");
}

http::Response StaffAccountPages::show(int status, const StaffMember& member,
                                       std::vector<web::LinkView> errors,
                                       const AdminContext& context) const {
  StaffPasswordView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.password.title"), {to_account(context)});
  view.head.errors = std::move(errors);
  view.lead = context.text("staff.password.lead");
  view.action_url = std::string(staff_password_path);
  view.form_token = context.shell->form_token;
  view.email = member.email;
  view.asks_current = true;
  view.button = context.text("staff.password.button");
  return AdminPortal::page(status, password_, view, context);
}

Task<http::Response> StaffAccountPages::show_password(AdminContext context,
                                                      http::Request request) const {
  if (auto asked = ask_first(context, request)) co_return *std::move(asked);
  const auto member = co_await staff_.find(who(request));
  co_return show(200, *member, {}, context);
}

Task<http::Response> StaffAccountPages::change_password(AdminContext context, http::Parameters form,
                                                        http::Request request) const {
  if (auto asked = ask_first(context, request)) co_return *std::move(asked);
  const StaffId id = who(request);
  const auto member = co_await staff_.find(id);
  std::string current(form.get("current").value_or(""));
  std::string password(form.get("password").value_or(""));
  const auto answer = co_await staff_.accounts().check_password(
      AccountRef::of(id), std::move(current), request.client_address);
  if (!answer || *answer != FactorAccounts::PasswordAnswer::right) {
    const bool is_throttled = !answer;
    web::LinkView error{.url = "#current",
                        .label = context.text(is_throttled ? "staff.sign_in.throttled"
                                                           : "staff.password.current_wrong")};
    co_return show(is_throttled ? 429 : 422, *member, {std::move(error)}, context);
  }
  const SessionId session{request.principal->session};
  request.body.clear();
  const auto changed =
      co_await staff_.change_password(id, std::move(password), session, std::move(request));
  if (changed) co_return AdminPortal::done(std::string(staff_account_path), "password_changed");
  web::LinkView error{.url = "#password", .label = words_for(changed.error(), context)};
  co_return show(422, *member, {std::move(error)}, context);
}

}  // namespace

void add_staff_account_pages(http::Router& router, const AdminPortal& portal, Staff& staff,
                             Sessions& sessions) {
  const web::AdminRoutes<StaffAccountPages> routes(
      router, portal, std::make_shared<const StaffAccountPages>(portal, staff, sessions));
  const auto member = http::Access::staff_member();
  routes.page("/admin", member, &StaffAccountPages::show_home);
  routes.page("/admin/account", member, &StaffAccountPages::show_account);
  routes.form("/admin/account/language", member, &StaffAccountPages::set_language);
  routes.form("/admin/account/sessions/{id}/end", member, &StaffAccountPages::end_session);
  routes.page("/admin/account/password", member, &StaffAccountPages::show_password);
  routes.form("/admin/account/password", member, &StaffAccountPages::change_password);
}

}  // namespace osier::identity
