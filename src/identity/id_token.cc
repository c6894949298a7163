#include "identity/id_token.h"

#include <algorithm>

#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

constexpr std::size_t subject_size_max = 255;  // OpenID Connect Core section 2.
constexpr std::size_t name_length_max = 100;
constexpr std::size_t email_size_max = 320;
constexpr std::size_t methods_max = 20;

std::optional<std::string> text_in(const json::Object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->as_string());
}

// NumericDate (RFC 7519 section 2): seconds, perhaps with a fraction. Bounded, so that adding to it
// does not overflow.
std::optional<Instant> time_in(const json::Object& object, std::string_view name) {
  constexpr double latest = 253'402'300'800.0;  // The year 10000.
  const auto* const value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < latest)) return std::nullopt;
  return Instant(Duration(static_cast<std::int64_t>(seconds * 1e6)));
}

// Some issuers write it as a text.
bool truth_in(const json::Object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  if (value == nullptr) return false;
  return (value->is_bool() && value->as_bool()) ||
         (value->is_string() && value->as_string() == "true");
}

// A name for a form of ours: one line, cut between characters.
std::string name_in(const json::Object& object, std::string_view name) {
  std::string text = text_in(object, name).value_or("");
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  std::size_t length = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && ++length > name_length_max) {
      text.resize(at);
      break;
    }
  }
  return text;
}

std::string email_in(const json::Object& object) {
  std::string email = text_in(object, "email").value_or("");
  if (email.size() > email_size_max) email.clear();
  return email;
}

std::vector<std::string> texts_in(const json::Object& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto* const value = object.if_contains(name);
  const auto* const array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return texts;
  for (const auto& element : *array) {
    if (element.is_string() && texts.size() < methods_max) {
      texts.emplace_back(element.as_string());
    }
  }
  return texts;
}

// An audience of several needs a word on who of them asked; a word on that must name us.
bool is_for(std::string_view client_id, const json::Object& claims) {
  std::vector<std::string> audience = texts_in(claims, "aud");
  if (const auto one = text_in(claims, "aud")) audience = {*one};
  if (std::ranges::find(audience, client_id) == audience.end()) return false;
  const bool says_party = claims.if_contains("azp") != nullptr;
  if (says_party) return text_in(claims, "azp") == client_id;
  return audience.size() == 1;
}

bool is_subject(const std::string& text) {
  return !text.empty() && text.size() <= subject_size_max &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::optional<IdTokenRefusal> time_refusal(const json::Object& claims, Instant now) {
  const auto expires = time_in(claims, "exp");
  const auto issued = time_in(claims, "iat");
  const bool says_not_before = claims.if_contains("nbf") != nullptr;
  const auto not_before = time_in(claims, "nbf");
  if (!expires || !issued || (says_not_before && !not_before)) {
    return IdTokenRefusal::claims_malformed;
  }
  if (now >= *expires + clock_skew_max) return IdTokenRefusal::expired;
  if (*issued > now + clock_skew_max) return IdTokenRefusal::not_yet_valid;
  if (not_before && *not_before > now + clock_skew_max) return IdTokenRefusal::not_yet_valid;
  if (now > *issued + issued_ago_max + clock_skew_max) return IdTokenRefusal::too_old;
  return std::nullopt;
}

}  // namespace

Result<Claims, IdTokenRefusal> check_id_token(const json::Value& value,
                                              const IdTokenExpectation& expected) {
  const auto* const claims = value.if_object();
  if (claims == nullptr) return refuse(IdTokenRefusal::claims_malformed);
  const auto issuer = text_in(*claims, "iss");
  const auto subject = text_in(*claims, "sub");
  if (!issuer || !subject || !is_subject(*subject)) {
    return refuse(IdTokenRefusal::claims_malformed);
  }
  if (*issuer != expected.issuer) return refuse(IdTokenRefusal::issuer_wrong);
  if (!is_for(expected.client_id, *claims)) return refuse(IdTokenRefusal::audience_wrong);
  if (const auto refusal = time_refusal(*claims, expected.now)) return refuse(*refusal);
  const auto nonce = text_in(*claims, "nonce");
  if (!nonce || !crypto::equal_in_constant_time(crypto::token_hash(*nonce), expected.nonce_hash)) {
    return refuse(IdTokenRefusal::nonce_wrong);
  }
  return Claims{.subject = *subject,
                .email = email_in(*claims),
                .is_email_verified = truth_in(*claims, "email_verified"),
                .given_name = name_in(*claims, "given_name"),
                .family_name = name_in(*claims, "family_name"),
                .hosted_domain = text_in(*claims, "hd").value_or(""),
                .methods = texts_in(*claims, "amr")};
}

void add_userinfo(Claims& claims, const json::Value& userinfo) {
  const auto* const object = userinfo.if_object();
  if (object == nullptr || text_in(*object, "sub") != claims.subject) return;
  if (claims.email.empty()) {
    claims.email = email_in(*object);
    claims.is_email_verified = truth_in(*object, "email_verified");
  }
  if (claims.given_name.empty()) claims.given_name = name_in(*object, "given_name");
  if (claims.family_name.empty()) claims.family_name = name_in(*object, "family_name");
}

std::string_view to_string(IdTokenRefusal refusal) {
  switch (refusal) {
    case IdTokenRefusal::claims_malformed:
      return "claims_malformed";
    case IdTokenRefusal::issuer_wrong:
      return "issuer_wrong";
    case IdTokenRefusal::audience_wrong:
      return "audience_wrong";
    case IdTokenRefusal::expired:
      return "expired";
    case IdTokenRefusal::not_yet_valid:
      return "not_yet_valid";
    case IdTokenRefusal::too_old:
      return "too_old";
    case IdTokenRefusal::nonce_wrong:
      return "nonce_wrong";
  }
}

}  // namespace osier::identity
