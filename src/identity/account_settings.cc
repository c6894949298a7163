// Pages of people who are signed in.

#include <algorithm>

#include "identity/account_visit.h"
#include "identity/step_up.h"
#include "platform/locale/locale.h"

namespace osier::identity {

using catalog::PageContext;
namespace {

class AccountSettings {
 public:
  explicit AccountSettings(AccountDesk desk)
      : desk_(std::move(desk)),
        overview_(desk_.storefront.engine().page<AccountView>("account.html")),
        form_(desk_.storefront.engine().page<AccountFormView>("account_form.html")),
        devices_(desk_.storefront.engine().page<DevicesView>("devices.html")) {}

  Task<http::Response> show_overview(PageContext context, http::Request request) const {
    const auto customer = co_await desk_.accounts.find(customer_of(request));
    if (!customer) co_return signed_out(context);
    auto view = view_of(*customer, context);
    view.form_token = form_token_of(request, is_https());
    view.notice = notice_of(request, context);
    if (!desk_.issuers.of(config::SignInRealm::customers).empty()) {
      view.parts.push_back({.title = context.text("federation.connections"),
                            .detail = context.text("account.connections.detail"),
                            .url = context.url("/account/connections")});
    }
    co_return http::html(200, overview_.render(view, *context.texts));
  }

  Task<http::Response> send_verification(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    const auto sent =
        co_await desk_.accounts.send_verification(customer_of(request), request.client_address);
    if (!sent) {
      auto view = message_view(context, "registered");
      show_refusal(view, sent.error(), context);
      co_return with_retry_after(
          http::html(status_of(sent.error()), form_.render(view, *context.texts)), sent.error());
    }
    co_return done(context, "/account", "link_sent");
  }

  // --- Profile.

  Task<http::Response> show_profile(PageContext context, http::Request request) const {
    const auto customer = co_await desk_.accounts.find(customer_of(request));
    if (!customer) co_return signed_out(context);
    const CustomerProfile profile{.given_name = customer->given_name,
                                  .family_name = customer->family_name,
                                  .phone = customer->phone,
                                  .locale = customer->locale};
    co_return show(200, profile_view(context, profile), request, context);
  }

  Task<http::Response> change_profile(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    CustomerProfile profile{.given_name = text_of(form, "given_name"),
                            .family_name = text_of(form, "family_name"),
                            .phone = text_of(form, "phone"),
                            .locale = text_of(form, "locale")};
    const auto& locales = context.market().locales;
    if (std::ranges::find(locales, profile.locale) == locales.end())
      profile.locale = context.place.locale;
    const auto changed = co_await desk_.accounts.change_profile(customer_of(request), profile);
    if (!changed)
      co_return refuse(profile_view(context, profile), changed.error(), request, context);
    co_return done(context, "/account", "profile");
  }

  // --- Password.

  Task<http::Response> show_password(PageContext context, http::Request request) const {
    if (auto asked = ask_first(request, context, "/account/password")) co_return *std::move(asked);
    co_return show(200, co_await password_view(context, request), request, context);
  }

  Task<http::Response> change_password(PageContext context, http::Request request) const {
    if (auto asked = ask_first(request, context, "/account/password")) co_return *std::move(asked);
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    const SessionId session{request.principal->session};
    const auto changed = co_await desk_.accounts.change_password(
        customer_of(request), session, text_of(form, "password"), request);
    if (!changed) {
      auto view = co_await password_view(context, request);
      co_return refuse(std::move(view), changed.error(), request, context);
    }
    auto response = done(context, "/account", "password");
    set_session_cookie(response, changed->token, is_https());
    co_return response;
  }

  // --- Address.

  Task<http::Response> show_email(PageContext context, http::Request request) const {
    if (auto asked = ask_first(request, context, "/account/email")) co_return *std::move(asked);
    co_return show(200, co_await email_view(context, request, ""), request, context);
  }

