#include "identity/webauthn.h"

#include <fido.h>

#include <algorithm>
#include <memory>

#include "identity/authenticator_data.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

constexpr std::string_view made = "webauthn.create";
constexpr std::string_view used = "webauthn.get";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// libfido2 wants to be told once in each thread that uses it.
void prepare_fido() {
  static thread_local const bool is_prepared = (fido_init(0), true);
  static_cast<void>(is_prepared);
}

struct ClientData {
  std::string type;
  std::string challenge;  // Decoded.
  std::string origin;
  bool is_cross_origin = false;
};

std::optional<ClientData> read_client_data(const std::string& text) {
  const auto value = json::parse(text, {.bytes_max = 8 * 1024, .depth_max = 8, .members_max = 50});
  if (!value) return std::nullopt;
  json::Reader reader(*value);
  const json::StringRule rule{.required = true, .length_min = 1, .length_max = 2'048};
  const auto type = reader.string("type", rule);
  const auto challenge = reader.string("challenge", rule);
  const auto origin = reader.string("origin", rule);
  const auto is_cross_origin = reader.boolean("crossOrigin");
  if (!reader.ok()) return std::nullopt;
  auto decoded = crypto::from_base64url(*challenge);
  if (!decoded) return std::nullopt;
  return ClientData{.type = *type,
                    .challenge = std::move(*decoded),
                    .origin = *origin,
                    .is_cross_origin = is_cross_origin.value_or(false) || reader.has("topOrigin")};
}

// Sections 7.1 and 7.2: what both ceremonies ask of the browser's part.
std::optional<WebAuthnRefusal> doubt_client(const RelyingParty& relying_party,
                                            const std::string& challenge, std::string_view type,
                                            const std::string& client_data) {
  const auto said = read_client_data(client_data);
  if (!said) return WebAuthnRefusal::malformed;
  if (said->type != type) return WebAuthnRefusal::wrong_ceremony;
  if (challenge.empty() || !crypto::equal_in_constant_time(said->challenge, challenge)) {
    return WebAuthnRefusal::challenge_wrong;
  }
  if (said->origin != relying_party.origin || said->is_cross_origin) {
    return WebAuthnRefusal::origin_wrong;
  }
  return std::nullopt;
}

// And of the authenticator's.
std::optional<WebAuthnRefusal> doubt_authenticator(const RelyingParty& relying_party,
                                                   const AuthenticatorData& data,
                                                   UserVerification verification) {
  if (data.rp_id_hash != crypto::view_of(crypto::sha256(relying_party.id))) {
    return WebAuthnRefusal::relying_party_wrong;
  }
  if (!data.is_user_present) return WebAuthnRefusal::user_absent;
  if (verification == UserVerification::required && !data.is_user_verified) {
    return WebAuthnRefusal::user_not_verified;
  }
  return std::nullopt;
}

struct Attestation {
  std::string format;
  std::string statement;  // CBOR.
  std::string authenticator_data;
};

std::optional<Attestation> read_attestation(std::string_view object) {
  const auto map = Cbor::read(object);
  if (!map || map->encoded().size() != object.size()) return std::nullopt;
  const Cbor* const format = map->find("fmt");
  const Cbor* const statement = map->find("attStmt");
  const Cbor* const data = map->find("authData");
  const bool is_whole = format != nullptr && format->text() && statement != nullptr &&
                        statement->kind() == Cbor::Kind::map && data != nullptr && data->bytes();
  if (!is_whole) return std::nullopt;
  return Attestation{.format = std::string(*format->text()),
                     .statement = std::string(statement->encoded()),
                     .authenticator_data = std::string(*data->bytes())};
}

// We ask for none, and what comes nevertheless must hold: signed by the passkey itself, or by a
// certificate, whose issuer we do not judge.
bool attestation_holds(const RelyingParty& relying_party, const Attestation& attestation,
                       CoseAlgorithm algorithm, const std::string& client_data) {
  if (attestation.format == "none") return attestation.statement == "\xA0";  // The empty map.
  prepare_fido();
  const std::unique_ptr<fido_cred_t, void (*)(fido_cred_t*)> credential(
      fido_cred_new(), [](fido_cred_t* object) { fido_cred_free(&object); });
  const std::string& data = attestation.authenticator_data;
  const std::string& statement = attestation.statement;
  const bool is_read =
      credential && fido_cred_set_type(credential.get(), static_cast<int>(algorithm)) == FIDO_OK &&
      fido_cred_set_rp(credential.get(), relying_party.id.c_str(), nullptr) == FIDO_OK &&
      fido_cred_set_clientdata(credential.get(), bytes_of(client_data), client_data.size()) ==
          FIDO_OK &&
      fido_cred_set_fmt(credential.get(), attestation.format.c_str()) == FIDO_OK &&
      fido_cred_set_authdata_raw(credential.get(), bytes_of(data), data.size()) == FIDO_OK &&
      fido_cred_set_attstmt(credential.get(), bytes_of(statement), statement.size()) == FIDO_OK;
  if (!is_read) return false;
  const bool has_certificate = fido_cred_x5c_ptr(credential.get()) != nullptr;
  return (has_certificate ? fido_cred_verify(credential.get())
                          : fido_cred_verify_self(credential.get())) == FIDO_OK;
}

bool signature_holds(const RelyingParty& relying_party, const CoseKey& key,
                     const AssertionAnswer& answer) {
  prepare_fido();
  const std::unique_ptr<fido_assert_t, void (*)(fido_assert_t*)> assertion(
      fido_assert_new(), [](fido_assert_t* object) { fido_assert_free(&object); });
  const std::string& data = answer.authenticator_data;
  const std::string& signature = answer.signature;
  return assertion && fido_assert_set_rp(assertion.get(), relying_party.id.c_str()) == FIDO_OK &&
         fido_assert_set_clientdata(assertion.get(), bytes_of(answer.client_data),
                                    answer.client_data.size()) == FIDO_OK &&
         fido_assert_set_count(assertion.get(), 1) == FIDO_OK &&
         fido_assert_set_authdata_raw(assertion.get(), 0, bytes_of(data), data.size()) == FIDO_OK &&
         fido_assert_set_sig(assertion.get(), 0, bytes_of(signature), signature.size()) ==
             FIDO_OK &&
         fido_assert_verify(assertion.get(), 0, static_cast<int>(key.algorithm()),
                            key.fido_key()) == FIDO_OK;
}

}  // namespace

