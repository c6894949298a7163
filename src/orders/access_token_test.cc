#include "orders/access_token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace osier::orders {
namespace {

constexpr Instant morning{std::chrono::seconds(1'796'108'400)};

TEST(AccessToken, HasAKeyThatSortsByTime) {
  SystemRandom random;
  std::vector<pg::Bytes> keys;
  for (int second = 0; second < 300; ++second)
    keys.push_back(access_key_of(new_access_token(random, morning + second * 1s)));
  EXPECT_TRUE(std::ranges::is_sorted(keys));
}

TEST(AccessToken, IsAnotherEachTime) {
  SystemRandom random;
  std::set<std::string> tokens;
  for (int i = 0; i < 1'000; ++i) tokens.insert(new_access_token(random, morning));
  EXPECT_EQ(tokens.size(), 1'000u);
  EXPECT_EQ(tokens.begin()->size(), 30u);
}

TEST(AccessToken, IsNotInItsKey) {
  SystemRandom random;
  const std::string token = new_access_token(random, morning);
  const auto key = access_key_of(token);
  EXPECT_EQ(key.size(), 4u + 32u);
  const std::string text(key.begin(), key.end());
  EXPECT_EQ(text.find(token.substr(8)), std::string::npos);
}

// Links of orders that were placed before tokens had a time still open them.
TEST(AccessToken, WithoutATimeIsKeyedByItsHashAlone) {
  for (const char* token : {"AAAAAAAAAAAAAAAAAAAAAA", "", "0123abcZ0000000000000000000000"})
    EXPECT_EQ(access_key_of(token).size(), 32u) << token;
}

}  // namespace
}  // namespace osier::orders
