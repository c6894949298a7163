// A random key that all processes of one database share: for hashes and signatures of short life.

#pragma once

#include <string>

#include "platform/base/random.h"
#include "platform/base/secret.h"
#include "platform/postgres/database.h"

namespace osier::pg {

// The key of that name (lower-case letters and '_'), 32 bytes; made if there is none yet. Throws
// pg::Error.
Task<Secret> shared_key(Database& database, Random& random, std::string name);

}  // namespace osier::pg
