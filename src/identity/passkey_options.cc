#include "identity/passkey_options.h"

#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

constexpr std::int64_t timeout_ms =
    std::chrono::duration_cast<std::chrono::milliseconds>(passkey_challenge_max).count();

json::Array descriptors_of(const std::vector<Passkey>& passkeys) {
  json::Array descriptors;
  for (const Passkey& passkey : passkeys) {
    descriptors.push_back(
        json::Object{{"type", "public-key"}, {"id", crypto::to_base64url(passkey.credential_id)}});
  }
  return descriptors;
}

}  // namespace

std::string creation_options(const RelyingParty& relying_party, const std::string& shop_name,
                             const PasskeyOwner& owner, const std::string& challenge,
                             const std::vector<Passkey>& there) {
  json::Array algorithms;
  for (const CoseAlgorithm algorithm : cose_algorithms) {
    algorithms.push_back(
        json::Object{{"type", "public-key"}, {"alg", static_cast<std::int64_t>(algorithm)}});
  }
  return json::to_text(json::Object{
      {"rp", json::Object{{"id", relying_party.id}, {"name", shop_name}}},
      {"user", json::Object{{"id", crypto::to_base64url(user_handle_of(owner.account))},
                            {"name", owner.name},
                            {"displayName", owner.display_name}}},
      {"challenge", crypto::to_base64url(challenge)},
      {"pubKeyCredParams", std::move(algorithms)},
      {"timeout", timeout_ms},
      {"excludeCredentials", descriptors_of(there)},
      // A security key without room for accounts or a PIN is still a good second factor.
      {"authenticatorSelection",
       json::Object{{"residentKey", "preferred"}, {"userVerification", "preferred"}}},
      {"attestation", "none"}});
}

std::string request_options(const RelyingParty& relying_party, const std::string& challenge,
                            const std::vector<Passkey>& allowed, UserVerification verification) {
  return json::to_text(json::Object{{"rpId", relying_party.id},
                                    {"challenge", crypto::to_base64url(challenge)},
                                    {"timeout", timeout_ms},
                                    {"allowCredentials", descriptors_of(allowed)},
                                    {"userVerification", std::string(to_string(verification))}});
}

}  // namespace osier::identity
