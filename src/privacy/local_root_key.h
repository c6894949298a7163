// A root key of 32 bytes that this machine has: in a file, or given by the configuration.

#pragma once

#include <filesystem>
#include <optional>

#include "platform/base/secret.h"
#include "privacy/root_key.h"

namespace osier::privacy {

// Whether a file that is not there may be made for a database that has nothing sealed yet. Not
// where several machines share the database, or where the file would be gone with the machine.
enum class FirstKey { made_here, put_there };

class LocalRootKey final : public RootKey {
 public:
  // In that file, base64, readable for its owner alone. Made by make_if_missing(), mode 0400.
  LocalRootKey(std::filesystem::path file, Random& random, FirstKey first = FirstKey::made_here);
  // 32 bytes in base64, given; anything else is a KeyProblem at first use.
  LocalRootKey(Secret text, Random& random);

  Task<void> make_if_missing() override;
  Task<WrappedByRoot> wrap(crypto::SealingKey key, WrappingKeyPlace place) override;
  Task<crypto::SealingKey> unwrap(WrappedByRoot wrapped, WrappingKeyPlace place) override;

  // "file:" and 16 hex digits of its hash. Throws KeyProblem.
  std::string name();

 private:
  const crypto::SealingKey& key();
  std::string place_in_words() const;

  std::filesystem::path file_;  // Empty: given.
  Secret text_;
  Random& random_;
  FirstKey first_ = FirstKey::made_here;
  std::optional<crypto::SealingKey> key_;  // Once it was needed. Used on one loop only.
};

}  // namespace osier::privacy
