// What a page hands to navigator.credentials, as JSON (WebAuthn Level 3, section 5.1.9): bytes are
// base64url. Pure.

#pragma once

#include <string>
#include <vector>

#include "identity/passkey.h"

namespace osier::identity {

// Who gets a new passkey. `name` and `display_name` are shown by the authenticator.
struct PasskeyOwner {
  AccountRef account;
  std::string name;
  std::string display_name;
};

// For navigator.credentials.create(). `there`: what the account has, so that no authenticator is
// added twice.
std::string creation_options(const RelyingParty& relying_party, const std::string& shop_name,
                             const PasskeyOwner& owner, const std::string& challenge,
                             const std::vector<Passkey>& there);

// For navigator.credentials.get(). `allowed` is empty where nobody has said who they are: then the
// authenticator offers what it has for this shop.
std::string request_options(const RelyingParty& relying_party, const std::string& challenge,
                            const std::vector<Passkey>& allowed, UserVerification verification);

}  // namespace osier::identity
