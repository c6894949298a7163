#include "identity/federation_pages.h"

#include "identity/customer_cookie.h"
#include "identity/federation_cookie.h"
#include "identity/federation_page.h"
#include "identity/own_path.h"

namespace osier::identity {

using catalog::PageContext;
using catalog::Storefront;

namespace {

void keep_private(http::Response& response) {
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("X-Robots-Tag", "noindex");
}

std::optional<std::string> parameter(const std::optional<http::Parameters>& all,
                                     std::string_view name) {
  if (!all) return std::nullopt;
  const auto value = all->get(name);
  if (!value) return std::nullopt;
  return std::string(*value);
}

// A link on another site, or a page that is only fetched ahead, begins nothing: the first is asked
// about, the second has to come again (hardening 33).
bool is_sent_by_others(const http::Request& request) {
  const auto site = request.headers.get("Sec-Fetch-Site");
  return site && *site != "same-origin" && *site != "none";
}
bool is_fetched_ahead(const http::Request& request) {
  const auto purpose = request.headers.get("Sec-Purpose");
  return purpose && purpose->find("prefetch") != std::string_view::npos;
}

class FederationPages {
 public:
  FederationPages(const Storefront& storefront, Federation& federation, AccountBook& accounts,
                  Sessions& sessions)
      : storefront_(storefront),
        federation_(federation),
        accounts_(accounts),
        sessions_(sessions),
        issue_page_(storefront.engine().page<SignInIssueView>("sign_in_issue.html")),
        connections_page_(storefront.engine().page<ConnectionsView>("connections.html")) {}

  Task<http::Response> begin(PageContext context, http::Request request) const;
  Task<http::Response> come_back(PageContext context, http::Request request) const;
  Task<http::Response> begin_connecting(PageContext context, http::Request request) const;
  Task<http::Response> show_connections(PageContext context, http::Request request) const;
  Task<http::Response> disconnect(PageContext context, http::Request request) const;
  Task<http::Response> ask_to_connect(PageContext context, http::Request request) const;
  Task<http::Response> connect(PageContext context, http::Request request) const;

 private:
  bool is_https() const { return storefront_.is_https(); }
  std::string redirect_uri(const std::string& issuer) const {
    return storefront_.base_url() + "/account/sign-in/from/" + issuer;
  }
  std::string label_of(const std::string& issuer) const {
    const Issuer* const found = federation_.issuers().find(config::SignInRealm::customers, issuer);
    return found == nullptr ? issuer : found->settings().label;
  }
  http::Response show(int status, const SignInIssueView& view, const PageContext& context) const {
    auto response = http::html(status, issue_page_.render(view, *context.texts));
    keep_private(response);
    return response;
  }
  http::Response show(FinishRefusal refusal, const std::string& issuer,
                      const PageContext& context) const {
    const std::string retry = context.url("/account/sign-in/with/" + issuer);
    const auto issue = issue_of(refusal, label_of(issuer), retry, context);
    auto response = show(issue.status, issue.view, context);
    if (issue.status == 503) response.headers.set("Retry-After", "60");
    return response;
  }
  Task<http::Response> send_away(PageContext context, http::Request request,
                                 SignInAttempt attempt) const;
  PageContext place_of(const PageContext& context, const std::string& name) const {
    const web::Place* const place = context.places->by_name(name);
    return place == nullptr ? context : storefront_.at(*place);
  }
  Task<std::optional<Session>> session_of(const http::Request& request) const {
    auto token = session_cookie(request, is_https());
    if (!token) co_return std::nullopt;
    co_return co_await sessions_.find(Realm::customer, *std::move(token));
  }
  http::Response welcome(const FederationOutcome& outcome, const std::string& issuer,
                         const PageContext& context) const;

