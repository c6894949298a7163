// Making a passkey and proving to have it: the relying party's side of WebAuthn (W3C Web
// Authentication Level 2, sections 7.1 and 7.2).
//
// A passkey is a key pair of which an authenticator (telephone, computer, security key) keeps the
// private half, for one relying party: this shop, by its host name. Registering tells us the public
// half. Using it signs a challenge of ours together with the origin of the page that asked, so that
// a passkey cannot be used on another's page. We ask for no attestation: which model it is, is the
// person's business.
//
// All of it is pure: challenges and counters are the caller's to store (passkey_store.h). Hardening
// 52.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "identity/cose_key.h"
#include "platform/base/result.h"

namespace osier::identity {

struct RelyingParty {
  std::string id;      // The host name passkeys are for: "shop.example".
  std::string origin;  // The pages that may ask: "https://shop.example".

  // Of the shop's public address. Nothing if it is none.
  static std::optional<RelyingParty> of(std::string_view public_url);
};

// Whether the authenticator must know that it is the person (PIN, finger, face), or that somebody
// is there suffices. Required wherever a passkey is the only factor.
enum class UserVerification { preferred, required };
std::string_view to_string(UserVerification verification);

enum class WebAuthnRefusal {
  malformed,            // Not the JSON, CBOR or bytes of the standard.
  wrong_ceremony,       // An answer to another question: made where used was asked, or reverse.
  challenge_wrong,      // Not the challenge that was given out for this.
  origin_wrong,         // Asked by a page that is not ours, or from within another's.
  relying_party_wrong,  // Made for another host.
  user_absent,          // Nobody touched it.
  user_not_verified,    // It is the only factor, and does not know who touched it.
  attestation_wrong,    // It says of itself what its key did not sign.
  signature_wrong,      // Not by this passkey.
  counter_went_back,    // A copy of the passkey was used in between.
  user_wrong,           // It says that it is another account's.
};
std::string_view to_string(WebAuthnRefusal refusal);

// What navigator.credentials.create() gave, decoded.
struct RegistrationAnswer {
  std::string credential_id;
  std::string client_data;  // JSON.
  std::string attestation_object;

  // Of the JSON that PublicKeyCredential.toJSON() makes.
  static std::optional<RegistrationAnswer> parse(std::string_view json);
};

// What navigator.credentials.get() gave, decoded.
struct AssertionAnswer {
  std::string credential_id;
  std::string client_data;
  std::string authenticator_data;
  std::string signature;
  std::string user_handle;  // Empty if the authenticator does not say.

  static std::optional<AssertionAnswer> parse(std::string_view json);
};

// The challenge that an answer says it answers: to look up whether and for what it was given out.
// Nothing believed yet.
std::optional<std::string> challenge_of(const std::string& client_data);

struct NewPasskey {
  std::string credential_id;
  CoseKey key;
  std::uint32_t sign_count = 0;
  bool is_user_verified = false;
  bool is_backed_up = false;
};

// `challenge` is the one that was given out for this registration.
Result<NewPasskey, WebAuthnRefusal> verify_registration(const RelyingParty& relying_party,
                                                        const std::string& challenge,
                                                        const RegistrationAnswer& answer,
                                                        UserVerification verification);

// A passkey as it is stored, for checking its use.
struct KnownPasskey {
  std::string credential_id;
  std::string user_handle;
  CoseKey key;
  std::uint32_t sign_count = 0;
};

struct PasskeyUse {
  std::uint32_t sign_count = 0;  // To be stored.
  bool is_user_verified = false;
  bool is_backed_up = false;
};

Result<PasskeyUse, WebAuthnRefusal> verify_assertion(const RelyingParty& relying_party,
                                                     const std::string& challenge,
                                                     const KnownPasskey& passkey,
                                                     const AssertionAnswer& answer,
                                                     UserVerification verification);

}  // namespace osier::identity
