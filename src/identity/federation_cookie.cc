#include "identity/federation_cookie.h"

#include "identity/federated_identity.h"
#include "identity/sign_in_attempt.h"

namespace osier::identity {

namespace {

std::string_view attempt_name(bool is_https) { return is_https ? "__Host-oidc" : "oidc"; }
std::string_view held_name(bool is_https) { return is_https ? "__Host-oidc-held" : "oidc-held"; }

std::chrono::seconds seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration);
}

}  // namespace

std::optional<AttemptCookie> attempt_cookie(const http::Request& request, bool is_https) {
  const auto value = request.cookie(attempt_name(is_https));
  if (!value) return std::nullopt;
  const auto dot = value->find('.');
  AttemptCookie cookie{.browser_token = std::string(value->substr(0, dot)), .place = {}};
  if (dot != std::string_view::npos) cookie.place = value->substr(dot + 1);
  return cookie;
}

void set_attempt_cookie(http::Response& response, const AttemptCookie& cookie, bool is_https) {
  const std::string value = cookie.browser_token + "." + cookie.place;
  response.headers.add("Set-Cookie", http::set_cookie(attempt_name(is_https), value, is_https,
                                                      seconds(sign_in_attempt_max)));
}

std::optional<std::string> held_cookie(const http::Request& request, bool is_https) {
  const auto value = request.cookie(held_name(is_https));
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

void set_held_cookie(http::Response& response, const std::string& token, bool is_https) {
  response.headers.add("Set-Cookie", http::set_cookie(held_name(is_https), token, is_https,
                                                      seconds(pending_identity_max)));
}

void clear_held_cookie(http::Response& response, bool is_https) {
  response.headers.add(
      "Set-Cookie", http::set_cookie(held_name(is_https), "", is_https, std::chrono::seconds(0)));
}

}  // namespace osier::identity
