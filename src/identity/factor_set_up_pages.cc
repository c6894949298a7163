// The pages on which second factors are set up, changed and taken away.

#include "identity/factor_pages.h"
#include "identity/factor_words.h"
#include "identity/passkey_name.h"
#include "identity/qr_code.h"
#include "identity/step_up.h"
#include "platform/json/value.h"

namespace osier::identity {

using Reason = FactorRefusal::Reason;

namespace {

constexpr int few_recovery_codes = 3;

// What was done, as a page that is led to tells it.
constexpr std::array<std::string_view, 5> done_words{"app_added", "app_removed", "passkey_added",
                                                     "passkey_renamed", "passkey_removed"};

std::string notice_of(const http::Request& request, const FactorVisit& visit) {
  const auto parameters = request.parameters();
  const auto done = parameters ? parameters->get("done") : std::nullopt;
  for (const std::string_view word : done_words) {
    if (done == word) return visit.text("factor.done." + std::string(word));
  }
  return "";
}

std::string used_words(Instant added, std::optional<Instant> used, const FactorVisit& visit) {
  const std::string added_text = visit.date(added);
  if (!used) return visit.text("factor.added_on", {{"added", std::string_view(added_text)}});
  const std::string used_text = visit.date(*used);
  return visit.text("factor.added_and_used", {{"added", std::string_view(added_text)},
                                              {"used", std::string_view(used_text)}});
}

}  // namespace

// Nothing to ask of a pending session: its first factor was shown within ten minutes.
std::optional<http::Response> FactorPages::ask_first(const FactorVisit& visit,
                                                     const http::Request& request, Door door,
                                                     const std::string& path) const {
  if (door != Door::open) return std::nullopt;
  return ask_to_confirm(request, clock_.now(), visit.url(paths_.confirm), visit.url(path));
}

Task<http::Response> FactorPages::show_overview(FactorVisit visit, http::Request request,
                                                Door door) {
  const auto session = co_await session_of(request, door);
  if (!session) co_return lead_to_sign_in(visit, request);
  const auto factors = co_await factors_.of(session->account);
  // Whoever has a factor shows it first.
  if (door == Door::set_up && factors.any())
    co_return http::redirect(visit.url(paths_.sign_in + "/second-factor"));
  const std::string base = base_of(door);
  FactorOverviewView view;
  view.title = visit.text(door == Door::set_up ? "factor.set_up.title" : "factor.overview.title");
  view.lead = visit.text(door == Door::set_up ? "factor.set_up.lead" : "factor.overview.lead");
  view.notice = notice_of(request, visit);
  view.app_url = visit.url(base + "/app");
  view.remove_app_url = visit.url(base + "/app/remove");
  if (factors.app)
    view.app_detail = used_words(factors.app->created_at, factors.app->last_used_at, visit);
  if (factors_.offers_passkeys()) view.add_passkey_url = visit.url(base + "/passkeys/new");
  for (const Passkey& passkey : factors.passkeys) {
    view.passkeys.push_back(
        {.name = passkey.name,
         .detail = used_words(passkey.created_at, passkey.last_used_at, visit),
         .url = visit.url(base + "/passkeys/" + passkey.id.value().to_string())});
  }
  if (factors.any()) {
    view.codes_detail = visit.text("factor.codes.left", {{"count", factors.recovery_codes_left}});
    view.has_few_codes = factors.recovery_codes_left <= few_recovery_codes;
    view.codes_url = visit.url(base + "/recovery-codes");
  }
  if (door == Door::open) view.links.push_back(link(visit, paths_.home, "factor.to_account"));
  co_return visit.show(200, view);
}

static AppSetUpView app_view(const SecondFactors::OfferedApp& offered, const FactorVisit& visit) {
  AppSetUpView view;
  view.title = visit.text("factor.app.title");
  view.qr_code = qr_code_svg(offered.uri, visit.text("factor.app.qr_label")).value_or(html::Html());
  view.secret = typed_form_of(offered.seed);
  view.form_token = visit.form_token;
  return view;
}

Task<http::Response> FactorPages::show_app(FactorVisit visit, http::Request request, Door door) {
  const auto session = co_await session_of(request, door);
  if (!session) co_return lead_to_sign_in(visit, request);
  const std::string path = base_of(door) + "/app";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  auto offered = co_await factors_.offered_app(session->account);
  if (!offered) {
    // A seed that nobody confirms counts for nothing, so reading the page may make one.
    if (!co_await factors_.offer_app(*session)) co_return lead_to_sign_in(visit, request);
    offered = co_await factors_.offered_app(session->account);
    if (!offered) co_return lead_to_sign_in(visit, request);
  }
  auto view = app_view(*offered, visit);
  view.action_url = visit.url(path);
  view.back = link(visit, base_of(door), "factor.back");
  co_return visit.show(200, view);
}

// After the first factor of an account come its recovery codes; else the overview.
http::Response FactorPages::show_added(const FactorVisit& visit, const SecondFactors::Added& added,
                                       Door door, std::string_view word) const {
  const std::string& onward = door == Door::open ? paths_.security : paths_.home;
  if (added.recovery_codes.empty()) {
    const std::string url = visit.url(onward);
    return on(visit, added.opened, door == Door::open ? url + "?done=" + std::string(word) : url);
  }
  RecoveryCodesView view;
  view.title = visit.text("factor.codes.title");
  view.lead = visit.text("factor.codes.new_lead");
  for (const Secret& code : added.recovery_codes) view.codes.push_back(code.reveal());
  view.on = link(visit, onward, "factor.codes.kept");
  auto response = visit.show(200, view);
  cookies_.set(response, added.opened.token);
  return response;
}

Task<http::Response> FactorPages::add_app(FactorVisit visit, http::Request request, Door door) {
  const auto session = co_await session_of(request, door);
  const auto form = http::Parameters::parse(request.body);
  if (!form) co_return visit.error_page(400);
  if (!session) co_return lead_to_sign_in(visit, request);
  const std::string path = base_of(door) + "/app";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  request.body.clear();
  const auto added = co_await factors_.add_app(
      *session, std::string(form->get("code").value_or("")), std::move(request));
  if (added) co_return show_added(visit, *added, door, "app_added");
  const auto offered = co_await factors_.offered_app(session->account);
  // Waited too long, or confirmed in another tab: from the beginning.
  if (added.error().reason != Reason::wrong || !offered)
    co_return http::redirect(visit.url(base_of(door)));
  auto view = app_view(*offered, visit);
  view.error = words_for(added.error(), "code", visit);
  view.action_url = visit.url(path);
  view.back = link(visit, base_of(door), "factor.back");
  co_return visit.show(422, view);
}

Task<http::Response> FactorPages::show_new_passkey(FactorVisit visit, http::Request request,
                                                   Door door) {
  const auto session = co_await session_of(request, door);
  if (!session) co_return lead_to_sign_in(visit, request);
  if (!factors_.offers_passkeys()) co_return visit.error_page(404);
  const std::string path = base_of(door) + "/passkeys/new";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  PasskeyAddView view;
  view.title = visit.text("factor.passkey.add_title");
  view.lead = visit.text("factor.passkey.add_lead");
  view.form = passkey_form(visit, "create", path, "");
  view.back = link(visit, base_of(door), "factor.back");
  co_return visit.show(200, view);
}

Task<http::Response> FactorPages::give_new_options(FactorVisit visit, http::Request request,
                                                   Door door) {
  const auto session = co_await session_of(request, door);
  const std::string path = base_of(door) + "/passkeys/new";
  std::string away;
  if (!session) away = visit.url(paths_.sign_in);
  if (const auto asked = session ? ask_first(visit, request, door, path) : std::nullopt)
    away = asked->headers.get("Location").value_or("");
  if (!away.empty()) {
    co_return http::json(session ? 403 : 401, json::to_text(json::Object{{"location", away}}));
  }
  const auto options = co_await factors_.ask_for_new_passkey(*session);
  if (options) co_return http::json(200, *options);
  const std::string words = words_for(options.error(), "passkey", visit);
  co_return http::json(status_of(options.error()), json::to_text(json::Object{{"message", words}}));
}

Task<http::Response> FactorPages::add_passkey(FactorVisit visit, http::Request request, Door door) {
  const auto session = co_await session_of(request, door);
  const auto form = http::Parameters::parse(request.body);
  if (!form) co_return visit.error_page(400);
  if (!session) co_return lead_to_sign_in(visit, request);
  const std::string path = base_of(door) + "/passkeys/new";
  if (auto asked = ask_first(visit, request, door, path)) co_return *std::move(asked);
  std::string typed(form->get("name").value_or(""));
  if (typed.empty()) {
    const std::string today = visit.date(clock_.now());
    typed = visit.text("factor.passkey.default_name", {{"date", std::string_view(today)}});
  }
  auto name = passkey_name(typed);
  std::string error;
  if (!name) error = visit.text("factor.error.bad_name");
  int status = 422;
  if (name) {
    std::string answer(form->get("answer").value_or(""));
    request.body.clear();
    const auto added = co_await factors_.add_passkey(*session, std::move(answer), *std::move(name),
                                                     std::move(request));
    if (added) co_return show_added(visit, *added, door, "passkey_added");
    error = words_for(added.error(), "passkey", visit);
    status = status_of(added.error());
  }
  PasskeyAddView view;
  view.title = visit.text("factor.passkey.add_title");
  view.lead = visit.text("factor.passkey.add_lead");
  view.error = std::move(error);
  view.form = passkey_form(visit, "create", path, "");
  view.back = link(visit, base_of(door), "factor.back");
  co_return visit.show(status, view);
}

}  // namespace osier::identity
