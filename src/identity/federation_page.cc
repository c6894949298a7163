#include "identity/federation_page.h"

#include <algorithm>

namespace osier::identity {

using catalog::PageContext;

namespace {

SignInIssueView base_view(const std::string& key, const std::string& label,
                          const PageContext& context) {
  SignInIssueView view;
  view.shell = context.shell;
  const std::string_view issuer = label;
  view.title = context.text("federation." + key, {{"issuer", issuer}});
  view.message = context.text("federation." + key + "_message", {{"issuer", issuer}});
  view.head.title = view.title + " · " + context.shell->shop_name;
  view.head.is_indexed = false;
  return view;
}

web::LinkView link(const PageContext& context, std::string url, std::string_view key) {
  return {.url = std::move(url), .label = context.text(key)};
}

// What to say, and with which status. A retry is offered where one could help.
struct Words {
  std::string key;
  int status;
  bool offers_retry;
};

Words words_of(FinishRefusal refusal) {
  switch (refusal) {
    case FinishRefusal::unknown_issuer:
      return {"unknown", 404, false};
    case FinishRefusal::not_begun_here:
      return {"not_begun_here", 400, true};
    case FinishRefusal::declined:
      return {"declined", 400, true};
    case FinishRefusal::refused:
      return {"refused", 400, true};
    case FinishRefusal::unavailable:
      return {"unavailable", 503, true};
    case FinishRefusal::no_account:
      return {"no_account", 403, false};
    case FinishRefusal::account_closed:
      return {"account_closed", 403, false};
    case FinishRefusal::signed_out_meanwhile:
      return {"signed_out_meanwhile", 400, false};
    case FinishRefusal::anothers:
      return {"anothers", 409, false};
  }
}

std::string date_text(Instant moment, const PageContext& context) {
  return locale::format_date(moment, context.locale, context.market().time_zone,
                             locale::DateStyle::date);
}

// An issuer that is configured no more is still told by what it calls itself.
std::string name_of(const std::string& issuer, const std::vector<Issuer*>& issuers) {
  const auto found = std::ranges::find_if(
      issuers, [&](const Issuer* each) { return each->settings().issuer == issuer; });
  return found == issuers.end() ? issuer : (*found)->settings().label;
}

}  // namespace

SignInIssue issue_of(FinishRefusal refusal, const std::string& label, const std::string& retry_url,
                     const PageContext& context) {
  const Words words = words_of(refusal);
  SignInIssue issue{.status = words.status, .view = base_view(words.key, label, context)};
  if (words.offers_retry) {
    issue.view.actions.push_back(link(context, retry_url, "federation.try_again"));
  }
  issue.view.actions.push_back(
      link(context, context.url("/account/sign-in"), "federation.other_ways"));
  return issue;
}

SignInIssueView sign_in_first_view(const std::string& label, const PageContext& context) {
  auto view = base_view("sign_in_first", label, context);
  const std::string next = "?next=" + http::url_encode(context.url("/account/connect"));
  view.actions = {link(context, context.url("/account/sign-in") + next, "federation.sign_in"),
                  link(context, context.url("/account/register") + next, "federation.register")};
  return view;
}

SignInIssueView continue_view(const std::string& label, const std::string& url,
                              const PageContext& context) {
  auto view = base_view("continue", label, context);
  view.actions = {link(context, url, "federation.continue_button"),
                  link(context, context.url("/"), "federation.to_shop")};
  return view;
}

SignInIssueView connect_view(const std::string& label, const PageContext& context) {
  auto view = base_view("connect", label, context);
  view.form_url = context.url("/account/connect");
  view.actions = {link(context, "", "federation.connect_button"),
                  link(context, context.url("/account"), "federation.connect_not")};
  return view;
}

ConnectionsView view_of(const std::vector<FederatedIdentity>& identities,
                        const std::vector<Issuer*>& issuers, bool has_other_way_in,
                        const PageContext& context) {
  ConnectionsView view;
  view.shell = context.shell;
  view.head.title = context.text("federation.connections") + " · " + context.shell->shop_name;
  view.head.is_indexed = false;
  view.account_url = context.url("/account");
  for (const FederatedIdentity& identity : identities) {
    const std::string name = name_of(identity.issuer, issuers);
    const std::string connected = date_text(identity.connected_at, context);
    const std::string used = date_text(identity.last_used_at, context);
    ConnectionView connection{.name = name,
                              .detail = context.text("federation.connected_on",
                                                     {{"connected", std::string_view(connected)},
                                                      {"used", std::string_view(used)}}),
                              .disconnect_url = {},
                              .disconnect_label = context.text(
                                  "federation.disconnect", {{"issuer", std::string_view(name)}})};
    if (has_other_way_in || identities.size() > 1) {
      connection.disconnect_url =
          context.url("/account/connections/" + identity.id.value().to_string() + "/disconnect");
    }
    view.connections.push_back(std::move(connection));
  }
  for (const Issuer* issuer : issuers) {
    const std::string_view label = issuer->settings().label;
    view.more.push_back({.url = context.url("/account/connections/with/" + issuer->settings().name),
                         .label = context.text("federation.connect_more", {{"issuer", label}})});
  }
  return view;
}

}  // namespace osier::identity
