#include <gtest/gtest.h>

#include "identity/second_factor.h"
#include "identity/test/authenticator.h"
#include "identity/test/factor_accounts.h"
#include "identity/test/factor_shop.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {
namespace {

using test::Authenticator;
using test::FactorShop;
using test::with_factor_shop;
using Reason = FactorRefusal::Reason;

// Second factors of one realm, and somebody who uses them.
struct Desk {
  explicit Desk(FactorShop& where, Realm realm = Realm::customer)
      : shop(where),
        sessions(shop.database, shop.clock, shop.random),
        throttle(shop.database, shop.clock),
        accounts(realm, sessions),
        factors({.database = shop.database,
                 .vault = *shop.vault,
                 .throttle = throttle,
                 .clock = shop.clock,
                 .random = shop.random,
                 .log = log},
                accounts,
                {.shop_name = "Shop", .relying_party = RelyingParty::of("https://shop.example")}) {}

  Task<void> open_shop() { co_await throttle.load(shop.random); }

  Task<Session> session(AccountRef account, SessionStage stage = SessionStage::open) {
    auto transaction = co_await shop.database.begin();
    std::vector<std::string> methods{"pwd"};
    auto opened = co_await sessions.open(transaction, account, stage, std::move(methods));
    co_await transaction.commit();
    co_return opened.session;
  }
  Task<Session> pending(AccountRef account) {
    co_return co_await session(account, SessionStage::pending_second_factor);
  }

  std::string code_now(const Secret& seed, Duration later = 0s) {
    return totp_code(seed, totp_step_at(shop.clock.now() + later));
  }
  // Sets the app up; its seed.
  Task<Secret> add_app(Session who) {
    const bool is_offered = co_await factors.offer_app(who);
    require(is_offered, "an app can be offered");
    const auto offered = co_await factors.offered_app(who.account);
    require(offered.has_value(), "what was offered is there");
    std::string code = code_now(offered->seed);
    const auto added = co_await factors.add_app(who, std::move(code), {});
    require(added.has_value(), "the first code is right");
    codes = added->recovery_codes;
    shop.clock.advance(30s);  // That step is used.
    co_return offered->seed;
  }
  static std::string challenge_in(const std::string& options) {
    const auto value = json::parse(options);
    return crypto::from_base64url(std::string(value->as_object().at("challenge").as_string()))
        .value();
  }
  Task<Result<SecondFactors::Added, FactorRefusal>> add_passkey(
      Session who, const Authenticator& authenticator) {
    const auto options = co_await factors.ask_for_new_passkey(who);
    if (!options) co_return refuse(options.error());
    std::string answer = Authenticator::json_of(authenticator.registers(challenge_in(*options)));
    co_return co_await factors.add_passkey(who, std::move(answer), "Key", {});
  }
  Task<Result<OpenedSession, FactorRefusal>> sign_in(const Authenticator& authenticator) {
    const auto options = co_await factors.ask_who_signs_in();
    if (!options) co_return refuse(options.error());
    std::string answer = Authenticator::json_of(authenticator.asserts(challenge_in(*options)));
    co_return co_await factors.sign_in_by_passkey(std::move(answer), {}, {});
  }
  Task<Result<OpenedSession, FactorRefusal>> prove(Session who,
                                                   const Authenticator& authenticator) {
    const auto options = co_await factors.ask_for_passkey(who);
    if (!options) co_return refuse(options.error());
    std::string answer = Authenticator::json_of(authenticator.asserts(challenge_in(*options)));
    co_return co_await factors.prove_by_passkey(who, std::move(answer), {});
  }

  FactorShop& shop;
  Sessions sessions;
  Throttle throttle;
  test::PlainAccounts accounts;
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, shop.clock};
  SecondFactors factors;
  std::vector<Secret> codes;
};

Reason reason_of(const Result<OpenedSession, FactorRefusal>& outcome) {
  return outcome ? throw std::logic_error("it was accepted") : outcome.error().reason;
}

Authenticator telephone_of(AccountRef account) {
  Authenticator authenticator;
  authenticator.user_handle = user_handle_of(account);
  return authenticator;
}

static constexpr pg::Statement count_news_sql{"identity.test_count_news", R"sql(
  SELECT count(*) FROM platform.outbox_events WHERE payload::text LIKE '%"' || $1 || '"%'
)sql"};

Task<int> news_of(FactorShop& shop, std::string news) {
  const auto row = co_await shop.database.run_one(count_news_sql, news);
  co_return row->get<int>(0);
}

Task<void> sign_in_with_app(FactorShop& shop) {
  Desk desk(shop);
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

Task<void> try_code(Desk& desk, Session half, std::string code, int& opened, int& throttled) {
  const auto outcome =
      co_await desk.factors.prove_by_code(half, SecondFactors::CodeKind::app, code, {});
  if (outcome) ++opened;
  if (!outcome && outcome.error().reason == Reason::throttled) ++throttled;
}

Task<void> open_many_at_once(FactorShop& shop) {
  Desk desk(shop);
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
  Desk desk(shop);
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
  Desk desk(shop);
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
  Desk desk(shop);
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
  Desk desk(shop);
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
  Desk desk(shop);
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
      Authenticator::json_of(telephone.asserts(Desk::challenge_in(*options)));
  EXPECT_TRUE(co_await desk.factors.sign_in_by_passkey(answer, {}, {}));
  EXPECT_EQ(reason_of(co_await desk.factors.sign_in_by_passkey(answer, {}, {})), Reason::lapsed);
  const auto half = co_await desk.pending(ada);
  EXPECT_EQ(reason_of(co_await desk.factors.prove_by_passkey(half, answer, {})), Reason::lapsed);

  // A counter that goes back; another's passkey for this account's session.
  EXPECT_EQ(reason_of(co_await desk.sign_in(telephone)), Reason::wrong);
  const auto ask = co_await desk.factors.ask_for_passkey(half);
  std::string forged = Authenticator::json_of(mallorys.asserts(Desk::challenge_in(*ask)));
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

Task<void> add_with_half_a_session(FactorShop& shop) {
  Desk customers(shop);
  const auto ada = co_await shop.somebody();
  EXPECT_FALSE(co_await customers.factors.offer_app(co_await customers.pending(ada)));
  const auto added =
      co_await customers.add_passkey(co_await customers.pending(ada), telephone_of(ada));
  EXPECT_TRUE(!added && added.error().reason == Reason::signed_out);

  // Staff who have none must; and who has one cannot add another before it was asked for.
  Desk staff(shop, Realm::staff);
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
  Desk desk(shop);
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
  Desk desk(shop);
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

Task<void> remove_at_once(Desk& desk, AccountRef account, PasskeyId id, int& removed) {
  if (co_await desk.factors.remove_passkey(account, id, "", {})) ++removed;
}

Task<void> keep_staff_safe(FactorShop& shop) {
  Desk desk(shop, Realm::staff);
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

Task<void> step_up(FactorShop& shop) {
  Desk desk(shop);
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
