// Pages of people who are not signed in yet, or only by what a mail has told them.

#include "identity/account_pages.h"

#include "identity/account_visit.h"
#include "identity/customer_factor_pages.h"
#include "identity/federation_pages.h"
#include "identity/own_path.h"

namespace osier::identity {

using catalog::PageContext;
namespace {

class AccountPages {
 public:
  explicit AccountPages(AccountDesk desk)
      : desk_(std::move(desk)),
        page_(desk_.storefront.engine().page<AccountFormView>("account_form.html")) {}

  bool has_passwords() const { return desk_.passwords == Passwords::here; }

  Task<http::Response> show_sign_in(PageContext context, http::Request request) const {
    const auto parameters = request.parameters();
    const std::string next = next_of(parameters, context);
    if (const auto session = co_await session_of(request);
        session && session->stage == SessionStage::open)
      co_return http::redirect(next);
    auto view = sign_in_view(context, next, "");
    for (const std::string_view done : {"reset", "changed"}) {
      if (text_of(parameters, "done") != done) continue;
      view.notice = context.text("account.done." + std::string(done));
    }
    co_return render(200, view, context);
  }

  Task<http::Response> sign_in(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form) co_return desk_.storefront.error_page(request, 400);
    std::string next = next_of(form, context);
    std::string email = text_of(form, "email");
    CustomerAccounts::SignIn what{.email = email,
                                  .password = text_of(form, "password"),
                                  .former = co_await former_of(request)};
    request.body.clear();
    what.request = std::move(request);
    const auto opened = co_await desk_.accounts.sign_in(std::move(what));
    if (!opened) co_return refuse(sign_in_view(context, next, email), opened.error(), context);
    co_return let_in(*opened, next, context);
  }

  Task<http::Response> show_registration(PageContext context, http::Request request) const {
    co_return render(200, registration_view(context, next_of(request.parameters(), context), {}),
                     context);
  }

  Task<http::Response> register_customer(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form) co_return desk_.storefront.error_page(request, 400);
    Registration registration{.email = text_of(form, "email"),
                              .password = text_of(form, "password"),
                              .given_name = text_of(form, "given_name"),
                              .family_name = text_of(form, "family_name"),
                              .market_code = context.place.market,
                              .locale = context.place.locale};
    const auto registered =
        co_await desk_.accounts.register_customer(registration, request.client_address);
    if (!registered) {
      co_return refuse(registration_view(context, next_of(form, context), registration),
                       registered.error(), context);
    }
    co_return render(200, message_view(context, "registered"), context);
  }

  Task<http::Response> show_forgot(PageContext context, http::Request) const {
    co_return render(200, forgot_view(context, ""), context);
  }

