// Slow hashes of passwords (Argon2id, RFC 9106), made by a few threads of their own.
//
// A hash takes some 30 ms and 19 MiB on purpose (OWASP's minimum: m=19456, t=2, p=1). So no loop
// makes one: a request hands its password over and waits. As many threads as cores, of low priority
// so that pages go first; at most queue_max requests wait, and one more is refused with
// jobs::Overloaded, which is answered 503 with Retry-After: a flood of sign-ins costs sign-ins, not
// the shop (hardening 54).

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "platform/async/task.h"
#include "platform/base/secret.h"

namespace osier::identity {

struct HashingOptions {
  unsigned long long passes = 2;
  std::size_t memory_bytes = std::size_t{19} * 1024 * 1024;
  int threads = 0;  // 0: as many as cores.
  std::size_t queue_max = 64;
};

class PasswordHashing {
 public:
  explicit PasswordHashing(HashingOptions options = {});
  // Requests that still wait get jobs::Overloaded.
  ~PasswordHashing();
  PasswordHashing(const PasswordHashing&) = delete;
  PasswordHashing& operator=(const PasswordHashing&) = delete;

  // The hash with its salt and parameters, in the PHC string format. Throws jobs::Overloaded.
  Task<std::string> hash(Secret normalised);

  struct Verdict {
    bool matches = false;
    bool needs_rehash = false;  // It matches, and was made with other parameters than today's.
  };
  // Nothing for the hash (no such account, or one without a password) never matches and takes as
  // long as if there were one. Throws jobs::Overloaded.
  Task<Verdict> verify(std::optional<std::string> hash, Secret normalised);

  struct Statistics {
    std::size_t waiting = 0;
    std::uint64_t made = 0;
    std::uint64_t refused = 0;
  };
  Statistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osier::identity
