#include "api.h"

#include "lists.h"
#include "platform/async/loop.h"
#include "platform/crypto/crypto.h"
#include "platform/http/ascii.h"

namespace osier::simulator {

namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

Refusal<ApiError> unauthorized(std::string message) {
  ApiError error;
  error.status = 401;
  error.message = std::move(message);
  return {std::move(error)};
}

// The key of "Bearer <key>" or "Basic base64(<key>:)".
std::string key_of(const http::Request& request) {
  const std::string_view field = request.headers.get("Authorization").value_or("");
  if (field.starts_with("Bearer ")) return std::string(http::trimmed(field.substr(7)));
  if (field.starts_with("Basic ")) {
    std::string pair = crypto::from_base64(http::trimmed(field.substr(6))).value_or("");
    return pair.substr(0, pair.find(':'));
  }
  return "";
}

// "2025-03-31.basil".
bool is_version(std::string_view text) {
  if (text.size() < 10) return false;
  for (std::size_t i = 0; i < 10; ++i) {
    if (i == 4 || i == 7 ? text[i] != '-' : !http::is_digit(text[i])) return false;
  }
  return text.size() == 10 || (text[10] == '.' && text.size() > 11);
}

std::string masked(const std::string& key) {
  if (key.size() <= 12) return std::string(key.size(), '*');
  return key.substr(0, 8) + std::string(key.size() - 12, '*') + key.substr(key.size() - 4);
}

http::Response respond(int status, std::string body, const Call& call, std::string_view version) {
  http::Response response = http::json(status, std::move(body));
  response.headers.add("Request-Id", call.request_id);
  response.headers.add("Stripe-Version", std::string(version));
  response.headers.add("Cache-Control", "no-cache, no-store");
  if (!call.idempotency_key.empty()) response.headers.add("Idempotency-Key", call.idempotency_key);
  return response;
}

}  // namespace

std::string Api::base_url(const http::Request& request) const {
  if (!settings_.public_url.empty()) return settings_.public_url;
  return "http://" + std::string(request.headers.get("Host").value_or("localhost"));
}

void Api::add_routes(http::Router& router) {
  const http::Handler handler = [this](http::Request request) {
    return answer(std::move(request));
  };
  const http::RouteOptions options{.body_max = 512 * 1024};
  router.get("/v1/{call*}", http::Access::everyone(), handler, options);
  router.post("/v1/{call*}", http::Access::everyone(), handler, options);
  router.delete_("/v1/{call*}", http::Access::everyone(), handler, options);
}

Answer<void> Api::check_key(const http::Request& request, Asked& asked) const {
  std::string key = key_of(request);
  if (key.empty()) key = text_of(asked.params, "key");
  if (key.empty()) {
    return unauthorized(
        "You did not provide an API key. You need to provide your API key in the Authorization "
        "header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");
  }
  if (Secret(key) == settings_.secret_key) return {};
  if (key == settings_.publishable_key) {
    asked.is_public = true;
    return {};
  }
  return unauthorized("Invalid API Key provided: " + masked(key));
}

Answer<Api::Asked> Api::read(const http::Request& request, const Call& call,
                             const std::string& version) const {
  Asked asked{
      .method = request.method, .url = request.path, .path = {}, .params = {}, .call = call};
  std::string_view rest = request.path_value(0);
  while (!rest.empty()) asked.path.emplace_back(http::cut_before(rest, '/'));

  const bool has_form = request.method == http::Method::post;
  if (has_form && !request.body.empty()) {
    std::string_view type = request.headers.get("Content-Type").value_or("");
    type = http::trimmed(http::cut_before(type, ';'));
    if (!http::equal_ignoring_case(type, form_type)) {
      return invalid("Invalid request: the Content-Type of this call must be " +
                     std::string(form_type) + ".");
    }
  }
  auto params = parse_nested(has_form ? request.body : request.query);
  if (!params) return refuse(params.error());
  asked.params = std::move(*params);
  if (const auto allowed = check_key(request, asked); !allowed) return refuse(allowed.error());
  asked.params.erase("key");
  if (!is_version(version)) return invalid("Invalid Stripe API version: " + version);
  return asked;
}

Api::Told Api::told_of(const ApiError& error, const Call& call) {
  return {.status = error.status,
          .body = json::to_text(to_json(error, call.request_id)),
          .has_executed = error.has_executed,
          .is_error = true};
}

Api::Told Api::carry_out(Asked& asked) {
  if (faults_.strike(FaultKind::error_500, asked.url)) {
    ApiError broken;
    broken.status = 500;
    broken.type = "api_error";
    broken.message = "Sorry! There was an error while talking to one of our backends.";
    broken.has_executed = true;
    return told_of(broken, asked.call);
  }
  auto answer = dispatch(asked);
  if (!answer) return told_of(answer.error(), asked.call);
  json::Object object = std::move(*answer);
  if (auto expanded = expand(books_, object, asked.params); !expanded) {
    ApiError error = expanded.error();
    error.has_executed = true;
    return told_of(error, asked.call);
  }
  return {.body = json::to_text(object)};
}

// The answer of the first time, a conflict, or nothing: then the key is this call's.
std::optional<http::Response> Api::replay(const Asked& asked, const std::string& version) {
  const Call& call = asked.call;
  const auto before = keys_.begin(call.idempotency_key,
                                  asked.url + "\n" + json::to_text(asked.params), books_.seconds());
  if (!before) {
    const Told told = told_of(before.error(), call);
    auto refused = respond(told.status, told.body, call, version);
    if (told.status == 409) refused.headers.add("Stripe-Should-Retry", "true");
    return refused;
  }
  if (!*before) return std::nullopt;
  auto again = respond((*before)->status, (*before)->body, call, version);
  again.headers.add("Idempotent-Replayed", "true");
  again.headers.add("Original-Request", (*before)->request_id);
  return again;
}

Task<http::Response> Api::answer(http::Request request) {
  Call call;
  call.request_id = books_.new_id("req_", 14);
  call.idempotency_key = request.headers.get("Idempotency-Key").value_or("");
  call.base_url = base_url(request);
  const std::string version(request.headers.get("Stripe-Version").value_or(settings_.api_version));
  auto asked = read(request, call, version);
  if (!asked) {
    Told told = told_of(asked.error(), call);
    co_return respond(told.status, std::move(told.body), call, version);
  }
  books_.api_version = version;
  const bool is_post = request.method == http::Method::post;
  const bool has_key = is_post && !call.idempotency_key.empty();
  if (has_key) {
    if (auto known = replay(*asked, version)) co_return std::move(*known);
  }
  // A slow provider: meanwhile the key is in use.
  if (const auto slow = faults_.strike(FaultKind::slow, asked->url))
    co_await sleep_for(slow->delay);
  Told told = carry_out(*asked);
  if (has_key && told.has_executed) {
    keys_.save(call.idempotency_key,
               {.status = told.status, .body = told.body, .request_id = call.request_id});
  } else if (has_key) {
    keys_.release(call.idempotency_key);
  }
  if (is_post && !told.is_error) {
    const auto late = faults_.strike(FaultKind::timeout_after_charge, asked->url);
    if (late) co_await sleep_for(late->delay);
  }
  co_return respond(told.status, std::move(told.body), call, version);
}

}  // namespace osier::simulator
