#include "audit/chain.h"

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/head.h"

namespace osier::audit {
namespace {

StoredEntry entry_for(std::string reason) {
  return {.id = "01900000-0000-7000-8000-000000000001",
          .position = "7",
          .at = "2026-11-22T09:41:20.123456Z",
          .actor_kind = "command",
          .actor = "osier stock",
          .action = "stock_level.counted",
          .object_kind = "stock_level",
          .object_id = "mug",
          .before = R"({"on_hand":3})",
          .after = R"({"on_hand":5})",
          .reason = std::move(reason),
          .request_id = std::nullopt,
          .network = "203.0.113.0/24"};
}

// Computed by another program (Python, hashlib) from the description in chain.h.
TEST(Chain, HashesWhatTheHeaderSays) {
  const auto hash = next_hash(first_hash, entry_for("counted"));
  EXPECT_EQ(crypto::to_hex(hash),
            "f62bfb3cddc9c4a869a83a37961fcc21bc272e5204ae5bf33e321a9dac6178f0");
}

TEST(Chain, TellsApartWhatLooksAlikeWhenJoined) {
  StoredEntry one = entry_for("a");
  StoredEntry other = entry_for("");
  other.object_id = "muga";
  one.object_id = "mug";
  EXPECT_NE(canonical(one), canonical(other));
  StoredEntry absent = entry_for("");
  absent.reason = std::nullopt;
  EXPECT_NE(canonical(absent), canonical(entry_for("")));
}

TEST(Network, KeepsNoAddress) {
  EXPECT_EQ(network_of("203.0.113.77"), "203.0.113.0/24");
  EXPECT_EQ(network_of("::ffff:203.0.113.77"), "203.0.113.0/24");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
  EXPECT_EQ(network_of("::1"), "::/48");
  EXPECT_EQ(network_of(""), std::nullopt);
  EXPECT_EQ(network_of("203.0.113.77, 10.0.0.1"), std::nullopt);
}

// --- Heads.

constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

Head head_of(std::int64_t seq, Head::Kind kind = Head::Kind::head) {
  return {.kind = kind, .seq = seq, .hash = crypto::sha256(std::to_string(seq)), .at = noon};
}

class Heads : public testing::Test {
 protected:
  SystemRandom random_;
  crypto::SigningKey key_ = crypto::SigningKey::make(random_);
  std::string line(const Head& head) { return signed_line(head, key_) + "\n"; }
  SignedHeads read(const std::string& lines) { return read_heads(lines, {key_.public_key()}); }
};

TEST_F(Heads, AreBelievedIfSigned) {
  const auto read = this->read(line(head_of(1)) + line(head_of(5)));
  EXPECT_TRUE(read.complaints.empty());
  ASSERT_EQ(read.heads.size(), 2U);
  EXPECT_EQ(read.heads[1].seq, 5);
  EXPECT_EQ(read.heads[1].hash, head_of(5).hash);
  EXPECT_EQ(read.heads[1].at, noon);
}

TEST_F(Heads, AreNotBelievedWithAnotherKeyOrAChange) {
  const auto other = crypto::SigningKey::make(random_);
  std::string changed = line(head_of(5));
  changed.replace(changed.find("\"seq\":5"), 7, "\"seq\":6");
  const auto read = this->read(signed_line(head_of(1), other) + "\n" + changed + "{}\n");
  EXPECT_TRUE(read.heads.empty());
  ASSERT_EQ(read.complaints.size(), 3U);
  EXPECT_NE(read.complaints[0].find("key that is not known"), std::string::npos);
  EXPECT_EQ(read.complaints[1], "line 2 has a wrong signature");
  EXPECT_EQ(read.complaints[2], "line 3 is no head");
}

TEST_F(Heads, OfAStateThatWasRestoredFromAreVoid) {
  const auto read = this->read(line(head_of(1)) + line(head_of(5)) + line(head_of(9)) +
                               line(head_of(5, Head::Kind::restored)) + line(head_of(6)));
  EXPECT_TRUE(read.complaints.empty());
  std::vector<std::int64_t> places;
  for (const Head& head : read.heads) places.push_back(head.seq);
  EXPECT_EQ(places, (std::vector<std::int64_t>{1, 5, 5, 6}));
}

TEST_F(Heads, WithoutTheirEndArePassedOver) {
  const std::string whole = line(head_of(2));
  const std::string torn = whole.substr(0, 40);
  EXPECT_EQ(read(line(head_of(1)) + torn).heads.size(), 1U);
  const auto read = this->read(line(head_of(1)) + torn + "\n" + whole);
  EXPECT_EQ(read.heads.size(), 2U);
  EXPECT_TRUE(read.complaints.empty());
}

}  // namespace
}  // namespace osier::audit
