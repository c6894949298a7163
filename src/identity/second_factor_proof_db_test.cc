// Showing second factors: hardening 35, 36, 38 and 52 as a whole.

#include <gtest/gtest.h>

#include "identity/second_factor.h"
#include "identity/test/factor_desk.h"

namespace osier::identity {
namespace {

using test::Authenticator;
using test::FactorDesk;
using test::FactorShop;
using test::news_of;
using test::reason_of;
using test::telephone_of;
using test::with_factor_shop;
using Reason = FactorRefusal::Reason;

Task<void> sign_in_with_app(FactorShop& shop) {
  FactorDesk desk(shop);
  co_await desk.open_shop();
  const auto account = co_await shop.somebody();
  const auto seed = co_await desk.add_app(co_await desk.session(account));
  EXPECT_EQ(desk.codes.size(), 10u);
  auto transaction = co_await shop.database.begin();
  EXPECT_TRUE(co_await desk.factors.is_needed(transaction, account));
  co_await transaction.commit();

  const auto half = co_await desk.pending(account);
  const auto whole = co_await desk.factors.prove_by_code(half, SecondFactors::CodeKind::app,
                                                         desk.code_now(seed), {});
  EXPECT_TRUE(whole && whole->session.id == half.id && whole->session.stage == SessionStage::open);
  const auto again = co_await desk.factors.prove_by_code(
      co_await desk.pending(account), SecondFactors::CodeKind::app, desk.code_now(seed), {});
  EXPECT_EQ(reason_of(again), Reason::wrong);
  EXPECT_EQ(co_await news_of(shop, "app_added"), 1);
}

// Hardening 35, as a whole.
TEST(SecondFactors, OpenAPendingSessionByACodeOnce) { with_factor_shop(sign_in_with_app); }

Task<void> try_code(FactorDesk& desk, Session half, std::string code, int& opened, int& throttled) {
  const auto outcome =
      co_await desk.factors.prove_by_code(half, SecondFactors::CodeKind::app, code, {});
  if (outcome) ++opened;
  if (!outcome && outcome.error().reason == Reason::throttled) ++throttled;
}

Task<void> open_many_at_once(FactorShop& shop) {
  FactorDesk desk(shop);
  co_await desk.open_shop();
  const auto account = co_await shop.somebody();
  const auto seed = co_await desk.add_app(co_await desk.session(account));
  std::vector<Session> halves;
  for (int i = 0; i < 20; ++i) halves.push_back(co_await desk.pending(account));
  int opened = 0;
  int throttled = 0;
  TaskGroup group;
  for (const Session& half : halves) {
    group.spawn(try_code(desk, half, desk.code_now(seed), opened, throttled));
  }
  co_await group.join();
  EXPECT_EQ(opened, 1);
}

// Hardening 35.
TEST(SecondFactors, OpenOneOfTwentySessionsThatShowOneCodeAtOnce) {
  with_factor_shop(open_many_at_once);
}

Task<void> guess(FactorShop& shop) {
  FactorDesk desk(shop);
  co_await desk.open_shop();
  const auto account = co_await shop.somebody();
  const auto seed = co_await desk.add_app(co_await desk.session(account));
  const auto half = co_await desk.pending(account);
  const auto tried = [&](std::string code) {
    return desk.factors.prove_by_code(half, SecondFactors::CodeKind::app, std::move(code), {});
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(reason_of(co_await tried("000000")), Reason::wrong);
  const auto right = co_await tried(desk.code_now(seed));
  EXPECT_EQ(reason_of(right), Reason::throttled);
  EXPECT_GT(right.error().retry_after, 0s);
  EXPECT_EQ(reason_of(co_await tried("000000")), Reason::throttled);
  EXPECT_EQ(co_await news_of(shop, "codes_locked"), 1);  // Told once.
  // A passkey is not a code, and another account is not locked.
  const auto other = co_await shop.somebody();
  const auto others_seed = co_await desk.add_app(co_await desk.session(other));
  EXPECT_TRUE(co_await desk.factors.prove_by_code(
      co_await desk.pending(other), SecondFactors::CodeKind::app, desk.code_now(others_seed), {}));
  shop.clock.advance(5min);
  EXPECT_TRUE(co_await desk.factors.prove_by_code(
      co_await desk.pending(account), SecondFactors::CodeKind::app, desk.code_now(seed), {}));
}

// Hardening 36.
TEST(SecondFactors, LockCodesAfterFiveWrongOnesAndTellByMail) { with_factor_shop(guess); }

Task<void> guess_for_a_day(FactorShop& shop) {
  FactorDesk desk(shop);
  co_await desk.open_shop();
  const auto account = co_await shop.somebody();
  co_await desk.add_app(co_await desk.session(account));
  const auto half = co_await desk.pending(account);
  int wrong = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const auto outcome =
        co_await desk.factors.prove_by_code(half, SecondFactors::CodeKind::app, "000000", {});
    if (outcome.error().reason == Reason::wrong) ++wrong;
    shop.clock.advance(1min);
  }
  // Twenty, and what comes back within the day.
  EXPECT_LE(wrong, 40);
}

// Hardening 36.
TEST(SecondFactors, AreGuessedSomeFortyTimesADayAtMost) { with_factor_shop(guess_for_a_day); }

Task<void> recover(FactorShop& shop) {
  FactorDesk desk(shop);
  co_await desk.open_shop();
  const auto account = co_await shop.somebody();
  co_await desk.add_app(co_await desk.session(account));
  const auto with = [&](Session half) {
    return desk.factors.prove_by_code(half, SecondFactors::CodeKind::recovery,
                                      desk.codes[3].reveal(), {});
  };
  EXPECT_TRUE(co_await with(co_await desk.pending(account)));
  EXPECT_EQ(reason_of(co_await with(co_await desk.pending(account))), Reason::wrong);
  EXPECT_EQ(co_await news_of(shop, "recovery_code_used"), 1);
  EXPECT_EQ((co_await desk.factors.of(account)).recovery_codes_left, 9);
}

// Hardening 38.
TEST(SecondFactors, AreReplacedByARecoveryCodeOnce) { with_factor_shop(recover); }

Task<void> sign_in_without_password(FactorShop& shop) {
  FactorDesk desk(shop);
  const auto ada = co_await shop.somebody();
  auto telephone = telephone_of(ada);
  auto key = telephone_of(ada);
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(ada), telephone));
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(ada), key));
  const auto known = co_await desk.add_passkey(co_await desk.session(ada), key);
  EXPECT_TRUE(!known && known.error().reason == Reason::known);

  const auto opened = co_await desk.sign_in(telephone);
  EXPECT_TRUE(opened && opened->session.account == ada);
  EXPECT_EQ(opened->session.stage, SessionStage::open);
  EXPECT_TRUE(co_await desk.sign_in(key));

  telephone.is_user_verified = false;
  EXPECT_EQ(reason_of(co_await desk.sign_in(telephone)), Reason::wrong);
  EXPECT_TRUE(co_await desk.prove(co_await desk.pending(ada), telephone));  // After a password.
  EXPECT_EQ(reason_of(co_await desk.prove(co_await desk.session(ada), telephone)), Reason::wrong);
  telephone.is_user_verified = true;
  telephone.user_handle.clear();
  EXPECT_EQ(reason_of(co_await desk.sign_in(telephone)), Reason::wrong);
  desk.accounts.closed.insert(ada.id);
  EXPECT_EQ(reason_of(co_await desk.sign_in(key)), Reason::wrong);
}