  Task<http::Response> forgot(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form) co_return desk_.storefront.error_page(request, 400);
    const std::string email = text_of(form, "email");
    const auto asked = co_await desk_.accounts.forgot_password(email, request.client_address);
    if (!asked) co_return refuse(forgot_view(context, email), asked.error(), context);
    co_return render(200, message_view(context, "forgot_sent"), context);
  }

  Task<http::Response> show_reset(PageContext context, http::Request request) const {
    const std::string token = text_of(request.parameters(), "token");
    if (!co_await desk_.accounts.is_living(EmailPurpose::reset, token))
      co_return void_link(context);
    co_return render(200, reset_view(context, token), context);
  }

  Task<http::Response> reset(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form) co_return desk_.storefront.error_page(request, 400);
    const std::string token = text_of(form, "token");
    std::string password = text_of(form, "password");
    request.body.clear();
    const auto done =
        co_await desk_.accounts.reset_password(token, std::move(password), std::move(request));
    if (!done && done.error().reason == AccountReason::link_void) co_return void_link(context);
    if (!done) co_return refuse(reset_view(context, token), done.error(), context);
    co_return http::redirect(context.url("/account/sign-in") + "?done=reset");
  }

  Task<http::Response> show_verification(PageContext context, http::Request request) const {
    const std::string token = text_of(request.parameters(), "token");
    if (!co_await desk_.accounts.is_living(EmailPurpose::verify, token))
      co_return void_link(context);
    const bool is_signed_in = (co_await signed_in(request)).has_value();
    co_return render(200, verification_view(context, token, !is_signed_in), context);
  }

  Task<http::Response> verify(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form) co_return desk_.storefront.error_page(request, 400);
    CustomerAccounts::Verification what{.token = text_of(form, "token"),
                                        .password = text_of(form, "password"),
                                        .signed_in = co_await signed_in(request),
                                        .former = co_await former_of(request)};
    const std::string token = what.token;
    request.body.clear();
    what.request = std::move(request);
    const auto verified = co_await desk_.accounts.verify(std::move(what));
    if (!verified && verified.error().reason == AccountReason::link_void)
      co_return void_link(context);
    if (!verified) {
      auto view = verification_view(context, token, true);
      auto refusal = verified.error();
      co_return refuse(std::move(view), refusal, context);
    }
    const std::string home = context.url("/account") + "?done=verified";
    if (!*verified) co_return http::redirect(home);
    co_return let_in(**verified, home, context);
  }

  Task<http::Response> sign_out(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    co_await desk_.accounts.sign_out(SessionId{request.principal->session});
    auto response = http::redirect(context.url("/"));
    clear_session_cookie(response, is_https());
    // Nothing of theirs stays in a browser that others may use next.
    response.headers.set("Clear-Site-Data", "\"cache\", \"cookies\", \"storage\"");
    co_return response;
  }

 private:
  bool is_https() const { return desk_.storefront.is_https(); }

  static std::string next_of(const std::optional<http::Parameters>& parameters,
                             const PageContext& context) {
    return own_path(text_of(parameters, "next"), context.url("/account"));
  }

  Task<std::optional<Session>> session_of(const http::Request& request) const {
    auto token = session_cookie(request, is_https());
    if (!token) co_return std::nullopt;
    co_return co_await desk_.sessions.find(Realm::customer, *std::move(token));
  }
  Task<std::optional<SessionId>> former_of(const http::Request& request) const {
    const auto session = co_await session_of(request);
    if (!session) co_return std::nullopt;
    co_return session->id;
  }
  Task<std::optional<CustomerId>> signed_in(const http::Request& request) const {
    const auto session = co_await session_of(request);
    if (!session || session->stage != SessionStage::open) co_return std::nullopt;
    co_return CustomerId{session->account.id};
  }

  AccountFormView sign_in_view(const PageContext& context, const std::string& next,
                               std::string email) const {
    auto view = form_view(context, "sign_in", "/account/sign-in");
    view.next = next;
    view.passkey = passkey_sign_in_button(*desk_.factor_pages, context, next);
    view.issuers = sign_in_links(desk_.issuers, context, next);
    if (!has_passwords()) {
      view.action_url.clear();
      return view;
    }
    view.fields_shown = {email_field(context, std::move(email)), password_field(context)};
    if (!view.passkey.empty()) view.fields_shown.front().autocomplete = "username webauthn";
    view.links = {link_to(context, "/account/forgot", "account.forgot.link"),
                  link_to(context, "/account/register", "account.register.link")};
    view.links.back().url += "?next=" + http::url_encode(next);
    return view;
  }

  AccountFormView registration_view(const PageContext& context, const std::string& next,
                                    const Registration& typed) const {
    auto view = form_view(context, "register", "/account/register");
    view.next = next;
    const int length = static_cast<int>(name_length_max);
    view.fields_shown = {
        email_field(context, typed.email), new_password_field(context, OtherFactor::none),
        text_field(context, "given_name", "given-name", typed.given_name, length),
        text_field(context, "family_name", "family-name", typed.family_name, length)};
    view.issuers = sign_in_links(desk_.issuers, context, next);
    view.links = {link_to(context, "/account/sign-in", "account.sign_in.link")};
    view.links.back().url += "?next=" + http::url_encode(next);
    return view;
  }

  AccountFormView forgot_view(const PageContext& context, std::string email) const {
    auto view = form_view(context, "forgot", "/account/forgot");
    view.fields_shown = {email_field(context, std::move(email))};
    view.links = {link_to(context, "/account/sign-in", "account.sign_in.link")};
    return view;
  }

  AccountFormView reset_view(const PageContext& context, const std::string& token) const {
    auto view = form_view(context, "reset", "/account/reset");
    view.token = token;
    view.fields_shown = {new_password_field(context, OtherFactor::none)};
    return view;
  }

  AccountFormView verification_view(const PageContext& context, const std::string& token,
                                    bool asks_password) const {
    auto view = form_view(context, "verify", "/account/verify");
    view.token = token;
    if (asks_password) {
      view.fields_shown = {password_field(context)};
    } else {
      view.lead = context.text("account.verify.signed_in_lead");
    }
    return view;
  }

  http::Response void_link(const PageContext& context) const {
    auto view = message_view(context, "link_void");
    view.links = {link_to(context, "/account/sign-in", "account.sign_in.link"),
                  link_to(context, "/account/forgot", "account.forgot.link")};
    return render(400, view, context);
  }

  http::Response render(int status, const AccountFormView& view, const PageContext& context) const {
    return http::html(status, page_.render(view, *context.texts));
  }

  http::Response refuse(AccountFormView view, const AccountRefusal& refusal,
                        const PageContext& context) const {
    show_refusal(view, refusal, context);
    return with_retry_after(render(status_of(refusal), view, context), refusal);
  }

  http::Response let_in(const OpenedSession& opened, const std::string& next,
                        const PageContext& context) const {
    std::string location = next;
    if (opened.session.stage == SessionStage::pending_second_factor) {
      location = context.url("/account/sign-in/second-factor") + "?next=" + http::url_encode(next);
    }
    auto response = http::redirect(std::move(location));
    set_session_cookie(response, opened.token, is_https());
    return response;
  }

  AccountDesk desk_;
  html::Page<AccountFormView> page_;
};

}  // namespace

