// How often one key (an address, a session) may do something: a token bucket per key, in memory of
// this process.
//
// A bucket is one instant (GCRA, ITU-T I.371): the moment at which it would be full again. Memory
// is fixed: of more keys than fit, those that have been quiet longest are forgotten, which lets
// them do a little more. Any thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "platform/base/time.h"

namespace osier::http {

class RateLimit {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  struct Rate {
    int count = 60;  // So many …
    Duration per = 1min;
    int burst = 60;  // … and so many at once by one that was quiet before.
  };

  // `seed` is random and secret, so that nobody can choose keys that meet another's.
  RateLimit(Rate rate, std::uint64_t seed, std::size_t keys_max = 16'384);
  ~RateLimit();

  // Takes one token; or says after how long there will be one. One that is refused costs nothing.
  std::optional<Duration> take(std::string_view key, Moment now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osier::http
