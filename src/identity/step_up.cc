#include "identity/step_up.h"

#include "platform/base/require.h"
#include "platform/html/html.h"

namespace osier::identity {

bool has_proved_lately(const http::Principal& principal, Instant now) {
  return now - principal.authenticated_at <= step_up_max;
}

std::optional<http::Response> ask_to_confirm(const http::Request& request, Instant now,
                                             const std::string& confirm_url,
                                             const std::string& back) {
  require(request.principal != nullptr, "the route's access names a person");
  if (has_proved_lately(*request.principal, now)) return std::nullopt;
  auto response = http::redirect(confirm_url + "?next=" + html::url_encode(back));
  response.headers.set("Cache-Control", "private, no-store");
  return response;
}

std::optional<http::Response> ask_staff_to_confirm(const http::Request& request, Instant now,
                                                   const std::string& back) {
  return ask_to_confirm(request, now, "/admin/account/confirm", back);
}

}  // namespace osier::identity
