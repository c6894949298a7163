// The recovery codes of an account, as hashes: which are left. Internal to identity; their form is
// recovery_code.h's.

#pragma once

#include <vector>

#include "identity/recovery_code.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::identity {

// All count when the caller commits.

// These are the account's from now on, and no others.
Task<void> replace_recovery_codes(pg::Transaction& transaction, AccountRef account,
                                  std::vector<Secret> codes, Instant now);
// False for what is none, and for one that was used: of any number at once one is true
// (hardening 38).
Task<bool> use_recovery_code(pg::Transaction& transaction, AccountRef account, std::string typed,
                             Instant now);
Task<int> count_recovery_codes(pg::Transaction& transaction, AccountRef account);
Task<void> remove_recovery_codes(pg::Transaction& transaction, AccountRef account);

}  // namespace osier::identity