TEST(SecondFactors, LetPasskeysSignInAloneIfTheyKnowTheirUser) {
  with_factor_shop(sign_in_without_password);
}

Task<void> misuse_passkeys(FactorShop& shop) {
  FactorDesk desk(shop);
  const auto ada = co_await shop.somebody();
  const auto mallory = co_await shop.somebody();
  auto telephone = telephone_of(ada);
  telephone.sign_count = 5;
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(ada), telephone));
  const auto mallorys = telephone_of(mallory);
  EXPECT_TRUE(co_await desk.add_passkey(co_await desk.session(mallory), mallorys));

  // A challenge once; and not another's, nor one given out for something else.
  const auto options = co_await desk.factors.ask_who_signs_in();
  telephone.sign_count = 6;
  const std::string answer =
      Authenticator::json_of(telephone.asserts(FactorDesk::challenge_in(*options)));
  EXPECT_TRUE(co_await desk.factors.sign_in_by_passkey(answer, {}, {}));
  EXPECT_EQ(reason_of(co_await desk.factors.sign_in_by_passkey(answer, {}, {})), Reason::lapsed);
  const auto half = co_await desk.pending(ada);
  EXPECT_EQ(reason_of(co_await desk.factors.prove_by_passkey(half, answer, {})), Reason::lapsed);

  // A counter that goes back; another's passkey for this account's session.
  EXPECT_EQ(reason_of(co_await desk.sign_in(telephone)), Reason::wrong);
  const auto ask = co_await desk.factors.ask_for_passkey(half);
  std::string forged = Authenticator::json_of(mallorys.asserts(FactorDesk::challenge_in(*ask)));
  EXPECT_EQ(reason_of(co_await desk.factors.prove_by_passkey(half, std::move(forged), {})),
            Reason::wrong);
  telephone.sign_count = 7;
  telephone.origin = "https://shop.example.evil";
  EXPECT_EQ(reason_of(co_await desk.sign_in(telephone)), Reason::wrong);
  telephone.origin = "https://shop.example";
  EXPECT_TRUE(co_await desk.sign_in(telephone));
}

// Hardening 52, as a whole.
TEST(SecondFactors, RefusePasskeysThatAreUsedWrongly) { with_factor_shop(misuse_passkeys); }

Task<void> step_up(FactorShop& shop) {
  FactorDesk desk(shop);
  co_await desk.open_shop();
  const auto ada = co_await shop.somebody();
  auto session = co_await desk.session(ada);
  auto proved = co_await desk.factors.prove_by_password(session, "wrong", {});
  EXPECT_EQ(reason_of(proved), Reason::wrong);
  shop.clock.advance(20min);
  proved = co_await desk.factors.prove_by_password(session, desk.accounts.password, {});
  EXPECT_TRUE(proved && proved->session.authenticated_at == shop.clock.now());
  proved = co_await desk.factors.prove_by_password(co_await desk.pending(ada),
                                                   desk.accounts.password, {});
  EXPECT_EQ(reason_of(proved), Reason::not_there);

  // Who has a second factor is asked for that.
  const auto seed = co_await desk.add_app(session);
  proved = co_await desk.factors.prove_by_password(session, desk.accounts.password, {});
  EXPECT_EQ(reason_of(proved), Reason::not_there);
  EXPECT_TRUE(co_await desk.factors.prove_by_code(session, SecondFactors::CodeKind::app,
                                                  desk.code_now(seed), {}));
}

TEST(SecondFactors, StepUpByThePasswordOnlyIfThereIsNoFactor) { with_factor_shop(step_up); }

}  // namespace
}  // namespace osier::identity