void add_account_pages(http::Router& router, AccountDesk desk) {
  const auto pages = std::make_shared<const AccountPages>(desk);
  using Page = Task<http::Response> (AccountPages::*)(PageContext, http::Request) const;
  const auto add = [&](http::Method method, const std::string& pattern, http::Access access,
                       Page page) {
    add_account_page(router, desk.storefront, method, pattern, std::move(access),
                     [pages, page](PageContext context, http::Request request) {
                       return ((*pages).*page)(std::move(context), std::move(request));
                     });
  };
  using http::Access;
  using http::Method;
  add(Method::get, "/account/sign-in", Access::everyone(), &AccountPages::show_sign_in);
  add(Method::post, "/account/sign-out", Access::customer(), &AccountPages::sign_out);
  add(Method::get, "/account/verify", Access::token_holder(), &AccountPages::show_verification);
  add(Method::post, "/account/verify", Access::token_holder(), &AccountPages::verify);
  if (pages->has_passwords()) {
    add(Method::post, "/account/sign-in", Access::everyone(), &AccountPages::sign_in);
    add(Method::get, "/account/register", Access::everyone(), &AccountPages::show_registration);
    add(Method::post, "/account/register", Access::everyone(), &AccountPages::register_customer);
    add(Method::get, "/account/forgot", Access::everyone(), &AccountPages::show_forgot);
    add(Method::post, "/account/forgot", Access::everyone(), &AccountPages::forgot);
    add(Method::get, "/account/reset", Access::token_holder(), &AccountPages::show_reset);
    add(Method::post, "/account/reset", Access::token_holder(), &AccountPages::reset);
  }
  add_account_settings(router, std::move(desk));
}

}  // namespace osier::identity
