#include "platform/http/rate_limit.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "platform/base/require.h"

namespace osier::http {

namespace {

constexpr std::size_t ways = 8;  // Keys whose hashes agree so far share a set of this many.

struct Bucket {
  std::uint64_t key = 0;
  std::int64_t full_at = 0;  // Nanoseconds of the steady clock.
};

struct Set {
  std::mutex mutex;
  std::array<Bucket, ways> buckets;
};

}  // namespace

struct RateLimit::State {
  State(Rate given, std::uint64_t seed, std::size_t keys_max)
      : interval(std::chrono::nanoseconds(given.per).count() / given.count),
        slack(interval * (given.burst - 1)),
        prefix(reinterpret_cast<const char*>(&seed), sizeof seed),
        sets(std::bit_ceil(std::max<std::size_t>(keys_max / ways, 1))) {}

  const std::int64_t interval;  // Between tokens.
  const std::int64_t slack;     // How far ahead of time a burst may run.
  const std::string prefix;
  std::vector<Set> sets;
};

RateLimit::RateLimit(Rate rate, std::uint64_t seed, std::size_t keys_max) {
  require(rate.count > 0 && rate.burst > 0 && rate.per > Duration{0}, "a rate lets something pass");
  state_ = std::make_unique<State>(rate, seed, keys_max);
}

RateLimit::~RateLimit() = default;

std::optional<Duration> RateLimit::take(std::string_view key, Moment now) {
  const std::string seeded = state_->prefix + std::string(key);
  const std::uint64_t hash = std::hash<std::string_view>{}(seeded) | 1U;  // 0 is an empty bucket.
  const std::int64_t at =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  Set& set = state_->sets[(hash >> 1U) & (state_->sets.size() - 1)];
  const std::lock_guard lock(set.mutex);
  auto bucket =
      std::ranges::find_if(set.buckets, [hash](const Bucket& one) { return one.key == hash; });
  if (bucket == set.buckets.end()) {
    bucket = std::ranges::min_element(set.buckets, {}, &Bucket::full_at);
    *bucket = {.key = hash, .full_at = at};
  }
  const std::int64_t full_at = std::max(bucket->full_at, at);
  if (full_at - at > state_->slack) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::nanoseconds(full_at - at - state_->slack));
  }
  bucket->full_at = full_at + state_->interval;
  return std::nullopt;
}

}  // namespace osier::http
