#include "identity/password_hashing.h"

#include <gtest/gtest.h>

#include <chrono>

#include "platform/async/loop.h"
#include "platform/jobs/batcher.h"

namespace osier::identity {
namespace {

const Secret turtle{"turtle gravel sonnet"};
const Secret whisk{"whisk gravel sonnet"};

Task<void> hash_and_verify() {
  PasswordHashing hashing;
  const auto hash = co_await hashing.hash(turtle);
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
  EXPECT_NE(hash, co_await hashing.hash(turtle));

  const auto right = co_await hashing.verify(hash, turtle);
  EXPECT_TRUE(right.matches);
  EXPECT_FALSE(right.needs_rehash);
  EXPECT_FALSE((co_await hashing.verify(hash, whisk)).matches);
  EXPECT_FALSE((co_await hashing.verify(std::nullopt, turtle)).matches);
}

TEST(PasswordHashing, KnowsItsOwnHashesOnly) { run_to_end(hash_and_verify()); }

Task<void> rehash_weaker() {
  PasswordHashing weaker({.passes = 1, .memory_bytes = 8192 * 1024, .threads = 1});
  PasswordHashing today;
  const auto hash = co_await weaker.hash(turtle);
  EXPECT_TRUE((co_await today.verify(hash, turtle)).needs_rehash);
  EXPECT_FALSE((co_await today.verify(hash, whisk)).needs_rehash);
}

TEST(PasswordHashing, AsksForANewHashWhenParametersRose) { run_to_end(rehash_weaker()); }

Task<void> hash_once(PasswordHashing& hashing, int& made, int& refused) {
  try {
    (void)co_await hashing.hash(turtle);
    ++made;
  } catch (const jobs::Overloaded&) {
    ++refused;
  }
}

Task<void> flood() {
  PasswordHashing hashing({.threads = 1, .queue_max = 4});
  int made = 0;
  int refused = 0;
  std::vector<Task<void>> all;
  for (int i = 0; i < 50; ++i) all.push_back(hash_once(hashing, made, refused));
  co_await when_all(std::move(all));
  EXPECT_EQ(made + refused, 50);
  EXPECT_GE(made, 4);
  EXPECT_GE(refused, 40);
  EXPECT_EQ(hashing.statistics().refused, static_cast<std::uint64_t>(refused));
}

// Hardening 54.
TEST(PasswordHashing, RefusesMoreThanItsQueueHolds) { run_to_end(flood()); }

}  // namespace
}  // namespace osier::identity
