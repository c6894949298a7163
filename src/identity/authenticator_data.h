// What an authenticator says of itself and, once, of a new passkey, in bytes that it signs:
// WebAuthn section 6.1. Read strictly; nothing of it is believed yet. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "identity/cose_key.h"

namespace osier::identity {

constexpr std::size_t credential_id_size_max = 1'023;  // WebAuthn section 7.1.

struct AuthenticatorData {
  std::string rp_id_hash;         // SHA-256 of the relying party's id.
  bool is_user_present = false;   // UP: somebody touched it.
  bool is_user_verified = false;  // UV: by PIN, finger or face.
  bool is_backup_eligible = false;
  bool is_backed_up = false;     // Synchronised between a person's devices.
  std::uint32_t sign_count = 0;  // 0 for ever with authenticators that do not count.

  struct NewCredential {
    std::string id;
    CoseKey key;
  };
  std::optional<NewCredential> credential;  // At registration.

  // Nothing for what is cut short, has bytes behind its end, a key we do not know, or flags that
  // contradict each other.
  static std::optional<AuthenticatorData> read(std::string_view bytes);
};

}  // namespace osier::identity
