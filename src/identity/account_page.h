// What the pages of customers' accounts show. Every string is ready to read. Internal to the room.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/storefront.h"
#include "identity/customers.h"
#include "identity/factor_page.h"

namespace osier::identity {

struct ChoiceView {
  std::string value;
  std::string label;
  bool is_chosen = false;

  static constexpr auto fields() {
    return html::fields<ChoiceView>(html::field("value", &ChoiceView::value),
                                    html::field("label", &ChoiceView::label),
                                    html::field("is_chosen", &ChoiceView::is_chosen));
  }
};

// partials/account_field.html.
struct FieldView {
  std::string name;
  std::string label;
  std::string type = "text";  // Of an input; "select": one of the choices.
  std::string autocomplete{};
  std::string value{};
  std::string hint{};
  std::string error{};
  bool is_required = false;
  int length_max = 254;
  std::vector<ChoiceView> choices{};

  static constexpr auto fields() {
    using View = FieldView;
    return html::fields<View>(
        html::field("name", &View::name), html::field("label", &View::label),
        html::field("type", &View::type), html::field("autocomplete", &View::autocomplete),
        html::field("value", &View::value), html::field("hint", &View::hint),
        html::field("error", &View::error), html::field("is_required", &View::is_required),
        html::field("length_max", &View::length_max), html::field("choices", &View::choices));
  }
};

// account_form.html: something to read, and at most one form. Signing in has other ways beside it.
struct AccountFormView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string lead{};
  std::string notice{};
  std::string error{};
  std::string action_url{};  // Empty: there is no form.
  std::string form_token{};
  std::string token{};  // Of the link that led here.
  std::string next{};
  std::vector<FieldView> fields_shown{};
  std::string button{};
  std::vector<PasskeyFormView> passkey{};  // One, or none.
  std::vector<web::LinkView> issuers{};
  std::vector<web::LinkView> links{};

  static constexpr auto fields() {
    using View = AccountFormView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("title", &View::title), html::field("lead", &View::lead),
        html::field("notice", &View::notice), html::field("error", &View::error),
        html::field("action_url", &View::action_url), html::field("form_token", &View::form_token),
        html::field("token", &View::token), html::field("next", &View::next),
        html::field("fields_shown", &View::fields_shown), html::field("button", &View::button),
        html::field("passkey", &View::passkey), html::field("issuers", &View::issuers),
        html::field("links", &View::links));
  }
};

// One subject of the overview, and where it is changed.
struct AccountPartView {
  std::string title;
  std::string detail;
  std::string url;

  static constexpr auto fields() {
    return html::fields<AccountPartView>(html::field("title", &AccountPartView::title),
                                         html::field("detail", &AccountPartView::detail),
                                         html::field("url", &AccountPartView::url));
  }
};

// account.html.
struct AccountView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string notice{};
  std::string form_token{};
  std::string verify_url{};  // Sends a link; empty: the address is proved.
  std::vector<AccountPartView> parts{};
  std::string sign_out_url{};

  static constexpr auto fields() {
    using View = AccountView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("title", &View::title), html::field("notice", &View::notice),
        html::field("form_token", &View::form_token), html::field("verify_url", &View::verify_url),
        html::field("parts", &View::parts), html::field("sign_out_url", &View::sign_out_url));
  }
};

struct DeviceView {
  std::string name;
  std::string detail;
  std::string revoke_url;  // Empty: it is the one that asks.

  static constexpr auto fields() {
    return html::fields<DeviceView>(html::field("name", &DeviceView::name),
                                    html::field("detail", &DeviceView::detail),
                                    html::field("revoke_url", &DeviceView::revoke_url));
  }
};

// devices.html.
struct DevicesView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string notice{};
  std::string form_token{};
  std::vector<DeviceView> devices{};
  std::string revoke_others_url{};  // Empty: there are no others.
  std::string account_url{};

  static constexpr auto fields() {
    using View = DevicesView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("title", &View::title), html::field("notice", &View::notice),
        html::field("form_token", &View::form_token), html::field("devices", &View::devices),
        html::field("revoke_others_url", &View::revoke_others_url),
        html::field("account_url", &View::account_url));
  }
};

// A form's page, titled by the text "account.<key>.title", with the button of that key.
AccountFormView form_view(const catalog::PageContext& context, const std::string& key,
                          const std::string& action_path);
// A page that only says something: "account.<key>.title" and ".message".
AccountFormView message_view(const catalog::PageContext& context, const std::string& key);

FieldView email_field(const catalog::PageContext& context, std::string value);
// Of an account's password, or of a new one with the rule beneath it.
FieldView password_field(const catalog::PageContext& context);
FieldView new_password_field(const catalog::PageContext& context, OtherFactor other);
FieldView text_field(const catalog::PageContext& context, std::string name,
                     std::string autocomplete, std::string value, int length_max);

web::LinkView link_to(const catalog::PageContext& context, std::string_view path,
                      std::string_view key);

// What is wrong, beside the field that it is about, or above the form.
void show_refusal(AccountFormView& view, const AccountRefusal& refusal,
                  const catalog::PageContext& context);
int status_of(const AccountRefusal& refusal);

AccountView view_of(const Customer& customer, const catalog::PageContext& context);
DevicesView view_of(const std::vector<CustomerAccounts::Device>& devices, SessionId asking,
                    const catalog::PageContext& context);

}  // namespace osier::identity
