// Views of the pages on which staff sign in and look after their own account. Internal to the room.

#pragma once

#include <string>
#include <vector>

#include "identity/factor_page.h"
#include "web/admin_shell.h"

namespace osier::identity {

// admin_sign_in.html.
struct StaffSignInView : web::AdminPage {
  std::string email;
  std::string next;
  std::vector<PasskeyFormView> passkey;  // One, or none.

  static constexpr auto fields() {
    using View = StaffSignInView;
    return html::fields<View>(html::field("shell", &View::shell), html::field("head", &View::head),
                              html::field("email", &View::email), html::field("next", &View::next),
                              html::field("passkey", &View::passkey));
  }
};

// admin_password.html: a first password, or another.
struct StaffPasswordView : web::AdminPage {
  std::string lead;
  std::string action_url;
  std::string form_token;
  std::string email;  // For the browser's list of passwords.
  bool asks_current = false;
  std::string button;

  static constexpr auto fields() {
    using View = StaffPasswordView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("lead", &View::lead), html::field("action_url", &View::action_url),
        html::field("form_token", &View::form_token), html::field("email", &View::email),
        html::field("asks_current", &View::asks_current), html::field("button", &View::button));
  }
};

// admin_message.html: one thing to say, and where to go on.
struct StaffMessageView : web::AdminPage {
  std::string message;
  web::LinkView on;

  static constexpr auto fields() {
    using View = StaffMessageView;
    return html::fields<View>(html::field("shell", &View::shell), html::field("head", &View::head),
                              html::field("message", &View::message), html::field("on", &View::on));
  }
};

struct StaffSessionView {
  std::string id;
  std::string since;
  std::string last_seen;
  std::string methods;
  bool is_this = false;

  static constexpr auto fields() {
    using View = StaffSessionView;
    return html::fields<View>(html::field("id", &View::id), html::field("since", &View::since),
                              html::field("last_seen", &View::last_seen),
                              html::field("methods", &View::methods),
                              html::field("is_this", &View::is_this));
  }
};

// admin_account.html.
struct StaffAccountView : web::AdminPage {
  std::string email;
  std::string roles;
  std::string form_token;
  std::vector<web::OptionView> languages;
  std::vector<StaffSessionView> sessions;

  static constexpr auto fields() {
    using View = StaffAccountView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("email", &View::email), html::field("roles", &View::roles),
        html::field("form_token", &View::form_token), html::field("languages", &View::languages),
        html::field("sessions", &View::sessions));
  }
};

// admin_home.html.
struct StaffHomeView : web::AdminPage {
  std::string lead;

  static constexpr auto fields() {
    using View = StaffHomeView;
    return html::fields<View>(html::field("shell", &View::shell), html::field("head", &View::head),
                              html::field("lead", &View::lead));
  }
};

}  // namespace osier::identity