  const Storefront& storefront_;
  Federation& federation_;
  AccountBook& accounts_;
  Sessions& sessions_;
  html::Page<SignInIssueView> issue_page_;
  html::Page<ConnectionsView> connections_page_;
};

Task<http::Response> FederationPages::begin(PageContext context, http::Request request) const {
  const std::string issuer = request.path_value(0);
  if (is_fetched_ahead(request)) co_return http::text(503, "not ahead of time\n");
  const auto parameters = request.parameters();
  const std::string next =
      own_path(parameter(parameters, "next").value_or(""), context.url("/account"));
  if (is_sent_by_others(request)) {
    const std::string again =
        context.url("/account/sign-in/with/" + issuer) + "?next=" + http::url_encode(next);
    co_return show(200, continue_view(label_of(issuer), again, context), context);
  }
  SignInAttempt attempt{.realm = Realm::customer, .issuer = issuer, .connecting = {}, .next = next};
  co_return co_await send_away(std::move(context), std::move(request), std::move(attempt));
}

Task<http::Response> FederationPages::begin_connecting(PageContext context,
                                                       http::Request request) const {
  if (is_fetched_ahead(request)) co_return http::text(503, "not ahead of time\n");
  const std::string overview = context.url("/account/connections");
  if (is_sent_by_others(request)) co_return http::redirect(overview);
  SignInAttempt attempt{.realm = Realm::customer,
                        .issuer = request.path_value(0),
                        .connecting = SessionId{request.principal->session},
                        .next = overview + "?done=connected"};
  co_return co_await send_away(std::move(context), std::move(request), std::move(attempt));
}

Task<http::Response> FederationPages::send_away(PageContext context, http::Request request,
                                                SignInAttempt attempt) const {
  const std::string issuer = attempt.issuer;
  std::optional<std::string> browser_token;
  if (auto cookie = attempt_cookie(request, is_https())) browser_token = cookie->browser_token;
  const auto started = co_await federation_.start(std::move(attempt), redirect_uri(issuer),
                                                  std::move(browser_token));
  if (!started) {
    const bool is_unknown = started.error() == StartRefusal::unknown_issuer;
    co_return show(is_unknown ? FinishRefusal::unknown_issuer : FinishRefusal::unavailable, issuer,
                   context);
  }
  auto response = http::redirect(started->location);
  set_attempt_cookie(response, {started->browser_token, context.place.name()}, is_https());
  keep_private(response);
  // The issuer has no need to know from which page somebody came.
  response.headers.set("Referrer-Policy", "no-referrer");
  co_return response;
}

Task<http::Response> FederationPages::come_back(PageContext context, http::Request request) const {
  const std::string issuer = request.path_value(0);
  const auto cookie = attempt_cookie(request, is_https());
  if (cookie) context = place_of(context, cookie->place);
  const auto parameters = request.parameters();
  IssuerReturn returned{.state = parameter(parameters, "state"),
                        .code = parameter(parameters, "code"),
                        .error = parameter(parameters, "error"),
                        .issuer = parameter(parameters, "iss"),
                        .browser_token = {},
                        .session = co_await session_of(request),
                        .market_code = context.place.market,
                        .locale = context.place.locale,
                        .request = request};
  if (cookie) returned.browser_token = cookie->browser_token;
  // Of two, which one counts?
  const bool is_ambiguous =
      parameters && (parameters->has_duplicate("state") || parameters->has_duplicate("code") ||
                     parameters->has_duplicate("iss") || parameters->has_duplicate("error"));
  if (is_ambiguous) co_return show(FinishRefusal::not_begun_here, issuer, context);
  const auto outcome = co_await federation_.finish(accounts_, Realm::customer, issuer,
                                                   redirect_uri(issuer), std::move(returned));
  if (!outcome) co_return show(outcome.error(), issuer, context);
  co_return welcome(*outcome, issuer, context);
}

http::Response FederationPages::welcome(const FederationOutcome& outcome, const std::string& issuer,
                                        const PageContext& context) const {
  if (outcome.kind == FederationOutcome::Kind::sign_in_here_first) {
    auto response = show(200, sign_in_first_view(label_of(issuer), context), context);
    set_held_cookie(response, outcome.held_token, is_https());
    return response;
  }
  std::string location = outcome.next;
  const bool is_pending =
      outcome.opened && outcome.opened->session.stage == SessionStage::pending_second_factor;
  if (is_pending) {
    location =
        context.url("/account/sign-in/second-factor") + "?next=" + http::url_encode(outcome.next);
  }
  auto response = http::redirect(std::move(location));
  if (outcome.opened) set_session_cookie(response, outcome.opened->token, is_https());
  keep_private(response);
  return response;
}

Task<http::Response> FederationPages::show_connections(PageContext context,
                                                       http::Request request) const {
  const AccountRef account{Realm::customer, request.principal->account};
  const auto state = co_await federation_.ways_in(accounts_, account);
  auto view = view_of(state.identities, federation_.issuers().of(config::SignInRealm::customers),
                      state.has_other, context);
  const auto done = parameter(request.parameters(), "done").value_or("");
  if (done == "connected") view.notice = context.text("federation.was_connected");
  if (done == "disconnected") view.notice = context.text("federation.was_disconnected");
  auto response = http::html(200, connections_page_.render(view, *context.texts));
  keep_private(response);
  co_return response;
}

Task<http::Response> FederationPages::disconnect(PageContext context, http::Request request) const {
  const AccountRef account{Realm::customer, request.principal->account};
  const auto id = Uuid::parse(request.path_value(0));
  if (!id) co_return storefront_.error_page(request, 404);
  const auto done = co_await federation_.disconnect(accounts_, account, FederatedIdentityId{*id});
  if (!done && done.error() == Federation::DisconnectRefusal::not_found) {
    co_return storefront_.error_page(request, 404);
  }
  const std::string overview = context.url("/account/connections");
  auto response = http::redirect(done ? overview + "?done=disconnected" : overview);
  keep_private(response);
  co_return response;
}

Task<http::Response> FederationPages::ask_to_connect(PageContext context,
                                                     http::Request request) const {
  auto token = held_cookie(request, is_https());
  std::optional<PendingIdentity> held;
  if (token) held = co_await federation_.identities().held(Realm::customer, *std::move(token));
  if (!held) co_return http::redirect(context.url("/account/connections"));
  co_return show(200, connect_view(label_of(held->issuer_name), context), context);
}

Task<http::Response> FederationPages::connect(PageContext context, http::Request request) const {
  const AccountRef account{Realm::customer, request.principal->account};
  auto token = held_cookie(request, is_https());
  if (!token) co_return http::redirect(context.url("/account/connections"));
  const auto connected = co_await federation_.connect_held(account, *std::move(token));
  auto response = connected
                      ? http::redirect(context.url("/account/connections") + "?done=connected")
                      : show(connected.error(), "", context);
  clear_held_cookie(response, is_https());
  keep_private(response);
  co_return response;
}

}  // namespace

void add_federation_pages(http::Router& router, const Storefront& storefront,
                          Federation& federation, AccountBook& accounts, Sessions& sessions) {
  const auto pages =
      std::make_shared<const FederationPages>(storefront, federation, accounts, sessions);
  using Page = Task<http::Response> (FederationPages::*)(PageContext, http::Request) const;
  const auto add = [&](http::Method method, const std::string& pattern, http::Access access,
                       Page page) {
    storefront.add_page(router, method, pattern, std::move(access),
                        [pages, page](PageContext context, http::Request request) {
                          return ((*pages).*page)(std::move(context), std::move(request));
                        });
  };
  const auto everyone = http::Access::everyone();
  const auto customer = http::Access::customer();
  using http::Method;
  add(Method::get, "/account/sign-in/with/{issuer}", everyone, &FederationPages::begin);
  add(Method::get, "/account/sign-in/from/{issuer}", everyone, &FederationPages::come_back);
  add(Method::get, "/account/connections", customer, &FederationPages::show_connections);
  add(Method::get, "/account/connections/with/{issuer}", customer,
      &FederationPages::begin_connecting);
  add(Method::post, "/account/connections/{id}/disconnect", customer, &FederationPages::disconnect);
  add(Method::get, "/account/connect", customer, &FederationPages::ask_to_connect);
  add(Method::post, "/account/connect", customer, &FederationPages::connect);
}

std::vector<web::LinkView> sign_in_links(const Issuers& issuers, const PageContext& context,
                                         const std::string& next) {
  std::vector<web::LinkView> links;
  for (const Issuer* issuer : issuers.of(config::SignInRealm::customers)) {
    std::string url = context.url("/account/sign-in/with/" + issuer->settings().name);
    if (!next.empty()) url += "?next=" + http::url_encode(next);
    const std::string_view label = issuer->settings().label;
    links.push_back({.url = std::move(url),
                     .label = context.text("federation.sign_in_with", {{"issuer", label}})});
  }
  return links;
}

}  // namespace osier::identity