  Task<http::Response> ask_for_email(PageContext context, http::Request request) const {
    if (auto asked = ask_first(request, context, "/account/email")) co_return *std::move(asked);
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    const std::string email = text_of(form, "email");
    const auto asked =
        co_await desk_.accounts.ask_for_email(customer_of(request), email, request.client_address);
    if (!asked) {
      auto view = co_await email_view(context, request, email);
      co_return refuse(std::move(view), asked.error(), request, context);
    }
    auto view = message_view(context, "email_sent");
    view.links = {link_to(context, "/account", "account.back")};
    co_return show(200, std::move(view), request, context);
  }

  Task<http::Response> show_email_confirmation(PageContext context, http::Request request) const {
    const std::string token = text_of(request.parameters(), "token");
    if (!co_await desk_.accounts.is_living(EmailPurpose::change_email, token))
      co_return void_link(context);
    auto view = form_view(context, "email_confirm", "/account/email/confirm");
    view.token = token;
    co_return show(200, std::move(view), request, context);
  }

  Task<http::Response> confirm_email(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    const auto changed =
        co_await desk_.accounts.change_email(customer_of(request), text_of(form, "token"), request);
    if (!changed) co_return void_link(context);
    co_return done(context, "/account", "email");
  }

  // --- Devices.

  Task<http::Response> show_devices(PageContext context, http::Request request) const {
    const auto devices = co_await desk_.accounts.devices(customer_of(request));
    auto view = view_of(devices, SessionId{request.principal->session}, context);
    view.form_token = form_token_of(request, is_https());
    view.notice = notice_of(request, context);
    co_return http::html(200, devices_.render(view, *context.texts));
  }

  Task<http::Response> revoke(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    const auto id = Uuid::parse(request.path_value(0));
    if (!id || !co_await desk_.accounts.revoke(customer_of(request), SessionId{*id}))
      co_return desk_.storefront.error_page(request, 404);
    co_return done(context, "/account/devices", "device");
  }

  Task<http::Response> revoke_others(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, is_https()))
      co_return desk_.storefront.error_page(request, 403);
    co_await desk_.accounts.revoke_others(customer_of(request),
                                          SessionId{request.principal->session});
    co_return done(context, "/account/devices", "devices");
  }

 private:
  bool is_https() const { return desk_.storefront.is_https(); }

  static http::Response signed_out(const PageContext& context) {
    return http::redirect(context.url("/account/sign-in"));
  }

  static http::Response done(const PageContext& context, std::string_view path,
                             std::string_view what) {
    return http::redirect(context.url(path) + "?done=" + std::string(what));
  }

  static std::string notice_of(const http::Request& request, const PageContext& context) {
    const std::string done = text_of(request.parameters(), "done");
    for (const std::string_view known :
         {"verified", "link_sent", "profile", "password", "email", "device", "devices"}) {
      if (done == known) return context.text("account.done." + done);
    }
    return {};
  }

  std::optional<http::Response> ask_first(const http::Request& request, const PageContext& context,
                                          std::string_view path) const {
    return ask_to_confirm(request, context.now, context.url("/account/confirm"), context.url(path));
  }

  AccountFormView profile_view(const PageContext& context, const CustomerProfile& profile) const {
    auto view = form_view(context, "profile", "/account/profile");
    const int length = static_cast<int>(name_length_max);
    view.fields_shown = {
        text_field(context, "given_name", "given-name", profile.given_name, length),
        text_field(context, "family_name", "family-name", profile.family_name, length),
        text_field(context, "phone", "tel", profile.phone, static_cast<int>(phone_length_max)),
        text_field(context, "locale", "", "", 0)};
    view.fields_shown[2].type = "tel";
    FieldView& language = view.fields_shown.back();
    language.type = "select";
    language.hint = context.text("account.field.locale_hint");
    for (const std::string& tag : context.market().locales) {
      const auto known = locale::Locale::parse(tag).value_or(locale::Locale{});
      language.choices.push_back({tag, locale::own_name(known), tag == profile.locale});
    }
    view.links = {link_to(context, "/account", "account.back")};
    return view;
  }

