// The key above all others: it wraps the wrapping keys, and is never in the database.
//
// A port with two adapters: a key in this machine's hands (local_root_key.h), and AWS KMS. It is
// asked when a process starts and when a wrapping key is made; never for an order or a cart.

#pragma once

#include <stdexcept>
#include <string>

#include "platform/async/task.h"
#include "platform/base/uuid.h"
#include "platform/crypto/aead.h"
#include "platform/postgres/value.h"

namespace osier::privacy {

// The keys cannot be had, and trying again will not help: a sentence that says what to do.
class KeyProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whoever keeps the root key does not answer. Trying again later may help.
class RootKeyUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A wrapping key as the database has it.
struct WrappedByRoot {
  std::string root_key;  // The name of the root key that wrapped it.
  pg::Bytes bytes;
};

// What a wrapping key is bound to.
struct WrappingKeyPlace {
  Uuid id;
  std::string region;
};

class RootKey {
 public:
  virtual ~RootKey() = default;

  // For a database that has nothing sealed yet: a key that this adapter may make itself is made
  // now.
  virtual Task<void> make_if_missing() = 0;

  // Both throw KeyProblem and RootKeyUnavailable.
  virtual Task<WrappedByRoot> wrap(crypto::SealingKey key, WrappingKeyPlace place) = 0;
  virtual Task<crypto::SealingKey> unwrap(WrappedByRoot wrapped, WrappingKeyPlace place) = 0;
};

}  // namespace osier::privacy
