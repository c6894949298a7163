// Views of the pages of sign-in by other issuers. Internal to the room.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "identity/federation.h"

namespace osier::identity {

// One thing to say, and what can be done: sign_in_issue.html.
struct SignInIssueView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string message;
  std::string form_url;                // Posted to by the first button; empty: it is a link.
  std::vector<web::LinkView> actions;  // The first is the button.

  static constexpr auto fields() {
    return html::fields<SignInIssueView>(html::field("shell", &SignInIssueView::shell),
                                         html::field("head", &SignInIssueView::head),
                                         html::field("title", &SignInIssueView::title),
                                         html::field("message", &SignInIssueView::message),
                                         html::field("form_url", &SignInIssueView::form_url),
                                         html::field("actions", &SignInIssueView::actions));
  }
};

struct ConnectionView {
  std::string name;
  std::string detail;          // When it was connected and last used.
  std::string disconnect_url;  // Empty: it is the last way in.
  std::string disconnect_label;

  static constexpr auto fields() {
    return html::fields<ConnectionView>(
        html::field("name", &ConnectionView::name), html::field("detail", &ConnectionView::detail),
        html::field("disconnect_url", &ConnectionView::disconnect_url),
        html::field("disconnect_label", &ConnectionView::disconnect_label));
  }
};

// connections.html.
struct ConnectionsView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string notice;
  std::string account_url;
  std::vector<ConnectionView> connections;
  std::vector<web::LinkView> more;  // Those that can be connected.

  static constexpr auto fields() {
    return html::fields<ConnectionsView>(html::field("shell", &ConnectionsView::shell),
                                         html::field("head", &ConnectionsView::head),
                                         html::field("notice", &ConnectionsView::notice),
                                         html::field("account_url", &ConnectionsView::account_url),
                                         html::field("connections", &ConnectionsView::connections),
                                         html::field("more", &ConnectionsView::more));
  }
};

// What the shopper is told instead of being signed in, and its status.
struct SignInIssue {
  int status = 400;
  SignInIssueView view;
};
SignInIssue issue_of(FinishRefusal refusal, const std::string& label, const std::string& retry_url,
                     const catalog::PageContext& context);
// They shall sign in here first; then /account/connect goes on.
SignInIssueView sign_in_first_view(const std::string& label, const catalog::PageContext& context);
// Whether they meant to go there: asked if another site has sent them.
SignInIssueView continue_view(const std::string& label, const std::string& url,
                              const catalog::PageContext& context);
SignInIssueView connect_view(const std::string& label, const catalog::PageContext& context);

ConnectionsView view_of(const std::vector<FederatedIdentity>& identities,
                        const std::vector<Issuer*>& issuers, bool has_other_way_in,
                        const catalog::PageContext& context);

}  // namespace osier::identity