std::optional<RelyingParty> RelyingParty::of(std::string_view public_url) {
  const auto scheme = public_url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  std::string origin(public_url.substr(0, public_url.find('/', scheme + 3)));
  std::ranges::transform(origin, origin.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  const std::string host_and_port = origin.substr(scheme + 3);
  std::string host = host_and_port.substr(0, host_and_port.find(':'));
  // Passkeys are for names, not for addresses of machines.
  const bool is_number = host.find_first_not_of("0123456789.") == std::string::npos;
  if (is_number || host_and_port.starts_with('[')) return std::nullopt;
  return RelyingParty{.id = std::move(host), .origin = std::move(origin)};
}

std::string_view to_string(UserVerification verification) {
  switch (verification) {
    case UserVerification::preferred:
      return "preferred";
    case UserVerification::required:
      return "required";
  }
}

std::string_view to_string(WebAuthnRefusal refusal) {
  switch (refusal) {
    case WebAuthnRefusal::malformed:
      return "malformed";
    case WebAuthnRefusal::wrong_ceremony:
      return "wrong_ceremony";
    case WebAuthnRefusal::challenge_wrong:
      return "challenge_wrong";
    case WebAuthnRefusal::origin_wrong:
      return "origin_wrong";
    case WebAuthnRefusal::relying_party_wrong:
      return "relying_party_wrong";
    case WebAuthnRefusal::user_absent:
      return "user_absent";
    case WebAuthnRefusal::user_not_verified:
      return "user_not_verified";
    case WebAuthnRefusal::attestation_wrong:
      return "attestation_wrong";
    case WebAuthnRefusal::signature_wrong:
      return "signature_wrong";
    case WebAuthnRefusal::counter_went_back:
      return "counter_went_back";
    case WebAuthnRefusal::user_wrong:
      return "user_wrong";
  }
}

std::optional<std::string> challenge_of(const std::string& client_data) {
  const auto said = read_client_data(client_data);
  if (!said) return std::nullopt;
  return said->challenge;
}

Result<NewPasskey, WebAuthnRefusal> verify_registration(const RelyingParty& relying_party,
                                                        const std::string& challenge,
                                                        const RegistrationAnswer& answer,
                                                        UserVerification verification) {
  if (const auto doubt = doubt_client(relying_party, challenge, made, answer.client_data)) {
    return refuse(*doubt);
  }
  const auto attestation = read_attestation(answer.attestation_object);
  if (!attestation) return refuse(WebAuthnRefusal::malformed);
  const auto data = AuthenticatorData::read(attestation->authenticator_data);
  if (!data || !data->credential || data->credential->id != answer.credential_id) {
    return refuse(WebAuthnRefusal::malformed);
  }
  if (const auto doubt = doubt_authenticator(relying_party, *data, verification)) {
    return refuse(*doubt);
  }
  const CoseKey& key = data->credential->key;
  if (!attestation_holds(relying_party, *attestation, key.algorithm(), answer.client_data)) {
    return refuse(WebAuthnRefusal::attestation_wrong);
  }
  return NewPasskey{.credential_id = answer.credential_id,
                    .key = key,
                    .sign_count = data->sign_count,
                    .is_user_verified = data->is_user_verified,
                    .is_backed_up = data->is_backed_up};
}

Result<PasskeyUse, WebAuthnRefusal> verify_assertion(const RelyingParty& relying_party,
                                                     const std::string& challenge,
                                                     const KnownPasskey& passkey,
                                                     const AssertionAnswer& answer,
                                                     UserVerification verification) {
  if (const auto doubt = doubt_client(relying_party, challenge, used, answer.client_data)) {
    return refuse(*doubt);
  }
  const auto data = AuthenticatorData::read(answer.authenticator_data);
  if (!data || data->credential) return refuse(WebAuthnRefusal::malformed);
  if (const auto doubt = doubt_authenticator(relying_party, *data, verification)) {
    return refuse(*doubt);
  }
  const bool says_another =
      !answer.user_handle.empty() && answer.user_handle != passkey.user_handle;
  if (says_another) return refuse(WebAuthnRefusal::user_wrong);
  if (answer.credential_id != passkey.credential_id ||
      !signature_holds(relying_party, passkey.key, answer)) {
    return refuse(WebAuthnRefusal::signature_wrong);
  }
  // Section 6.1.1: who counts, counts up. After the signature, so that no stranger's number counts.
  const bool counts = data->sign_count != 0 || passkey.sign_count != 0;
  if (counts && data->sign_count <= passkey.sign_count) {
    return refuse(WebAuthnRefusal::counter_went_back);
  }
  return PasskeyUse{.sign_count = data->sign_count,
                    .is_user_verified = data->is_user_verified,
                    .is_backed_up = data->is_backed_up};
}

}  // namespace osier::identity
