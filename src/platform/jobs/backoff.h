// How long to wait before another try: 1 s doubling to 10 min, each with up to a fifth more or less
// at random, so that what failed together does not come back together.

#pragma once

#include <cstdint>

#include "platform/base/time.h"

namespace osier::jobs {

inline constexpr Duration backoff_first = std::chrono::seconds(1);
inline constexpr Duration backoff_max = std::chrono::minutes(10);

// `attempts` tries have failed (≥ 1). `chance` is any random number.
constexpr Duration backoff(int attempts, std::uint32_t chance) {
  Duration wait = backoff_first;
  for (int i = 1; i < attempts && wait < backoff_max; ++i) wait *= 2;
  if (wait > backoff_max) wait = backoff_max;
  const auto fifth = wait.count() / 5;
  const auto spread = static_cast<std::int64_t>(chance) % (2 * fifth + 1);
  return Duration(wait.count() - fifth + spread);
}

}  // namespace osier::jobs
