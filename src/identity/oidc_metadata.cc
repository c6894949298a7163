#include "identity/oidc_metadata.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "platform/json/value.h"

namespace osier::identity {

namespace {

constexpr json::StringRule url_rule{.length_max = 2'000};
constexpr json::ArrayRule words_rule{.size_max = 200};

bool offers(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::string discovery_url(const std::string& issuer) {
  return issuer + (issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
}

Result<OidcMetadata, std::string> read_metadata(std::string_view text, const std::string& issuer) {
  const auto value = json::parse(text);
  if (!value) return refuse("its configuration is no JSON: " + value.error().message);
  json::Reader reader(*value);
  json::StringRule required = url_rule;
  required.required = true;

  const auto name = reader.string("issuer", required);
  OidcMetadata metadata;
  metadata.authorization_endpoint = reader.string("authorization_endpoint", required).value_or("");
  metadata.token_endpoint = reader.string("token_endpoint", required).value_or("");
  metadata.jwks_uri = reader.string("jwks_uri", required).value_or("");
  metadata.userinfo_endpoint = reader.string("userinfo_endpoint", url_rule).value_or("");
  metadata.end_session_endpoint = reader.string("end_session_endpoint", url_rule).value_or("");
  metadata.names_itself =
      reader.boolean("authorization_response_iss_parameter_supported").value_or(false);
  const auto responses = reader.strings("response_types_supported", words_rule);
  const auto algorithms = reader.strings("id_token_signing_alg_values_supported", words_rule);
  const auto challenges = reader.strings("code_challenge_methods_supported", words_rule);
  const auto clients = reader.strings("token_endpoint_auth_methods_supported", words_rule);
  if (!reader.ok()) return refuse("its configuration is incomplete: " + reader.message());
  if (*name != issuer) return refuse("it calls itself " + *name);

  // What it does not say, it may do.
  if (!responses.empty() && !offers(responses, "code")) {
    return refuse(std::string("it gives no codes"));
  }
  if (!algorithms.empty() && !offers(algorithms, "RS256") && !offers(algorithms, "ES256")) {
    return refuse(std::string("it signs neither by RS256 nor by ES256"));
  }
  if (!challenges.empty() && !offers(challenges, "S256")) {
    return refuse(std::string("it does not know the challenge S256"));
  }
  if (!offers(clients, "client_secret_basic") && offers(clients, "client_secret_post")) {
    metadata.authentication = ClientAuthentication::post;
  }
  return metadata;
}

}  // namespace osier::identity
