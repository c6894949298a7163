// Setting second factors up, and taking them away.

#include <gtest/gtest.h>

#include "identity/second_factor.h"
#include "identity/test/factor_desk.h"

namespace osier::identity {
namespace {

using test::FactorDesk;
using test::FactorShop;
using test::news_of;
using test::reason_of;
using test::telephone_of;
using test::with_factor_shop;
using Reason = FactorRefusal::Reason;

Task<void> add_with_half_a_session(FactorShop& shop) {
  FactorDesk customers(shop);
  const auto ada = co_await shop.somebody();
  EXPECT_FALSE(co_await customers.factors.offer_app(co_await customers.pending(ada)));
  const auto added =
      co_await customers.add_passkey(co_await customers.pending(ada), telephone_of(ada));
  EXPECT_TRUE(!added && added.error().reason == Reason::signed_out);

  // Staff who have none must; and who has one cannot add another before it was asked for.
  FactorDesk staff(shop, Realm::staff);
  const auto clerk = co_await shop.somebody(Realm::staff);
  auto transaction = co_await shop.database.begin();
  EXPECT_TRUE(co_await staff.factors.is_needed(transaction, clerk));
  EXPECT_FALSE(co_await staff.factors.has_any(transaction, clerk));
  co_await transaction.commit();
  const auto half = co_await staff.pending(clerk);
  const auto first = co_await staff.add_passkey(half, telephone_of(clerk));
  EXPECT_TRUE(first && first->opened.session.stage == SessionStage::open);
  const auto second =
      co_await staff.add_passkey(co_await staff.pending(clerk), telephone_of(clerk));
  EXPECT_TRUE(!second && second.error().reason == Reason::signed_out);
  EXPECT_FALSE(co_await staff.factors.offer_app(co_await staff.pending(clerk)));
}

// Hardening 39.
TEST(SecondFactors, AreNotAddedByWhoHasShownThePasswordAlone) {
  with_factor_shop(add_with_half_a_session);
}

Task<void> remove_factors(FactorShop& shop) {
  FactorDesk desk(shop);
  const auto ada = co_await shop.somebody();
  co_await desk.add_app(co_await desk.session(ada));
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(ada), telephone_of(ada)));
  auto there = co_await desk.factors.of(ada);
  const auto passkey = there.passkeys.front().id;
  const auto grace = co_await shop.somebody();
  const auto stolen = co_await desk.factors.remove_passkey(grace, passkey, "", {});
  EXPECT_TRUE(!stolen && stolen.error().reason == Reason::not_there);
  EXPECT_TRUE(co_await desk.factors.remove_passkey(ada, passkey, "", {}));
  EXPECT_EQ(co_await news_of(shop, "passkey_removed"), 1);

  // The last one: with the password, which must be long enough to stand alone.
  auto removed = co_await desk.factors.remove_app(ada, "wrong", {});
  EXPECT_TRUE(!removed && removed.error().reason == Reason::wrong);
  desk.accounts.password = "short and";
  removed = co_await desk.factors.remove_app(ada, "short and", {});
  EXPECT_TRUE(!removed && removed.error().reason == Reason::short_password);
  desk.accounts.password = "long enough to stand alone";
  EXPECT_TRUE(co_await desk.factors.remove_app(ada, "long enough to stand alone", {}));
  there = co_await desk.factors.of(ada);
  EXPECT_FALSE(there.any());
  EXPECT_EQ(there.recovery_codes_left, 0);
  removed = co_await desk.factors.remove_app(ada, "long enough to stand alone", {});
  EXPECT_TRUE(!removed && removed.error().reason == Reason::not_there);
}

TEST(SecondFactors, AreRemovedWithTheRecoveryCodesOfTheLast) { with_factor_shop(remove_factors); }

Task<void> keep_the_last_way_in(FactorShop& shop) {
  FactorDesk desk(shop);
  desk.accounts.password.clear();
  const auto ada = co_await shop.somebody();
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(ada), telephone_of(ada)));
  const auto there = co_await desk.factors.of(ada);
  const auto removed = co_await desk.factors.remove_passkey(ada, there.passkeys.front().id, "", {});
  EXPECT_TRUE(!removed && removed.error().reason == Reason::last_way_in);
  desk.accounts.has_issuer = true;
  EXPECT_TRUE(co_await desk.factors.remove_passkey(ada, there.passkeys.front().id, "", {}));
}

TEST(SecondFactors, OfAnAccountWithoutPasswordLeaveOneWayIn) {
  with_factor_shop(keep_the_last_way_in);
}

Task<void> remove_at_once(FactorDesk& desk, AccountRef account, PasskeyId id, int& removed) {
  if (co_await desk.factors.remove_passkey(account, id, "", {})) ++removed;
}

Task<void> keep_staff_safe(FactorShop& shop) {
  FactorDesk desk(shop, Realm::staff);
  const auto clerk = co_await shop.somebody(Realm::staff);
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(clerk), telephone_of(clerk)));
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(clerk), telephone_of(clerk)));
  const auto there = co_await desk.factors.of(clerk);
  int removed = 0;
  TaskGroup group;
  for (const Passkey& passkey : there.passkeys) {
    group.spawn(remove_at_once(desk, clerk, passkey.id, removed));
  }
  co_await group.join();
  EXPECT_EQ(removed, 1);
  const auto left = (co_await desk.factors.of(clerk)).passkeys;
  EXPECT_EQ(left.size(), 1u);
  const auto last = co_await desk.factors.remove_passkey(clerk, left.front().id, "", {});
  EXPECT_TRUE(!last && last.error().reason == Reason::last_factor);
}

TEST(SecondFactors, OfStaffAreNeverAllRemovedNotEvenTwoAtOnce) {
  with_factor_shop(keep_staff_safe);
}

Task<void> reset_lost_ones(FactorShop& shop) {
  FactorDesk desk(shop, Realm::staff);
  const auto clerk = co_await shop.somebody(Realm::staff);
  const auto added = co_await desk.add_passkey(co_await desk.pending(clerk), telephone_of(clerk));
  EXPECT_TRUE(added);
  co_await desk.factors.reset(clerk, {.kind = audit::ActorKind::command, .name = "osier staff"},
                              "telephone and key lost on a journey");
  const auto there = co_await desk.factors.of(clerk);
  EXPECT_FALSE(there.any());
  EXPECT_EQ(there.recovery_codes_left, 0);
  EXPECT_FALSE(co_await desk.sessions.find(Realm::staff, added->opened.token));
  EXPECT_EQ(co_await news_of(shop, "factors_reset"), 1);
  // And they set up another.
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.pending(clerk), telephone_of(clerk)));
}

TEST(SecondFactors, ThatAreLostAreResetWithAllSessions) { with_factor_shop(reset_lost_ones); }

TEST(SecondFactorNews, ComesBackFromItsEvent) {
  const AccountRef account{.realm = Realm::staff, .id = Uuid::v7(test::noon)};
  jobs::Event event{.id = Uuid::v7(test::noon),
                    .topic = second_factor_news_topic,
                    .aggregate_id = account.id,
                    .payload = R"({"realm":"staff","news":"recovery_codes_made"})"};
  const auto notice = notice_of(event);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->account, account);
  EXPECT_EQ(notice->news, SecondFactorNews::recovery_codes_made);
  event.payload = R"({"realm":"staff","news":"something"})";
  EXPECT_FALSE(notice_of(event));
}

}  // namespace
}  // namespace osier::identity
