// /auth: how programs sign customers in.

#include "identity/api_answers.h"
#include "identity/customer_cookie.h"
#include "identity/registration_token.h"

namespace osier::identity {

namespace {

constexpr std::string_view challenge_prefix = "authmfach";

struct EmailAndPassword {
  std::string email;
  std::string password;
};

Result<EmailAndPassword, web::Error> read_credentials(const http::Request &request) {
  const auto body = web::read_body(request);
  if (!body) return refuse(body.error());
  json::Reader reader(*body);
  const auto email = reader.string("email", {.required = true, .length_max = 320});
  const auto password = reader.string("password", {.required = true, .length_max = 1'000});
  if (!reader.ok())
    return refuse(
        web::Error{.type = web::ErrorType::invalid_data, .message = reader.message(), .code = {}});
  return EmailAndPassword{.email = *email, .password = *password};
}

Task<http::Response> register_customer(CustomerApi api, http::Request request) {
  auto typed = read_credentials(request);
  if (!typed) co_return web::error(typed.error());
  const auto snapshot = api.catalog.snapshot();
  if (snapshot->markets().empty())
    co_return web::error(web::ErrorType::not_found, "the shop sells nowhere yet");
  const catalog::Market &market = snapshot->markets().front();
  Registration registration{.email = std::move(typed->email),
                            .password = std::move(typed->password),
                            .given_name = {},
                            .family_name = {},
                            .market_code = market.code,
                            .locale = locale_for(market, request)};
  const auto added =
      co_await api.accounts.register_customer(std::move(registration), request.client_address);
  if (!added) co_return answer_refusal(added.error());
  co_return web::answer(200, json::Object{{"token", registration_token(api.vault, *added)}});
}

// The second factor is a code: passkeys belong to the shop's own pages.
json::Object challenge_of(const OpenedSession &opened) {
  return {{"id", web::public_id(challenge_prefix, opened.session.id.value())},
          {"methods", json::Array{"totp", "recovery_code"}}};
}

Task<http::Response> sign_in(CustomerApi api, http::Request request) {
  auto typed = read_credentials(request);
  if (!typed) co_return web::error(typed.error());
  CustomerAccounts::SignIn what{.email = std::move(typed->email),
                                .password = std::move(typed->password)};
  request.body.clear();
  what.request = std::move(request);
  const auto opened = co_await api.accounts.sign_in(std::move(what));
  if (!opened) co_return answer_refusal(opened.error());
  json::Object body{{"token", opened->token}};
  if (opened->session.stage == SessionStage::pending_second_factor)
    body["mfa_challenge"] = challenge_of(*opened);
  co_return web::answer(200, std::move(body));
}

http::Response answer_factor_refusal(const FactorRefusal &refusal) {
  using Factor = FactorRefusal::Reason;
  if (refusal.reason == Factor::throttled) {
    return answer_refusal({.reason = AccountReason::throttled, .retry_after = refusal.retry_after});
  }
  return web::error(web::ErrorType::unauthorized, "Invalid code");
}

Task<http::Response> verify_challenge(CustomerApi api, http::Request request) {
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto method = reader.word("method", {"totp", "recovery_code"}, json::Presence::required);
  const auto code = reader.string("code", {.required = true, .length_max = 64});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const auto id = web::parse_public_id(challenge_prefix, request.path_value(0));
  auto token = customer_token(request, api.is_https);
  std::optional<Session> session;
  if (token) session = co_await api.sessions.find(Realm::customer, *std::move(token));
  const bool is_asked = id && session && session->id.value() == *id &&
                        session->stage == SessionStage::pending_second_factor;
  if (!is_asked) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  const auto kind = *method == 0 ? SecondFactors::CodeKind::app : SecondFactors::CodeKind::recovery;
  request.body.clear();
  const auto proved = co_await api.factors.prove_by_code(*session, kind, *code, std::move(request));
  if (!proved) co_return answer_factor_refusal(proved.error());
  co_return web::answer(200, json::Object{{"token", proved->token}});
}

Task<http::Response> ask_for_reset(CustomerApi api, http::Request request) {
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto email = reader.string("identifier", {.required = true, .length_max = 320});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const auto asked = co_await api.accounts.forgot_password(*email, request.client_address);
  if (!asked) co_return answer_refusal(asked.error());
  co_return http::text(201, "Created");
}

Task<http::Response> reset(CustomerApi api, http::Request request) {
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto password = reader.string("password", {.required = true, .length_max = 1'000});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  auto token = bearer_token(request);
  if (!token) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  request.body.clear();
  const auto done =
      co_await api.accounts.reset_password(*std::move(token), *password, std::move(request));
  if (!done && done.error().reason == AccountReason::link_void)
    co_return web::error(web::ErrorType::unauthorized, "Invalid token");
  if (!done) co_return answer_refusal(done.error());
  co_return web::answer(200, json::Object{{"success", true}});
}

// The session of the bearer's token also by a cookie. A cookie alone asks for
// nothing here, so that no other site signs anybody in (hardening 33).
Task<http::Response> open_session(CustomerApi api, http::Request request) {
  auto token = bearer_token(request);
  std::optional<Session> session;
  if (token) session = co_await api.sessions.find(Realm::customer, *token);
  if (!session) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  const std::string customer = customer_wire_id(CustomerId{session->account.id});
  auto response =
      web::answer(200, json::Object{{"user", json::Object{{"actor_id", customer},
                                                          {"actor_type", "customer"},
                                                          {"auth_identity_id", customer}}}});
  set_session_cookie(response, *token, api.is_https);
  co_return response;
}

Task<http::Response> end_session(CustomerApi api, http::Request request) {
  co_await api.accounts.sign_out(SessionId{request.principal->session});
  auto response = web::answer(200, json::Object{{"success", true}});
  clear_session_cookie(response, api.is_https);
  co_return response;
}

// A session lasts by being used: its token stays.
Task<http::Response> refresh(CustomerApi api, http::Request request) {
  auto token = customer_token(request, api.is_https);
  if (!token) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  co_return web::answer(200, json::Object{{"token", *std::move(token)}});
}

}  // namespace

void add_auth_api(http::Router &router, CustomerApi api) {
  const auto everyone = http::Access::everyone();
  const auto customer = http::Access::customer();
  const auto by_token = http::Access::token_holder();
  const std::string base = "/auth/customer/emailpass";
  router.post(base + "/register", everyone, handle(api, register_customer));
  router.post(base, everyone, handle(api, sign_in));
  router.post(base + "/reset-password", everyone, handle(api, ask_for_reset));
  router.post(base + "/update", by_token, handle(api, reset));
  router.post("/auth/mfa/challenges/{id}/verify", by_token, handle(api, verify_challenge));
  router.post("/auth/session", by_token, handle(api, open_session));
  router.delete_("/auth/session", customer, handle(api, end_session));
  router.post("/auth/token/refresh", customer, handle(api, refresh));
}

}  // namespace osier::identity
