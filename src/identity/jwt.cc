#include "identity/jwt.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

struct Parts {
  std::string_view head;
  std::string_view claims;
  std::string_view signature;
  std::string_view signed_bytes;  // head.claims, as they were sent.
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  if (token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{.head = token.substr(0, first),
               .claims = token.substr(first + 1, second - first - 1),
               .signature = token.substr(second + 1),
               .signed_bytes = token.substr(0, second)};
}

std::optional<json::Value> read_object(std::string_view part) {
  const auto text = crypto::from_base64url(part);
  if (!text) return std::nullopt;
  auto value = json::parse(*text);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(*value);
}

bool is_jwt(std::string_view type) {
  return type.size() == 3 && (type[0] | 0x20) == 'j' && (type[1] | 0x20) == 'w' &&
         (type[2] | 0x20) == 't';
}

bool has_only_harmless_members(const json::Object& head) {
  constexpr std::array<std::string_view, 6> refused{"jku", "jwk", "x5u", "x5c", "crit", "b64"};
  const bool leads_elsewhere = std::ranges::any_of(
      refused, [&](std::string_view name) { return head.if_contains(name) != nullptr; });
  const auto* const type = head.if_contains("typ");
  const bool is_typed = type == nullptr || (type->is_string() && is_jwt(type->as_string()));
  return !leads_elsewhere && is_typed;
}

std::optional<SignatureAlgorithm> algorithm_of(const json::Object& head) {
  const auto* const value = head.if_contains("alg");
  if (value == nullptr || !value->is_string()) return std::nullopt;
  if (value->as_string() == "RS256") return SignatureAlgorithm::rs256;
  if (value->as_string() == "ES256") return SignatureAlgorithm::es256;
  return std::nullopt;
}

}  // namespace

Result<json::Value, JwtRefusal> verify_jwt(std::string_view token, const JwkSet& keys) {
  if (token.size() > jwt_size_max) return refuse(JwtRefusal::malformed);
  const auto parts = split(token);
  if (!parts) return refuse(JwtRefusal::malformed);
  const auto head_value = read_object(parts->head);
  if (!head_value) return refuse(JwtRefusal::malformed);
  const auto& head = head_value->as_object();
  const auto algorithm = algorithm_of(head);
  if (!algorithm) return refuse(JwtRefusal::algorithm_not_allowed);
  if (!has_only_harmless_members(head)) return refuse(JwtRefusal::header_not_allowed);

  std::optional<std::string> key_id;
  if (const auto* const value = head.if_contains("kid")) {
    if (!value->is_string()) return refuse(JwtRefusal::malformed);
    key_id = std::string(value->as_string());
  }
  const auto signature = crypto::from_base64url(parts->signature);
  if (!signature) return refuse(JwtRefusal::malformed);
  const auto candidates = keys.candidates(*algorithm, key_id);
  if (candidates.empty()) return refuse(JwtRefusal::key_unknown);
  const bool is_signed = std::ranges::any_of(
      candidates, [&](const Jwk* key) { return key->has_signed(parts->signed_bytes, *signature); });
  if (!is_signed) return refuse(JwtRefusal::signature_wrong);

  auto claims = read_object(parts->claims);
  if (!claims) return refuse(JwtRefusal::malformed);
  return std::move(*claims);
}

std::string_view to_string(JwtRefusal refusal) {
  switch (refusal) {
    case JwtRefusal::malformed:
      return "malformed";
    case JwtRefusal::algorithm_not_allowed:
      return "algorithm_not_allowed";
    case JwtRefusal::header_not_allowed:
      return "header_not_allowed";
    case JwtRefusal::key_unknown:
      return "key_unknown";
    case JwtRefusal::signature_wrong:
      return "signature_wrong";
  }
}

}  // namespace osier::identity
