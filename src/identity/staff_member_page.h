// Views of the pages on which staff, roles and API keys are managed. Internal to the room.

#pragma once

#include <string>
#include <vector>

#include "web/admin_shell.h"

namespace osier::identity {

// One box of a list that is ticked: a role, a permission.
struct CheckView {
  std::string value;
  std::string label;
  std::string sentence;
  bool is_checked = false;
  bool is_fixed = false;  // Whoever looks may not change it.

  static constexpr auto fields() {
    using View = CheckView;
    return html::fields<View>(
        html::field("value", &View::value), html::field("label", &View::label),
        html::field("sentence", &View::sentence), html::field("is_checked", &View::is_checked),
        html::field("is_fixed", &View::is_fixed));
  }
};

struct TagView {
  std::string label;
  std::string kind;  // "good", "warn", "bad" or empty.

  static constexpr auto fields() {
    return html::fields<TagView>(html::field("label", &TagView::label),
                                 html::field("kind", &TagView::kind));
  }
};

// admin_staff.html.
struct StaffListView : web::AdminPage {
  struct Row {
    std::string url;
    std::string name;
    std::string email;
    std::string roles;
    TagView state;

    static constexpr auto fields() {
      return html::fields<Row>(html::field("url", &Row::url), html::field("name", &Row::name),
                               html::field("email", &Row::email), html::field("roles", &Row::roles),
                               html::field("state", &Row::state));
    }
  };
  std::vector<Row> rows;

  static constexpr auto fields() {
    using View = StaffListView;
    return html::fields<View>(html::field("shell", &View::shell), html::field("head", &View::head),
                              html::field("rows", &View::rows));
  }
};

// admin_staff_new.html.
struct StaffInviteView : web::AdminPage {
  std::string form_token;
  std::string name;
  std::string email;
  std::vector<web::OptionView> languages;
  std::vector<CheckView> roles;

  static constexpr auto fields() {
    using View = StaffInviteView;
    return html::fields<View>(html::field("shell", &View::shell), html::field("head", &View::head),
                              html::field("form_token", &View::form_token),
                              html::field("name", &View::name), html::field("email", &View::email),
                              html::field("languages", &View::languages),
                              html::field("roles", &View::roles));
  }
};

// admin_staff_member.html.
struct StaffMemberView : web::AdminPage {
  std::string form_token;
  std::string url;  // Of the page; its actions lie below.
  std::string email;
  std::string since;
  std::string factors;
  std::string invited_until;  // Empty: no invitation is open.
  TagView state;
  std::vector<CheckView> roles;
  bool is_self = false;
  bool is_disabled = false;

  static constexpr auto fields() {
    using View = StaffMemberView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("form_token", &View::form_token), html::field("url", &View::url),
        html::field("email", &View::email), html::field("since", &View::since),
        html::field("factors", &View::factors), html::field("invited_until", &View::invited_until),
        html::field("state", &View::state), html::field("roles", &View::roles),
        html::field("is_self", &View::is_self), html::field("is_disabled", &View::is_disabled));
  }
};

// admin_roles.html.
struct RoleListView : web::AdminPage {
  struct Row {
    std::string url;  // Empty: it cannot be edited.
    std::string name;
    std::string description;
    std::string permissions;
    std::string members;

    static constexpr auto fields() {
      return html::fields<Row>(html::field("url", &Row::url), html::field("name", &Row::name),
                               html::field("description", &Row::description),
                               html::field("permissions", &Row::permissions),
                               html::field("members", &Row::members));
    }
  };
  std::vector<Row> rows;

  static constexpr auto fields() {
    using View = RoleListView;
    return html::fields<View>(html::field("shell", &View::shell), html::field("head", &View::head),
                              html::field("rows", &View::rows));
  }
};

// admin_role.html.
struct RoleView : web::AdminPage {
  std::string form_token;
  std::string action_url;
  std::string remove_url;  // Empty: it is new, or somebody has it.
  std::string name;
  std::string description;
  std::vector<CheckView> permissions;

  static constexpr auto fields() {
    using View = RoleView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("form_token", &View::form_token), html::field("action_url", &View::action_url),
        html::field("remove_url", &View::remove_url), html::field("name", &View::name),
        html::field("description", &View::description),
        html::field("permissions", &View::permissions));
  }
};

// admin_api_keys.html.
struct ApiKeyListView : web::AdminPage {
  struct Row {
    std::string name;
    std::string prefix;
    std::string scopes;
    std::string expires;
    std::string last_used;
    TagView state;
    std::string revoke_url;  // Empty: it is over.

    static constexpr auto fields() {
      return html::fields<Row>(
          html::field("name", &Row::name), html::field("prefix", &Row::prefix),
          html::field("scopes", &Row::scopes), html::field("expires", &Row::expires),
          html::field("last_used", &Row::last_used), html::field("state", &Row::state),
          html::field("revoke_url", &Row::revoke_url));
    }
  };
  std::string form_token;
  std::string token;  // Of the one that was just made; shown this once.
  std::vector<Row> rows;

  static constexpr auto fields() {
    using View = ApiKeyListView;
    return html::fields<View>(html::field("shell", &View::shell), html::field("head", &View::head),
                              html::field("form_token", &View::form_token),
                              html::field("token", &View::token), html::field("rows", &View::rows));
  }
};

// admin_api_key_new.html.
struct ApiKeyNewView : web::AdminPage {
  std::string form_token;
  std::string name;
  std::vector<web::OptionView> lifetimes;
  std::vector<CheckView> scopes;

  static constexpr auto fields() {
    using View = ApiKeyNewView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("form_token", &View::form_token), html::field("name", &View::name),
        html::field("lifetimes", &View::lifetimes), html::field("scopes", &View::scopes));
  }
};

}  // namespace osier::identity
