// What the pages of second factors show, in either realm: each is the same piece of page in the
// frame of the storefront or of the admin portal. Every string is ready to read. Internal to the
// room.

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "platform/html/view.h"
#include "web/shell.h"

namespace osier::identity {

// partials/passkey_form.html: a button that has the browser ask an authenticator. Hidden until the
// script knows that it can.
struct PasskeyFormView {
  std::string ceremony;     // "create" or "get".
  std::string options_url;  // Gives the script what to ask for.
  std::string action_url;   // Takes the answer.
  std::string next;
  std::string form_token;
  std::string script_url;
  std::string button;
  std::string problem;    // Shown by the script if nothing comes of it.
  std::string absent;     // Shown without the script.
  bool autofill = false;  // Also offered in the field that is for it.

  static constexpr auto fields() {
    using View = PasskeyFormView;
    return html::fields<View>(
        html::field("ceremony", &View::ceremony), html::field("options_url", &View::options_url),
        html::field("action_url", &View::action_url), html::field("next", &View::next),
        html::field("form_token", &View::form_token), html::field("script_url", &View::script_url),
        html::field("button", &View::button), html::field("problem", &View::problem),
        html::field("absent", &View::absent), html::field("autofill", &View::autofill));
  }
};

// factor_question.html: prove it, after the first factor or once more.
struct FactorQuestionView {
  std::string title;
  std::string lead;
  std::string error;
  std::string wrong_field;  // "code", "recovery_code", "password", or empty: none of them.
  std::string action_url;
  std::string next;
  std::string form_token;
  bool has_app = false;
  bool has_recovery = false;
  bool has_password = false;
  std::vector<PasskeyFormView> passkey;  // One, or none.
  std::vector<web::LinkView> links;      // Other ways on.

  static constexpr auto fields() {
    using View = FactorQuestionView;
    return html::fields<View>(
        html::field("title", &View::title), html::field("lead", &View::lead),
        html::field("error", &View::error), html::field("wrong_field", &View::wrong_field),
        html::field("action_url", &View::action_url), html::field("next", &View::next),
        html::field("form_token", &View::form_token), html::field("has_app", &View::has_app),
        html::field("has_recovery", &View::has_recovery),
        html::field("has_password", &View::has_password), html::field("passkey", &View::passkey),
        html::field("links", &View::links));
  }
};

struct PasskeyRowView {
  std::string name;
  std::string detail;  // When it was added and last used.
  std::string url;

  static constexpr auto fields() {
    using View = PasskeyRowView;
    return html::fields<View>(html::field("name", &View::name),
                              html::field("detail", &View::detail), html::field("url", &View::url));
  }
};

// factor_overview.html: what the account has. For staff who have nothing yet, what they must.
struct FactorOverviewView {
  std::string title;
  std::string lead;
  std::string notice;
  std::string app_url;
  std::string app_detail;  // Empty: there is none.
  std::string remove_app_url;
  std::string add_passkey_url;  // Empty: there can be none at this address.
  std::vector<PasskeyRowView> passkeys;
  std::string codes_detail;  // Empty: nothing to recover from.
  bool has_few_codes = false;
  std::string codes_url;
  std::vector<web::LinkView> links;

  static constexpr auto fields() {
    using View = FactorOverviewView;
    return html::fields<View>(
        html::field("title", &View::title), html::field("lead", &View::lead),
        html::field("notice", &View::notice), html::field("app_url", &View::app_url),
        html::field("app_detail", &View::app_detail),
        html::field("remove_app_url", &View::remove_app_url),
        html::field("add_passkey_url", &View::add_passkey_url),
        html::field("passkeys", &View::passkeys), html::field("codes_detail", &View::codes_detail),
        html::field("has_few_codes", &View::has_few_codes),
        html::field("codes_url", &View::codes_url), html::field("links", &View::links));
  }
};

// app_set_up.html: the QR code, and the first code of the app that has read it.
struct AppSetUpView {
  std::string title;
  html::Html qr_code;
  std::string secret;  // The same to type.
  std::string error;
  std::string action_url;
  std::string form_token;
  web::LinkView back;

  static constexpr auto fields() {
    using View = AppSetUpView;
    return html::fields<View>(
        html::field("title", &View::title), html::field("qr_code", &View::qr_code),
        html::field("secret", &View::secret), html::field("error", &View::error),
        html::field("action_url", &View::action_url), html::field("form_token", &View::form_token),
        html::field("back", &View::back));
  }
};

// passkey_add.html: a name for it, and the button.
struct PasskeyAddView {
  std::string title;
  std::string lead;
  std::string error;
  PasskeyFormView form;
  web::LinkView back;

  static constexpr auto fields() {
    using View = PasskeyAddView;
    return html::fields<View>(html::field("title", &View::title), html::field("lead", &View::lead),
                              html::field("error", &View::error), html::field("form", &View::form),
                              html::field("back", &View::back));
  }
};

// factor_change.html: another name for a passkey; or none of it any more.
struct FactorChangeView {
  std::string title;
  std::string rename_url;  // Empty: it has no name.
  std::string name;
  std::string name_error;
  std::string remove_url;
  std::string remove_lead;
  std::string remove_error;  // Beside the password if that is asked for.
  bool can_remove = true;
  bool asks_password = false;
  std::string form_token;
  web::LinkView back;

  static constexpr auto fields() {
    using View = FactorChangeView;
    return html::fields<View>(
        html::field("title", &View::title), html::field("rename_url", &View::rename_url),
        html::field("name", &View::name), html::field("name_error", &View::name_error),
        html::field("remove_url", &View::remove_url),
        html::field("remove_lead", &View::remove_lead),
        html::field("remove_error", &View::remove_error),
        html::field("can_remove", &View::can_remove),
        html::field("asks_password", &View::asks_password),
        html::field("form_token", &View::form_token), html::field("back", &View::back));
  }
};

// recovery_codes.html: how many are left, or ten that are shown once.
struct RecoveryCodesView {
  std::string title;
  std::string lead;
  std::vector<std::string> codes;  // Empty: they are not shown again.
  std::string renew_url;
  std::string form_token;
  web::LinkView on;

  static constexpr auto fields() {
    using View = RecoveryCodesView;
    return html::fields<View>(
        html::field("title", &View::title), html::field("lead", &View::lead),
        html::field("codes", &View::codes), html::field("renew_url", &View::renew_url),
        html::field("form_token", &View::form_token), html::field("on", &View::on));
  }
};

using FactorContent = std::variant<FactorQuestionView, FactorOverviewView, AppSetUpView,
                                   PasskeyAddView, FactorChangeView, RecoveryCodesView>;

}  // namespace osier::identity
