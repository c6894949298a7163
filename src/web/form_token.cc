#include "web/form_token.h"

#include "platform/crypto/crypto.h"

namespace osier::web {

std::string form_token(std::string_view session_token) {
  const auto digest = crypto::hmac_sha256(session_token, "form:v1");
  return crypto::to_base64url(crypto::view_of(digest));
}

bool is_form_token(std::optional<std::string_view> given, std::string_view session_token) {
  if (!given || session_token.empty()) return false;
  return crypto::equal_in_constant_time(*given, form_token(session_token));
}

}  // namespace osier::web
