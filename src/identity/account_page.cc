#include "identity/account_page.h"

#include <algorithm>
#include <chrono>

#include "platform/locale/format.h"

namespace osier::identity {

using catalog::PageContext;
namespace {

constexpr int password_field_max = 512;

web::Head head_of(const PageContext& context, const std::string& title) {
  web::Head head;
  head.title = title + " · " + context.shell->shop_name;
  head.is_indexed = false;
  return head;
}

std::string day_text(Instant moment, const PageContext& context) {
  return locale::format_date(moment, context.locale, context.market().time_zone,
                             locale::DateStyle::date);
}

}  // namespace

web::LinkView link_to(const PageContext& context, std::string_view path, std::string_view key) {
  return {.url = context.url(path), .label = context.text(key)};
}

AccountFormView form_view(const PageContext& context, const std::string& key,
                          const std::string& action_path) {
  AccountFormView view{
      .shell = context.shell, .head = {}, .title = context.text("account." + key + ".title")};
  view.head = head_of(context, view.title);
  view.lead = context.text("account." + key + ".lead");
  view.action_url = context.url(action_path);
  view.button = context.text("account." + key + ".button");
  return view;
}

AccountFormView message_view(const PageContext& context, const std::string& key) {
  AccountFormView view{
      .shell = context.shell, .head = {}, .title = context.text("account." + key + ".title")};
  view.head = head_of(context, view.title);
  view.lead = context.text("account." + key + ".message");
  return view;
}

FieldView text_field(const PageContext& context, std::string name, std::string autocomplete,
                     std::string value, int length_max) {
  FieldView field{.name = std::move(name), .label = {}};
  field.label = context.text("account.field." + field.name);
  field.autocomplete = std::move(autocomplete);
  field.value = std::move(value);
  field.length_max = length_max;
  return field;
}

FieldView email_field(const PageContext& context, std::string value) {
  auto field = text_field(context, "email", "username", std::move(value), 320);
  field.type = "email";
  field.is_required = true;
  return field;
}

FieldView password_field(const PageContext& context) {
  auto field = text_field(context, "password", "current-password", "", password_field_max);
  field.type = "password";
  field.is_required = true;
  return field;
}

FieldView new_password_field(const PageContext& context, OtherFactor other) {
  auto field = text_field(context, "password", "new-password", "", password_field_max);
  field.label = context.text("account.field.new_password");
  field.type = "password";
  field.is_required = true;
  const std::int64_t least = other == OtherFactor::present ? password_length_with_second_factor_min
                                                           : password_length_alone_min;
  field.hint = context.text("account.field.new_password_hint", {{"count", least}});
  return field;
}

int status_of(const AccountRefusal& refusal) {
  switch (refusal.reason) {
    case AccountReason::bad_email:
    case AccountReason::bad_name:
    case AccountReason::bad_phone:
    case AccountReason::bad_password:
    case AccountReason::link_void:
      return 400;
    case AccountReason::wrong:
    case AccountReason::signed_out:
      return 401;
    case AccountReason::throttled:
      return 429;
  }
}

namespace {

std::string words_of(const AccountRefusal& refusal, const PageContext& context) {
  switch (refusal.reason) {
    case AccountReason::bad_email:
      return context.text("account.error.email");
    case AccountReason::bad_name:
      return context.text("account.error.name");
    case AccountReason::bad_phone:
      return context.text("account.error.phone");
    case AccountReason::bad_password:
      return context.text("account.error.password." + std::string(to_string(*refusal.password)));
    case AccountReason::wrong:
      return context.text("account.error.wrong");
    case AccountReason::throttled: {
      const std::int64_t minutes = std::max<std::int64_t>(
          1, std::chrono::ceil<std::chrono::minutes>(refusal.retry_after).count());
      return context.text("account.error.throttled", {{"minutes", minutes}});
    }
    case AccountReason::link_void:
      return context.text("account.error.link_void");
    case AccountReason::signed_out:
      return context.text("account.error.signed_out");
  }
}

// Whose fault it is; empty: no field's.
std::vector<std::string_view> fields_at_fault(AccountReason reason) {
  switch (reason) {
    case AccountReason::bad_email:
      return {"email"};
    case AccountReason::bad_name:
      return {"given_name", "family_name"};
    case AccountReason::bad_phone:
      return {"phone"};
    case AccountReason::bad_password:
      return {"password"};
    default:
      return {};
  }
}

}  // namespace

void show_refusal(AccountFormView& view, const AccountRefusal& refusal,
                  const PageContext& context) {
  view.notice.clear();
  std::string words = words_of(refusal, context);
  const auto at_fault = fields_at_fault(refusal.reason);
  for (FieldView& field : view.fields_shown) {
    if (std::ranges::find(at_fault, field.name) == at_fault.end()) continue;
    field.error = words;
  }
  view.error = at_fault.empty() ? std::move(words) : context.text("account.error.look");
}

AccountView view_of(const Customer& customer, const PageContext& context) {
  const std::string& given = customer.given_name;
  AccountView view{
      .shell = context.shell,
      .head = head_of(context, context.text("account.title")),
      .title = given.empty() ? context.text("account.title")
                             : context.text("account.hello", {{"name", std::string_view(given)}})};
  view.sign_out_url = context.url("/account/sign-out");
  if (!customer.verified_at) view.verify_url = context.url("/account/verify/again");
  const auto add = [&](const std::string& key, std::string_view path, std::string detail) {
    view.parts.push_back(
        {.title = context.text("account." + key + ".title"),
         .detail = detail.empty() ? context.text("account." + key + ".detail") : std::move(detail),
         .url = context.url(path)});
  };
  add("orders", "/account/orders", "");
  add("profile", "/account/profile", customer.name());
  add("addresses", "/account/addresses", "");
  add("email", "/account/email", customer.email);
  add("password", "/account/password", "");
  add("factors", "/account/second-factors", "");
  add("devices", "/account/devices", "");
  return view;
}

DevicesView view_of(const std::vector<CustomerAccounts::Device>& devices, SessionId asking,
                    const PageContext& context) {
  DevicesView view{.shell = context.shell,
                   .head = head_of(context, context.text("account.devices.title")),
                   .title = context.text("account.devices.title")};
  view.account_url = context.url("/account");
  for (const CustomerAccounts::Device& device : devices) {
    const std::string since = day_text(device.session.created_at, context);
    const std::string seen = day_text(device.session.last_seen_at, context);
    DeviceView row{
        .name = device.name.empty() ? context.text("account.devices.unknown") : device.name,
        .detail = context.text("account.devices.seen", {{"since", std::string_view(since)},
                                                        {"seen", std::string_view(seen)}}),
        .revoke_url = {}};
    if (device.session.id == asking) {
      row.detail = context.text("account.devices.this_one", {{"since", std::string_view(since)}});
    } else {
      row.revoke_url =
          context.url("/account/devices/" + device.session.id.value().to_string() + "/sign-out");
      view.revoke_others_url = context.url("/account/devices/sign-out-others");
    }
    view.devices.push_back(std::move(row));
  }
  return view;
}

}  // namespace osier::identity
