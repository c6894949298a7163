// The JSON of a browser's answers, as PublicKeyCredential.toJSON() makes it (WebAuthn Level 3,
// section 5.1), decoded.

#include "identity/webauthn.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

constexpr json::Limits limits{.bytes_max = 64 * 1024, .depth_max = 8, .members_max = 100};
constexpr std::size_t text_max = 64 * 1024;

// A required member that is base64url; what is wrong with it is noted in the reader.
std::string bytes_in(json::Reader& reader, std::string_view name) {
  const auto text =
      reader.string(name, {.required = true, .length_min = 1, .length_max = text_max});
  const auto bytes = text ? crypto::from_base64url(*text) : std::nullopt;
  if (text && !bytes) reader.fail(name, "must be base64url");
  return bytes.value_or("");
}

bool is_public_key(json::Reader& reader) {
  return reader.string("type", {.required = true}) == "public-key";
}

}  // namespace

std::optional<RegistrationAnswer> RegistrationAnswer::parse(std::string_view text) {
  const auto value = json::parse(text, limits);
  if (!value) return std::nullopt;
  json::Reader reader(*value);
  RegistrationAnswer answer{
      .credential_id = bytes_in(reader, "id"), .client_data = {}, .attestation_object = {}};
  const bool is_of_type = is_public_key(reader);
  if (auto response = reader.object("response", json::Presence::required)) {
    answer.client_data = bytes_in(*response, "clientDataJSON");
    answer.attestation_object = bytes_in(*response, "attestationObject");
  }
  if (!reader.ok() || !is_of_type) return std::nullopt;
  return answer;
}

std::optional<AssertionAnswer> AssertionAnswer::parse(std::string_view text) {
  const auto value = json::parse(text, limits);
  if (!value) return std::nullopt;
  json::Reader reader(*value);
  AssertionAnswer answer;
  answer.credential_id = bytes_in(reader, "id");
  const bool is_of_type = is_public_key(reader);
  if (auto response = reader.object("response", json::Presence::required)) {
    answer.client_data = bytes_in(*response, "clientDataJSON");
    answer.authenticator_data = bytes_in(*response, "authenticatorData");
    answer.signature = bytes_in(*response, "signature");
    // Authenticators that keep no accounts leave it out.
    if (response->has("userHandle")) answer.user_handle = bytes_in(*response, "userHandle");
  }
  if (!reader.ok() || !is_of_type) return std::nullopt;
  return answer;
}

}  // namespace osier::identity
