// What surrounds every page of the admin portal: plain views for templates/admin_layout.html.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/html/view.h"
#include "web/shell.h"

namespace osier::web {

// A part of the navigation: links that belong together.
struct AdminGroupView {
  std::string label;
  std::vector<LinkView> links;

  static constexpr auto fields() {
    return html::fields<AdminGroupView>(html::field("label", &AdminGroupView::label),
                                        html::field("links", &AdminGroupView::links));
  }
};

// The same for all pages of one request.
struct AdminShell {
  std::string shop_name;
  std::string locale;
  std::string direction;  // "ltr" or "rtl"
  std::string home_url;
  std::string shop_url;
  std::string stylesheet_url;
  std::string script_url;
  bool is_signed_in = false;
  std::string member_name;
  std::string account_url;
  std::string sign_out_url;
  std::string form_token;  // Goes with every form; see form_token.h.
  std::vector<AdminGroupView> navigation;

  static constexpr auto fields() {
    return html::fields<AdminShell>(html::field("shop_name", &AdminShell::shop_name),
                                    html::field("locale", &AdminShell::locale),
                                    html::field("direction", &AdminShell::direction),
                                    html::field("home_url", &AdminShell::home_url),
                                    html::field("shop_url", &AdminShell::shop_url),
                                    html::field("stylesheet_url", &AdminShell::stylesheet_url),
                                    html::field("script_url", &AdminShell::script_url),
                                    html::field("is_signed_in", &AdminShell::is_signed_in),
                                    html::field("member_name", &AdminShell::member_name),
                                    html::field("account_url", &AdminShell::account_url),
                                    html::field("sign_out_url", &AdminShell::sign_out_url),
                                    html::field("form_token", &AdminShell::form_token),
                                    html::field("navigation", &AdminShell::navigation));
  }
};

// What is a page's own in the layout.
struct AdminHead {
  std::string title;
  std::vector<LinkView> breadcrumbs;  // Without the page itself; empty: it stands by itself.
  std::string notice;                 // What was just done; empty: nothing.
  std::vector<LinkView> errors;       // What is wrong with a form; each leads to its field.

  static constexpr auto fields() {
    return html::fields<AdminHead>(html::field("title", &AdminHead::title),
                                   html::field("breadcrumbs", &AdminHead::breadcrumbs),
                                   html::field("notice", &AdminHead::notice),
                                   html::field("errors", &AdminHead::errors));
  }
};

// The base of every view of a page of the portal.
struct AdminPage {
  std::shared_ptr<const AdminShell> shell;
  AdminHead head;
};

// A choice in a list: <option>.
struct OptionView {
  std::string value;
  std::string label;
  bool is_chosen = false;

  static constexpr auto fields() {
    return html::fields<OptionView>(html::field("value", &OptionView::value),
                                    html::field("label", &OptionView::label),
                                    html::field("is_chosen", &OptionView::is_chosen));
  }
};

}  // namespace osier::web
