// How often something may fail, counted for all processes together: in PostgreSQL, per account, per
// range of addresses and for everybody.
//
// A bucket is one instant, when the key would be at rest again (GCRA, ITU-T I.371). An attempt
// takes from its buckets before it is made and gets back what it took if it goes well: a thousand
// guesses at once count a thousand times. If one bucket is empty, none is taken from. Keys are
// stored as keyed hashes.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/random.h"
#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::identity {

struct ThrottleRule {
  std::string_view name;  // Part of the key: rules do not share buckets.
  int count = 5;          // So many, at once or one after the other …
  Duration per = 1min;    // … and one more each per / count.
};

// One bucket: the rule for one subject (an account, an address range). Subjects may be of any
// length; http::address_range() makes one client of an address.
struct Bucket {
  const ThrottleRule* rule;
  std::string subject;
};

struct Throttled {
  Duration retry_after{};  // Answer 429 with this as Retry-After.
};

class Throttle {
 public:
  // Both outlive it.
  Throttle(pg::Database& database, const Clock& clock);

  // Reads the key that subjects are hashed with, or makes it. Before the first take(). Throws
  // pg::Error.
  Task<void> load(Random& random);

  // One from each bucket, or from none. Throws pg::Error.
  Task<Result<void, Throttled>> take(std::vector<Bucket> buckets);
  // What take() took. Throws pg::Error.
  Task<void> give_back(std::vector<Bucket> buckets);

  // Forgets buckets at rest; how many. For a schedule.
  Task<std::int64_t> trim();

 private:
  std::vector<std::pair<pg::Bytes, const ThrottleRule*>> keyed(const std::vector<Bucket>&) const;

  pg::Database& database_;
  const Clock& clock_;
  Secret key_;
};

}  // namespace osier::identity
