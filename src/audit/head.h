// Signed heads: what the chain's last place was at a time, signed by Ed25519 and kept where the
// database's admin cannot write. Whoever writes the chain anew from some place on, or cuts off its
// end, contradicts the heads after it.
//
// A head is one line of JSON:
//
//   {"kind":"head","seq":812,"hash":hex,"at":"2026-12-01T10:00:00.000000Z","reason":"",
//    "key":base64,"signature":base64}
//
// The signature is over these lines, each ended by a line feed but the last: "osier audit head 1",
// kind, seq, hash, at, reason. A line of kind "restored" says that the database was put back to an
// earlier state, with this last place: heads before it that know later places are void.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/time.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/ed25519.h"

namespace osier::audit {

struct Head {
  enum class Kind { head, restored };
  Kind kind = Kind::head;
  std::int64_t seq = 0;   // 0: the chain was empty.
  crypto::Digest hash{};  // Of that place.
  Instant at;
  std::string reason{};  // Of a restoration.
};

// Without the line feed.
std::string signed_line(const Head& head, const crypto::SigningKey& key);

// What may be believed of a file of heads, and what is wrong with it.
struct SignedHeads {
  std::vector<Head> heads;              // By place; of one place, by time.
  std::vector<std::string> complaints;  // "line 4 is signed by a key that is not known: …"
};

// Reads lines in the order in which they were written. A line without its end was being written
// when the process died, and is passed over.
SignedHeads read_heads(std::string_view lines, const std::vector<crypto::PublicKey>& known_keys);

}  // namespace osier::audit
