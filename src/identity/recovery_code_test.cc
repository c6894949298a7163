// Hardening 38 (the forms; that each counts once is in second_factor_store_db_test.cc).

#include "identity/recovery_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace osier::identity {
namespace {

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

TEST(RecoveryCodes, AreTenOfEightyBitsInReadableGroups) {
  SystemRandom random;
  const auto codes = make_recovery_codes(random);
  ASSERT_EQ(codes.size(), 10u);
  std::set<std::string> different;
  for (const auto& code : codes) {
    EXPECT_EQ(code.reveal().size(), 19u);
    EXPECT_EQ(std::ranges::count(code.reveal(), '-'), 3);
    EXPECT_EQ(code.reveal().find_first_of("ilou"), std::string::npos);
    different.insert(code.reveal());
  }
  EXPECT_EQ(different.size(), 10u);
}

TEST(RecoveryCodes, AreReadHoweverTheyAreTyped) {
  const auto account = AccountRef::of(CustomerId{Uuid::v7(noon)});
  const auto hash = recovery_code_hash(account, "7k3m-9qwx-2vt0-hn1p");
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->size(), 64u);
  EXPECT_EQ(recovery_code_hash(account, "7K3M9QWX2VT0HN1P"), hash);
  EXPECT_EQ(recovery_code_hash(account, " 7k3m 9qwx 2vtO hnlp "), hash);
  EXPECT_EQ(recovery_code_hash(account, "7k3m-9qwx-2vto-hnIp"), hash);
  EXPECT_NE(recovery_code_hash(account, "7k3m-9qwx-2vt0-hn1q"), hash);
}

TEST(RecoveryCodes, AreNothingElse) {
  const auto account = AccountRef::of(CustomerId{Uuid::v7(noon)});
  EXPECT_FALSE(recovery_code_hash(account, ""));
  EXPECT_FALSE(recovery_code_hash(account, "7k3m-9qwx-2vtr-hn4"));
  EXPECT_FALSE(recovery_code_hash(account, "7k3m-9qwx-2vtr-hn4p7"));
  EXPECT_FALSE(recovery_code_hash(account, "7u3m-9qwx-2vtr-hn4p"));
  EXPECT_FALSE(recovery_code_hash(account, std::string("7k3m-9qwx-2vtr-hn4\0", 19)));
  EXPECT_FALSE(recovery_code_hash(account, "7k3m-9qwx-2vtr-hn4p" + std::string(1'000, ' ')));
}

TEST(RecoveryCodes, AreHashedForOneAccount) {
  const auto customer = AccountRef::of(CustomerId{Uuid::v7(noon)});
  const AccountRef staff{.realm = Realm::staff, .id = customer.id};
  EXPECT_NE(recovery_code_hash(customer, "7k3m-9qwx-2vtr-hn4p"),
            recovery_code_hash(staff, "7k3m-9qwx-2vtr-hn4p"));
}

}  // namespace
}  // namespace osier::identity