  Task<AccountFormView> password_view(PageContext context, const http::Request& request) const {
    const bool has_factor = co_await desk_.accounts.has_second_factor(customer_of(request));
    auto view = form_view(context, "password", "/account/password");
    view.fields_shown = {
        new_password_field(context, has_factor ? OtherFactor::present : OtherFactor::none)};
    view.links = {link_to(context, "/account", "account.back")};
    co_return view;
  }

  Task<AccountFormView> email_view(PageContext context, const http::Request& request,
                                   std::string typed) const {
    auto view = form_view(context, "email", "/account/email");
    const auto customer = co_await desk_.accounts.find(customer_of(request));
    if (customer) {
      view.lead =
          context.text("account.email.lead_now", {{"email", std::string_view(customer->email)}});
    }
    view.fields_shown = {email_field(context, std::move(typed))};
    view.fields_shown.front().label = context.text("account.field.new_email");
    view.fields_shown.front().autocomplete = "email";
    view.links = {link_to(context, "/account", "account.back")};
    co_return view;
  }

  http::Response show(int status, AccountFormView view, const http::Request& request,
                      const PageContext& context) const {
    view.form_token = form_token_of(request, is_https());
    return http::html(status, form_.render(view, *context.texts));
  }

  http::Response refuse(AccountFormView view, const AccountRefusal& refusal,
                        const http::Request& request, const PageContext& context) const {
    if (refusal.reason == AccountReason::signed_out) return signed_out(context);
    show_refusal(view, refusal, context);
    return with_retry_after(show(status_of(refusal), std::move(view), request, context), refusal);
  }

  http::Response void_link(const PageContext& context) const {
    auto view = message_view(context, "link_void");
    view.links = {link_to(context, "/account", "account.back")};
    return http::html(400, form_.render(view, *context.texts));
  }

  AccountDesk desk_;
  html::Page<AccountView> overview_;
  html::Page<AccountFormView> form_;
  html::Page<DevicesView> devices_;
};

}  // namespace

void add_account_settings(http::Router& router, AccountDesk desk) {
  const auto pages = std::make_shared<const AccountSettings>(desk);
  using Page = Task<http::Response> (AccountSettings::*)(PageContext, http::Request) const;
  const auto add = [&](http::Method method, const std::string& pattern, Page page) {
    add_account_page(router, desk.storefront, method, pattern, http::Access::customer(),
                     [pages, page](PageContext context, http::Request request) {
                       return ((*pages).*page)(std::move(context), std::move(request));
                     });
  };
  using http::Method;
  add(Method::get, "/account", &AccountSettings::show_overview);
  add(Method::post, "/account/verify/again", &AccountSettings::send_verification);
  add(Method::get, "/account/profile", &AccountSettings::show_profile);
  add(Method::post, "/account/profile", &AccountSettings::change_profile);
  if (desk.passwords == Passwords::here) {
    add(Method::get, "/account/password", &AccountSettings::show_password);
    add(Method::post, "/account/password", &AccountSettings::change_password);
  }
  add(Method::get, "/account/email", &AccountSettings::show_email);
  add(Method::post, "/account/email", &AccountSettings::ask_for_email);
  add(Method::get, "/account/email/confirm", &AccountSettings::show_email_confirmation);
  add(Method::post, "/account/email/confirm", &AccountSettings::confirm_email);
  add(Method::get, "/account/devices", &AccountSettings::show_devices);
  add(Method::post, "/account/devices/sign-out-others", &AccountSettings::revoke_others);
  add(Method::post, "/account/devices/{session}/sign-out", &AccountSettings::revoke);
}

}  // namespace osier::identity
