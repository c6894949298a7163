// Hardening 35 (one step, one use; the race is in second_factor_store_db_test.cc) and 37 (clock
// skew).

#include "identity/totp.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

#include "platform/crypto/crypto.h"

namespace osier::identity {
namespace {

const Secret standard_seed("12345678901234567890");
const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

Instant at_second(std::int64_t second) { return Instant(std::chrono::seconds(second)); }

// RFC 6238 appendix B, whose codes have eight digits: ours are their last six.
TEST(Totp, IsThatOfTheStandard) {
  EXPECT_EQ(totp_code(standard_seed, totp_step_at(at_second(59))), "287082");
  EXPECT_EQ(totp_code(standard_seed, totp_step_at(at_second(1'111'111'109))), "081804");
  EXPECT_EQ(totp_code(standard_seed, totp_step_at(at_second(1'111'111'111))), "050471");
  EXPECT_EQ(totp_code(standard_seed, totp_step_at(at_second(1'234'567'890))), "005924");
  EXPECT_EQ(totp_code(standard_seed, totp_step_at(at_second(2'000'000'000))), "279037");
  EXPECT_EQ(totp_code(standard_seed, totp_step_at(at_second(20'000'000'000))), "353130");
}

// What another implementation says: oathtool; empty if it is not here.
std::string oathtool_says(const Secret& seed, Instant instant) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
  const std::string command = "oathtool --totp --base32 " + crypto::to_base32(seed.reveal()) +
                              " --now \"1970-01-01 00:00:00 UTC + " + std::to_string(seconds) +
                              " seconds\" 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string said(64, '\0');
  if (!pipe || fgets(said.data(), static_cast<int>(said.size()), pipe.get()) == nullptr) return "";
  return said.substr(0, 6);
}

TEST(Totp, AgreesWithAnotherImplementation) {
  if (oathtool_says(standard_seed, noon).empty()) GTEST_SKIP() << "there is no oathtool here";
  SystemRandom random;
  for (int i = 0; i < 20; ++i) {
    const Secret seed = make_totp_seed(random);
    const Instant instant = noon + i * 12'345'678s;
    EXPECT_EQ(totp_code(seed, totp_step_at(instant)), oathtool_says(seed, instant));
  }
}

// Hardening 37: a clock may be 30 s off, and not 90 s.
TEST(Totp, OfAClockHalfAMinuteOffIsTakenAndOfOneFurtherOffIsNot) {
  for (const Duration into_step : {Duration(0s), Duration(15s), Duration(30s) - 1us}) {
    const Instant now = noon + into_step;
    const auto code_at = [&](Duration skew) {
      return totp_code(standard_seed, totp_step_at(now + skew));
    };
    for (const Duration skew : {Duration(-30s), Duration(0s), Duration(30s)}) {
      EXPECT_EQ(matching_totp_step(standard_seed, code_at(skew), now, std::nullopt),
                totp_step_at(now + skew));
    }
    for (const Duration skew : {Duration(-90s), Duration(-60s), Duration(60s), Duration(90s)}) {
      EXPECT_FALSE(matching_totp_step(standard_seed, code_at(skew), now, std::nullopt));
    }
  }
}

// Hardening 35.
TEST(Totp, IsNotTakenForAStepThatWasUsedOrOneBeforeIt) {
  const TotpStep step = totp_step_at(noon);
  const std::string code = totp_code(standard_seed, step);
  EXPECT_EQ(matching_totp_step(standard_seed, code, noon, step - 1), step);
  EXPECT_FALSE(matching_totp_step(standard_seed, code, noon, step));
  EXPECT_FALSE(matching_totp_step(standard_seed, code, noon, step + 1));
}

TEST(Totp, IsSixDigitsHoweverTheyAreSpaced) {
  const TotpStep step = totp_step_at(noon);
  const std::string code = totp_code(standard_seed, step);
  const auto is_taken = [](const std::string& typed) {
    return matching_totp_step(standard_seed, typed, noon, std::nullopt).has_value();
  };
  EXPECT_TRUE(is_taken(code.substr(0, 3) + " " + code.substr(3)));
  EXPECT_TRUE(is_taken(" " + code + " "));
  EXPECT_FALSE(is_taken(""));
  EXPECT_FALSE(is_taken(code.substr(0, 5)));
  EXPECT_FALSE(is_taken(code + "0"));
  EXPECT_FALSE(is_taken("+" + code));
  EXPECT_FALSE(is_taken(code + std::string(1'000, ' ')));
}

TEST(Totp, IsSetUpByAnAddressThatAppsRead) {
  EXPECT_EQ(otpauth_uri("Müller & Co", "ada@example.org", standard_seed),
            "otpauth://totp/M%C3%BCller%20%26%20Co:ada%40example.org"
            "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=M%C3%BCller%20%26%20Co"
            "&algorithm=SHA1&digits=6&period=30");
  EXPECT_EQ(typed_form_of(standard_seed), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
}

TEST(Totp, HasASeedOfItsOwnForEachAccount) {
  SystemRandom random;
  const Secret first = make_totp_seed(random);
  EXPECT_EQ(first.reveal().size(), totp_seed_size);
  EXPECT_FALSE(first == make_totp_seed(random));
}

}  // namespace
}  // namespace osier::identity
