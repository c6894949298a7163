// The secret in a shopper's link to an order, and the key by which the order is found.
//
// A token is the second in which it was made, in eight hexadecimal digits, and 128 random bits. Its
// key is that second and the token's SHA-256: who reads the database cannot open the order's page.
// The second goes first so that new keys stand side by side in their index. By hashes alone each
// order would touch a page of the index that no other order touches, and however many orders there
// are already, so many pages would be read, and written to the WAL whole after every checkpoint.

#pragma once

#include <string>

#include "platform/base/random.h"
#include "platform/base/time.h"
#include "platform/postgres/value.h"

namespace osier::orders {

std::string new_access_token(Random& random, Instant now);

// For any text. What is no token of this form has its hash alone for a key, as older orders have.
pg::Bytes access_key_of(const std::string& token);

}  // namespace osier::orders
