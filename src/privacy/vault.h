// The vault: personal data is sealed by keys of the person it is about, and forgotten with them.
//
// A subject (whose data it is) has two data keys. They lie in privacy.subjects, wrapped by the
// wrapping key, which this process has in memory; the wrapping key lies in privacy.wrapping_keys,
// wrapped by the root key, which is never in the database. So sealing and opening wait for nobody.
//
// A sealed value is bound to its table, column and row, to the region, the subject and the purpose:
// moved anywhere else it does not open. Its form: a version byte (1), a nonce, the ciphertext with
// its tag (XChaCha20-Poly1305).
//
// Everything but load() is safe on any thread.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/random.h"
#include "platform/base/strong.h"
#include "platform/base/uuid.h"
#include "platform/crypto/aead.h"
#include "platform/postgres/database.h"
#include "privacy/root_key.h"

namespace osier::privacy {

// A customer's id; for a guest, the id of the cart that first held a contact; a staff member's id.
using SubjectId = Strong<struct SubjectTag, Uuid>;

// Under `invoice`: what the law wants kept of an order, name and billing address. Everything else
// is under `profile`, which erasing forgets at once.
enum class Purpose { profile, invoice };
std::string_view to_string(Purpose purpose);

// Where a sealed value lies. Table with its schema ("orders.order_contacts").
struct Place {
  std::string_view table;
  std::string_view column;
  Uuid row;
};

// The key was forgotten, or never was: nothing can be sealed for this subject any more. Who writes
// asks Keys::has() first; this is for who is overtaken by an erasure.
class Forgotten : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A value whose key is there does not open: it was changed, or moved here from another place.
class DoesNotOpen : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Wrapped by a key that this process has not learnt of yet. It will in a moment; handlers answer
// 503.
class KeysBehind : public pg::Unavailable {
 public:
  using pg::Unavailable::Unavailable;
};

// A subject's two data keys, in memory; either may be forgotten. Overwritten when they go.
class Keys {
 public:
  // Nobody's: has none.
  Keys() = default;

  SubjectId subject() const { return subject_; }
  bool has(Purpose purpose) const { return key(purpose).has_value(); }

 private:
  friend class Vault;
  const std::optional<crypto::SealingKey>& key(Purpose purpose) const {
    return purpose == Purpose::profile ? profile_ : invoice_;
  }

  SubjectId subject_;
  std::optional<crypto::SealingKey> profile_;
  std::optional<crypto::SealingKey> invoice_;
};

// As privacy.subjects has them.
struct WrappedKeys {
  SubjectId subject;
  std::optional<pg::Bytes> profile;
  std::optional<pg::Bytes> invoice;
  Uuid wrapping_key;
};

// Written by add_subjects (subjects.h).
struct NewSubject {
  WrappedKeys wrapped;
  std::optional<SubjectId> owner;
  Keys keys;
};

struct VaultOptions {
  std::string region = "eu";
};

class Vault {
 public:
  // `random` outlives the vault.
  Vault(std::unique_ptr<RootKey> root, Random& random, VaultOptions options = {});
  ~Vault();

  // Reads the wrapping keys that this process does not have yet; in a database without any, makes
  // the first. To be awaited before anything else is called, and again when privacy_keys is
  // announced; never twice at once. Throws KeyProblem, RootKeyUnavailable and pg::Error, and then
  // keeps what it had.
  Task<void> load(pg::Database& database);

  // Two new keys. Nothing is written.
  NewSubject make_subject(SubjectId id, std::optional<SubjectId> owner = std::nullopt) const;

  // Where no join with privacy.subject_keys is at hand: a statement. Of a subject that is not
  // there: keys that have none.
  Task<Keys> keys_of(pg::Database& database, SubjectId id) const;
  Task<Keys> keys_of(pg::Transaction& transaction, SubjectId id) const;

  // Microseconds. Throws KeysBehind, and DoesNotOpen for a row that was changed.
  Keys unwrap(const WrappedKeys& wrapped) const;
  // Under the current wrapping key; what is forgotten stays so.
  WrappedKeys wrap(const Keys& keys) const;

  // Throws Forgotten.
  pg::Bytes seal(const Keys& keys, Purpose purpose, const Place& place,
                 std::string_view text) const;
  // Nothing if the key is forgotten. Throws DoesNotOpen.
  std::optional<std::string> open(const Keys& keys, Purpose purpose, const Place& place,
                                  const pg::Bytes& sealed) const;

  // What is the shop's and nobody's alone (a mail in the spool, a key), bound to `place` in words
  // of the caller's.
  std::string seal_for_shop(std::string_view place, std::string_view text) const;
  // Throws DoesNotOpen.
  std::string open_for_shop(std::string_view place, std::string_view sealed) const;

  // Blind indexes: 16 bytes of an HMAC-SHA256 under a key that is not in the database. Equal texts
  // have equal indexes; of another `kind` they have others.
  pg::Bytes email_index(std::string_view email) const;  // Of the normalised address.
  pg::Bytes index(std::string_view kind, std::string_view text) const;

  const std::string& region() const { return options_.region; }

 private:
  struct Ring;

  std::shared_ptr<const Ring> ring() const;
  Task<std::shared_ptr<const Ring>> read_ring(pg::Database& database);
  Task<void> found(pg::Database& database);
  std::string context_of(SubjectId subject, Purpose purpose, const Place& place) const;

  const std::unique_ptr<RootKey> root_;
  Random& random_;
  const VaultOptions options_;
  std::shared_ptr<const Ring> ring_;  // By std::atomic_load and _store.
};

}  // namespace osier::privacy
