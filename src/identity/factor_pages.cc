// What all pages of second factors share, and those on which one is proved.

#include "identity/factor_pages.h"

#include <array>
#include <bit>

#include "identity/factor_words.h"
#include "identity/own_path.h"
#include "identity/step_up.h"
#include "platform/json/value.h"

namespace osier::identity {

using Reason = FactorRefusal::Reason;

FactorPages::FactorPages(SecondFactors& factors, Sessions& sessions, FactorPaths paths,
                         FactorCookies cookies, std::string script_url, const Clock& clock,
                         Random& random, http::TrustedProxies exempt)
    : factors_(factors),
      sessions_(sessions),
      paths_(std::move(paths)),
      cookies_(std::move(cookies)),
      script_url_(std::move(script_url)),
      clock_(clock),
      exempt_(std::move(exempt)),
      questions_({.count = 60, .per = 1min, .burst = 60}, [&random] {
        std::array<unsigned char, 8> bytes;
        random.fill(bytes);
        return std::bit_cast<std::uint64_t>(bytes);
      }()) {}

std::vector<FactorPages::Entry> FactorPages::entries() const {
  using http::Method;
  std::vector<Entry> all{
      {Method::post, paths_.sign_in + "/passkey/options", Door::nobody,
       &FactorPages::give_sign_in_options},
      {Method::post, paths_.sign_in + "/passkey", Door::nobody, &FactorPages::sign_in}};
  const auto add_proof = [&all](const std::string& path, Door door) {
    all.push_back({Method::get, path, door, &FactorPages::show_question});
    all.push_back({Method::post, path, door, &FactorPages::take_code});
    all.push_back({Method::post, path + "/passkey/options", door, &FactorPages::give_options});
    all.push_back({Method::post, path + "/passkey", door, &FactorPages::take_passkey});
  };
  const auto add_setting_up = [&all](const std::string& base, Door door) {
    all.push_back({Method::get, base, door, &FactorPages::show_overview});
    all.push_back({Method::get, base + "/app", door, &FactorPages::show_app});
    all.push_back({Method::post, base + "/app", door, &FactorPages::add_app});
    all.push_back({Method::get, base + "/passkeys/new", door, &FactorPages::show_new_passkey});
    all.push_back({Method::post, base + "/passkeys/new", door, &FactorPages::add_passkey});
    all.push_back(
        {Method::post, base + "/passkeys/new/options", door, &FactorPages::give_new_options});
  };
  add_proof(paths_.sign_in + "/second-factor", Door::pending);
  add_proof(paths_.confirm, Door::open);
  add_setting_up(paths_.security, Door::open);
  if (factors_.realm() == Realm::staff) add_setting_up(base_of(Door::set_up), Door::set_up);
  const std::string& base = paths_.security;
  all.push_back({Method::get, base + "/app/remove", Door::open, &FactorPages::show_app_removal});
  all.push_back({Method::post, base + "/app/remove", Door::open, &FactorPages::remove_app});
  all.push_back({Method::get, base + "/passkeys/{id}", Door::open, &FactorPages::show_passkey});
  all.push_back({Method::post, base + "/passkeys/{id}", Door::open, &FactorPages::rename_passkey});
  all.push_back(
      {Method::post, base + "/passkeys/{id}/remove", Door::open, &FactorPages::remove_passkey});
  all.push_back({Method::get, base + "/recovery-codes", Door::open, &FactorPages::show_codes});
  all.push_back({Method::post, base + "/recovery-codes", Door::open, &FactorPages::renew_codes});
  return all;
}

std::string FactorPages::base_of(Door door) const {
  return door == Door::open ? paths_.security : paths_.sign_in + "/set-up";
}

// An open session is the principal's, whom the guard has let in; a pending one nobody lets in but
// these pages.
Task<std::optional<Session>> FactorPages::session_of(const http::Request& request, Door door) {
  if (door == Door::open) {
    const http::Principal& principal = *request.principal;
    Session session;
    session.id = SessionId{principal.session};
    session.account = {.realm = factors_.realm(), .id = principal.account};
    session.authenticated_at = principal.authenticated_at;
    co_return session;
  }
  auto token = cookies_.token(request);
  if (!token) co_return std::nullopt;
  auto session = co_await sessions_.find(factors_.realm(), *std::move(token));
  if (!session || session->stage != SessionStage::pending_second_factor) co_return std::nullopt;
  co_return session;
}

std::string FactorPages::next_of(const FactorVisit& visit,
                                 const http::Parameters& parameters) const {
  return own_path(parameters.get("next").value_or(""), visit.url(paths_.home));
}

http::Response FactorPages::lead_to_sign_in(const FactorVisit& visit,
                                            const http::Request& request) const {
  const auto parameters = request.parameters();
  std::string location = visit.url(paths_.sign_in);
  if (parameters && parameters->get("next"))
    location += "?next=" + html::url_encode(next_of(visit, *parameters));
  return http::redirect(std::move(location));
}

// The new token, and away.
http::Response FactorPages::on(const FactorVisit&, const OpenedSession& opened,
                               const std::string& location) const {
  auto response = http::redirect(location);
  cookies_.set(response, opened.token);
  return response;
}

web::LinkView FactorPages::link(const FactorVisit& visit, const std::string& path,
                                std::string_view key) const {
  return {.url = visit.url(path), .label = visit.text(key)};
}

PasskeyFormView FactorPages::passkey_form(const FactorVisit& visit, std::string ceremony,
                                          const std::string& action, std::string next) const {
  const bool is_new = ceremony == "create";
  return {.ceremony = std::move(ceremony),
          .options_url = visit.url(action + "/options"),
          .action_url = visit.url(action),
          .next = std::move(next),
          .form_token = visit.form_token,
          .script_url = script_url_,
          .button = visit.text(is_new ? "factor.passkey.create" : "factor.passkey.use"),
          .problem = visit.text(is_new ? "factor.passkey.not_created" : "factor.passkey.not_used"),
          .absent = visit.text("factor.passkey.absent")};
}

std::vector<PasskeyFormView> FactorPages::sign_in_button(const FactorVisit& visit,
                                                         const std::string& next) const {
  if (!factors_.offers_passkeys()) return {};
  auto form = passkey_form(visit, "get", paths_.sign_in + "/passkey", next);
  form.button = visit.text("factor.passkey.sign_in");
  form.autofill = true;
  return {std::move(form)};
}

Task<FactorQuestionView> FactorPages::question(FactorVisit visit, Session session, Door door,
                                               std::string next) {
  const bool is_open = door == Door::open;
  const std::string path = is_open ? paths_.confirm : paths_.sign_in + "/second-factor";
  const auto factors = co_await factors_.of(session.account);
  FactorQuestionView view;
  view.title = visit.text(is_open ? "factor.confirm.title" : "factor.question.title");
  view.lead = visit.text(is_open ? "factor.confirm.lead" : "factor.question.lead");
  view.action_url = visit.url(path);
  view.form_token = visit.form_token;
  view.has_app = factors.app.has_value();
  view.has_recovery = factors.recovery_codes_left > 0;
  if (!factors.passkeys.empty() && factors_.offers_passkeys())
    view.passkey.push_back(passkey_form(visit, "get", path + "/passkey", next));
  if (is_open && !factors.any())
    view.has_password = co_await factors_.accounts().has_password(session.account);
  const bool has_nothing = is_open && !factors.any() && !view.has_password;
  if (has_nothing) view.lead = visit.text("factor.confirm.sign_in_again");
  if (!is_open || has_nothing) {
    web::LinkView again = link(visit, paths_.sign_in, "factor.question.start_again");
    again.url += "?next=" + html::url_encode(next);
    view.links.push_back(std::move(again));
  } else {
    view.links.push_back(link(visit, paths_.home, "factor.confirm.cancel"));
  }
  view.next = std::move(next);
  co_return view;
}

Task<http::Response> FactorPages::show_question(FactorVisit visit, http::Request request,
                                                Door door) {
  const auto session = co_await session_of(request, door);
  if (!session) co_return lead_to_sign_in(visit, request);
  const auto parameters = request.parameters();
  if (!parameters) co_return visit.error_page(400);
  std::string next = next_of(visit, *parameters);
  const auto factors = co_await factors_.of(session->account);
  if (door == Door::pending && !factors.any()) {
    // Staff who have none yet get one now; a customer's has gone in between.
    const bool is_staff = factors_.realm() == Realm::staff;
    co_return is_staff ? http::redirect(visit.url(base_of(Door::set_up)))
                       : lead_to_sign_in(visit, request);
  }
  const auto view = co_await question(visit, *session, door, std::move(next));
  co_return visit.show(200, view);
}

Task<http::Response> FactorPages::ask_again(FactorVisit visit, Session session, Door door,
                                            std::string next, FactorRefusal refusal,
                                            std::string field) {
  auto view = co_await question(visit, session, door, std::move(next));
  view.error = words_for(refusal, field, visit);
  if (field != "passkey" && refusal.reason == Reason::wrong) view.wrong_field = field;
  co_return with_retry_after(visit.show(status_of(refusal), view), refusal);
}

Task<http::Response> FactorPages::take_code(FactorVisit visit, http::Request request, Door door) {
  const auto session = co_await session_of(request, door);
  const auto form = http::Parameters::parse(request.body);
  if (!form) co_return visit.error_page(400);
  if (!session) co_return lead_to_sign_in(visit, request);
  std::string next = next_of(visit, *form);
  std::string field = "code";
  if (form->get("recovery_code")) field = "recovery_code";
  if (door == Door::open && form->get("password")) field = "password";
  std::string typed(form->get(field).value_or(""));
  request.body.clear();
  const auto proved =
      field == "password"
          ? co_await factors_.prove_by_password(*session, std::move(typed), std::move(request))
          : co_await factors_.prove_by_code(
                *session,
                field == "code" ? SecondFactors::CodeKind::app : SecondFactors::CodeKind::recovery,
                std::move(typed), std::move(request));
  if (proved) co_return on(visit, *proved, next);
  if (proved.error().reason == Reason::signed_out)
    co_return http::redirect(visit.url(paths_.sign_in));
  co_return co_await ask_again(std::move(visit), *session, door, std::move(next), proved.error(),
                               std::move(field));
}

namespace {

// What the script is told instead of options.
http::Response no_options(int status, std::string_view member, const std::string& value) {
  return http::json(status, json::to_text(json::Object{{member, value}}));
}

http::Response options_or_words(const Result<std::string, FactorRefusal>& options,
                                const FactorVisit& visit) {
  if (options) return http::json(200, *options);
  return with_retry_after(no_options(status_of(options.error()), "message",
                                     words_for(options.error(), "passkey", visit)),
                          options.error());
}

}  // namespace

Task<http::Response> FactorPages::give_options(FactorVisit visit, http::Request request,
                                               Door door) {
  const auto session = co_await session_of(request, door);
  if (!session) co_return no_options(401, "location", visit.url(paths_.sign_in));
  co_return options_or_words(co_await factors_.ask_for_passkey(*session), visit);
}

Task<http::Response> FactorPages::take_passkey(FactorVisit visit, http::Request request,
                                               Door door) {
  const auto session = co_await session_of(request, door);
  const auto form = http::Parameters::parse(request.body);
  if (!form) co_return visit.error_page(400);
  if (!session) co_return lead_to_sign_in(visit, request);
  std::string next = next_of(visit, *form);
  std::string answer(form->get("answer").value_or(""));
  request.body.clear();
  const auto proved =
      co_await factors_.prove_by_passkey(*session, std::move(answer), std::move(request));
  if (proved) co_return on(visit, *proved, next);
  if (proved.error().reason == Reason::signed_out)
    co_return http::redirect(visit.url(paths_.sign_in));
  co_return co_await ask_again(std::move(visit), *session, door, std::move(next), proved.error(),
                               "passkey");
}

Task<http::Response> FactorPages::give_sign_in_options(FactorVisit visit, http::Request request,
                                                       Door) {
  if (!exempt_.trusts(request.client_address)) {
    const auto wait = questions_.take(http::address_range(request.client_address),
                                      std::chrono::steady_clock::now());
    if (wait) {
      const FactorRefusal refusal{.reason = Reason::throttled, .retry_after = *wait};
      co_return options_or_words(refuse(refusal), visit);
    }
  }
  co_return options_or_words(co_await factors_.ask_who_signs_in(), visit);
}

Task<http::Response> FactorPages::sign_in(FactorVisit visit, http::Request request, Door) {
  const auto form = http::Parameters::parse(request.body);
  if (!form) co_return visit.error_page(400);
  const std::string next = next_of(visit, *form);
  std::string answer(form->get("answer").value_or(""));
  request.body.clear();
  std::optional<SessionId> former;
  if (auto token = cookies_.token(request)) {
    const auto session = co_await sessions_.find(factors_.realm(), *std::move(token));
    if (session) former = session->id;
  }
  const auto opened =
      co_await factors_.sign_in_by_passkey(std::move(answer), std::move(request), former);
  if (opened) co_return on(visit, *opened, next);
  FactorQuestionView view;
  view.title = visit.text("factor.passkey.sign_in_title");
  view.error = words_for(opened.error(), "passkey", visit);
  view.passkey = sign_in_button(visit, next);
  web::LinkView other = link(visit, paths_.sign_in, "factor.passkey.other_ways");
  other.url += "?next=" + html::url_encode(next);
  view.links.push_back(std::move(other));
  co_return with_retry_after(visit.show(status_of(opened.error()), view), opened.error());
}

}  // namespace osier::identity
