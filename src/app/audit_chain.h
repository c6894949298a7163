// The audit's chain in a running shop: where its key and its signed heads are, signing once an
// hour, and checking with the other invariants.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "app/self_check.h"
#include "app/shop.h"
#include "audit/head.h"
#include "audit/verification.h"
#include "platform/config/config.h"
#include "platform/crypto/ed25519.h"

namespace osier::app {

inline constexpr const char* sign_head_schedule = "audit.sign_head";
inline constexpr const char* chain_invariant = "audit.chain_holds";

// Places that `osier verify` looks at, the newest ones.
inline constexpr std::int64_t latest_places = 20'000;

struct AuditFiles {
  Secret key;  // Empty: the one in key_file.
  std::filesystem::path key_file;
  std::filesystem::path heads_file;
  std::vector<crypto::PublicKey> earlier_keys;
};
AuditFiles audit_files(const config::Config& config);

// Both block. The key is made if there is none yet; throw std::runtime_error.
crypto::SigningKey signing_key(const AuditFiles& files);
audit::SignedHeads signed_heads(const AuditFiles& files);

// Signs the chain's last place and appends the line to the heads. Refused (std::runtime_error)
// while entries wait for their places for minutes: a head says that all before it have one. Throws
// pg::Error.
Task<audit::Head> sign_head(pg::Database& database, AuditFiles files, Instant now);

// For the schedule of all checks: the newest places, and each time another part of the older ones,
// so that a chain of a million places is gone through in an hour.
Task<InvariantAnswer> ask_chain(Shop& shop, pg::Database& patient);

// Sets osier_audit_unchained and its age. If the database cannot be asked, they stay as they were.
Task<void> write_audit_metrics(Shop& shop);

}  // namespace osier::app
