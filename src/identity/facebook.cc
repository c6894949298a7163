#include "identity/facebook.h"

#include "platform/crypto/crypto.h"
#include "platform/http/message.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

constexpr std::string_view version = "/v23.0";
constexpr std::string_view graph = "https://graph.facebook.com";
constexpr json::StringRule token_rule{.required = true, .length_min = 1, .length_max = 2'000};

std::string field(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + http::url_encode(value);
}

}  // namespace

Task<Result<std::string, IssuerRefusal>> Facebook::authorization_url(AuthorizationRequest request) {
  const std::string& base = settings().issuer;
  std::string url = base == graph ? "https://www.facebook.com" : base;
  url += std::string(version) + "/dialog/oauth?" + field("client_id", settings().client_id) + "&" +
         field("redirect_uri", request.redirect_uri) + "&" + field("state", request.state) +
         "&response_type=code&" + field("scope", "public_profile,email");
  co_return url;
}

Task<Result<Claims, IssuerRefusal>> Facebook::redeem(Redemption redemption) {
  // Facebook does not name itself in its answers; one that names an issuer is somebody else's.
  if (redemption.issuer) co_return refuse(refusal(IssuerRefusal::mixed_up, *redemption.issuer));
  auto token = co_await access_token(std::move(redemption));
  if (!token) co_return refuse(token.error());
  auto subject = co_await subject_of(*token);
  if (!subject) co_return refuse(subject.error());
  co_return co_await person_of(*token, *std::move(subject));
}

Task<Result<Secret, IssuerRefusal>> Facebook::access_token(Redemption redemption) {
  std::string form = field("client_id", settings().client_id) + "&" +
                     field("client_secret", settings().client_secret.reveal()) + "&" +
                     field("redirect_uri", redemption.redirect_uri) + "&" +
                     field("code", redemption.code);
  const auto answer = co_await call("POST", "/oauth/access_token", std::move(form));
  if (!answer) {
    co_return refuse(answer.error() == IssuerRefusal::token_refused ? IssuerRefusal::code_refused
                                                                    : answer.error());
  }
  const auto body = json::parse(*answer);
  if (!body) co_return refuse(refusal(IssuerRefusal::unavailable, "no JSON"));
  json::Reader reader(*body);
  auto token = reader.string("access_token", token_rule);
  if (!token) co_return refuse(refusal(IssuerRefusal::token_refused, reader.message()));
  co_return Secret(*std::move(token));
}

// For whom the token is, and that it is for us: else a token that another app got hold of would
// open an account here.
Task<Result<std::string, IssuerRefusal>> Facebook::subject_of(Secret token) {
  std::string query =
      field("input_token", token.reveal()) + "&" + field("access_token", app_token());
  const auto answer = co_await call("GET", "/debug_token", std::move(query));
  if (!answer) co_return refuse(answer.error());
  const auto body = json::parse(*answer);
  if (!body) co_return refuse(refusal(IssuerRefusal::unavailable, "no JSON"));
  json::Reader reader(*body);
  auto data = reader.object("data", json::Presence::required);
  if (!data) co_return refuse(refusal(IssuerRefusal::token_refused, reader.message()));
  const auto app = data->string("app_id");
  const auto subject = data->string("user_id", {.length_min = 1});
  const bool is_valid = data->boolean("is_valid").value_or(false);
  const auto type = data->string("type").value_or("USER");
  const auto expires = data->integer("expires_at", {.min = 0, .max = 253'402'300'800});
  const bool is_over =
      expires && *expires != 0 && Instant(std::chrono::seconds(*expires)) <= clock_.now();
  if (!is_valid || is_over || type != "USER" || app != settings().client_id || !subject) {
    co_return refuse(refusal(IssuerRefusal::token_refused, "the token is not a person's for us"));
  }
  co_return *subject;
}

Task<Result<Claims, IssuerRefusal>> Facebook::person_of(Secret token, std::string subject) {
  const std::string proof =
      crypto::hmac_sha256_hex(settings().client_secret.reveal(), token.reveal());
  std::string query = "fields=id%2Cemail%2Cfirst_name%2Clast_name&" +
                      field("access_token", token.reveal()) + "&" + field("appsecret_proof", proof);
  const auto answer = co_await call("GET", "/me", std::move(query));
  if (!answer) co_return refuse(answer.error());
  const auto body = json::parse(*answer);
  if (!body || !body->is_object()) {
    co_return refuse(refusal(IssuerRefusal::unavailable, "no JSON"));
  }
  // The names that OpenID Connect has for the same things.
  const auto& person = body->as_object();
  json::Object userinfo;
  for (const auto& [theirs, ours] :
       {std::pair{"id", "sub"}, std::pair{"email", "email"}, std::pair{"first_name", "given_name"},
        std::pair{"last_name", "family_name"}}) {
    if (const auto* const value = person.if_contains(theirs)) userinfo[ours] = *value;
  }
  const auto* const id = userinfo.if_contains("sub");
  if (id == nullptr || !id->is_string() || id->as_string() != subject) {
    co_return refuse(refusal(IssuerRefusal::token_refused, "the person is another"));
  }
  Claims claims;
  claims.subject = std::move(subject);
  add_userinfo(claims, json::Value(std::move(userinfo)));
  // It tells an address only once its owner has confirmed it there.
  claims.is_email_verified = !claims.email.empty();
  co_return claims;
}

Task<Result<std::string, IssuerRefusal>> Facebook::call(std::string method, std::string path,
                                                        std::string parameters) {
  http_client::Request request;
  request.method = method;
  request.url = settings().issuer + std::string(version) + path;
  if (method == "POST") {
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = std::move(parameters);
  } else {
    request.url += "?" + parameters;
  }
  auto answer = co_await http_.send(std::move(request));
  if (answer.status == 200) co_return std::move(answer.body);
  // Neither the address nor what libcurl says of it may be logged: tokens stand in it.
  const std::string status = path + " answered status " + std::to_string(answer.status);
  if (answer.status == 400) co_return refuse(refusal(IssuerRefusal::token_refused, status));
  co_return refuse(refusal(IssuerRefusal::unavailable, status));
}

// Facebook offers no place where a browser would sign out.
Task<std::string> Facebook::sign_out_url(std::string) { co_return std::string(); }

std::string Facebook::app_token() const {
  return settings().client_id + "|" + settings().client_secret.reveal();
}

IssuerRefusal Facebook::refusal(IssuerRefusal what, std::string_view reason) const {
  log_.warning("a sign-in by an issuer was refused",
               {{"issuer", settings().name}, {"refusal", to_string(what)}, {"reason", reason}});
  return what;
}

}  // namespace osier::identity
