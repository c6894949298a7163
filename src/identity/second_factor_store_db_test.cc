#include <gtest/gtest.h>

#include "identity/authenticator_app.h"
#include "identity/passkey.h"
#include "identity/recovery_codes.h"
#include "identity/test/authenticator.h"
#include "identity/test/factor_shop.h"

namespace osier::identity {
namespace {

using test::Authenticator;
using test::FactorShop;
using test::noon;
using test::with_factor_shop;

constexpr int side_by_side = 20;

Task<AuthenticatorApp> set_up_app(FactorShop& shop, AccountRef account) {
  const AuthenticatorApps apps(*shop.vault);
  auto transaction = co_await shop.database.begin();
  const bool is_offered =
      co_await apps.offer(transaction, account, make_totp_seed(shop.random), shop.clock.now());
  require(is_offered, "somebody's seed can be sealed");
  co_await transaction.commit();
  auto app = co_await apps.offered(shop.database, account, shop.clock.now());
  require(app.has_value(), "what was offered is there");
  auto confirming = co_await shop.database.begin();
  const bool is_confirmed = co_await apps.confirm(confirming, account, app->id,
                                                  totp_step_at(shop.clock.now()), shop.clock.now());
  require(is_confirmed, "what was offered can be confirmed");
  co_await confirming.commit();
  co_return *std::move(app);
}

Task<void> use_step(FactorShop& shop, Uuid app, TotpStep step, int& taken) {
  const AuthenticatorApps apps(*shop.vault);
  auto transaction = co_await shop.database.begin();
  const bool is_taken = co_await apps.use(transaction, app, step, shop.clock.now());
  co_await sleep_for(1ms);  // So that others wait for the lock.
  co_await transaction.commit();
  if (is_taken) ++taken;
}

Task<void> take_a_step_once(FactorShop& shop) {
  const auto app = co_await set_up_app(shop, co_await shop.somebody());
  const TotpStep step = totp_step_at(noon) + 1;
  int taken = 0;
  TaskGroup group;
  for (int i = 0; i < side_by_side; ++i) group.spawn(use_step(shop, app.id, step, taken));
  co_await group.join();
  EXPECT_EQ(taken, 1);
  co_await use_step(shop, app.id, step - 1, taken);
  EXPECT_EQ(taken, 1);
  co_await use_step(shop, app.id, step + 1, taken);
  EXPECT_EQ(taken, 2);
}

// Hardening 35.
TEST(AuthenticatorApp, HasEachStepTakenOnceOfTwentyAtOnce) { with_factor_shop(take_a_step_once); }

Task<void> replace_an_app(FactorShop& shop) {
  const AuthenticatorApps apps(*shop.vault);
  const auto account = co_await shop.somebody();
  const auto first = co_await set_up_app(shop, account);
  const auto second = co_await set_up_app(shop, account);
  auto transaction = co_await shop.database.begin();
  const auto found = co_await apps.find(transaction, account);
  EXPECT_TRUE(found && found->id == second.id && !(found->seed == first.seed));
  EXPECT_TRUE(co_await apps.remove(transaction, account));
  EXPECT_FALSE(co_await apps.find(transaction, account));
  EXPECT_FALSE(co_await apps.remove(transaction, account));
}

TEST(AuthenticatorApp, TakesThePlaceOfTheOneBefore) { with_factor_shop(replace_an_app); }

Task<void> let_an_offer_lapse(FactorShop& shop) {
  const AuthenticatorApps apps(*shop.vault);
  const auto account = co_await shop.somebody();
  auto transaction = co_await shop.database.begin();
  EXPECT_TRUE(co_await apps.offer(transaction, account, make_totp_seed(shop.random), noon));
  EXPECT_FALSE(co_await apps.find(transaction, account));  // It does not count yet.
  co_await transaction.commit();
  EXPECT_TRUE(co_await apps.offered(shop.database, account, noon + offered_app_max - 1us));
  EXPECT_FALSE(co_await apps.offered(shop.database, account, noon + offered_app_max));
  const auto other = co_await shop.somebody();
  EXPECT_FALSE(co_await apps.offered(shop.database, other, noon));
}

TEST(AuthenticatorApp, WaitsHalfAnHourForItsFirstCode) { with_factor_shop(let_an_offer_lapse); }

Task<void> forget_a_person(FactorShop& shop) {
  const AuthenticatorApps apps(*shop.vault);
  const auto account = co_await shop.somebody();
  co_await set_up_app(shop, account);
  co_await shop.forget(account);
  auto transaction = co_await shop.database.begin();
  EXPECT_FALSE(co_await apps.find(transaction, account));
  EXPECT_FALSE(co_await apps.offer(transaction, account, make_totp_seed(shop.random), noon));
}

TEST(AuthenticatorApp, OfAnErasedPersonCannotBeRead) { with_factor_shop(forget_a_person); }

Task<void> write_codes(FactorShop& shop, AccountRef account, std::vector<Secret> codes) {
  auto transaction = co_await shop.database.begin();
  co_await replace_recovery_codes(transaction, account, std::move(codes), noon);
  co_await transaction.commit();
}

Task<void> use_code(FactorShop& shop, AccountRef account, std::string code, int& used) {
  auto transaction = co_await shop.database.begin();
  const bool is_used = co_await use_recovery_code(transaction, account, std::move(code), noon);
  co_await sleep_for(1ms);
  co_await transaction.commit();
  if (is_used) ++used;
}

Task<int> count_codes(FactorShop& shop, AccountRef account) {
  auto transaction = co_await shop.database.begin();
  co_return co_await count_recovery_codes(transaction, account);
}

Task<void> use_each_code_once(FactorShop& shop) {
  const auto account = co_await shop.somebody();
  const auto other = co_await shop.somebody();
  const auto codes = make_recovery_codes(shop.random);
  co_await write_codes(shop, account, codes);
  int used = 0;
  co_await use_code(shop, other, codes[0].reveal(), used);
  co_await use_code(shop, account, "7k3m-9qwx-2vtr-hn4p", used);
  EXPECT_EQ(used, 0);
  TaskGroup group;
  for (int i = 0; i < side_by_side; ++i) {
    group.spawn(use_code(shop, account, codes[0].reveal(), used));
  }
  co_await group.join();
  EXPECT_EQ(used, 1);
  EXPECT_EQ(co_await count_codes(shop, account), 9);

  co_await write_codes(shop, account, make_recovery_codes(shop.random));
  EXPECT_EQ(co_await count_codes(shop, account), 10);
  co_await use_code(shop, account, codes[1].reveal(), used);
  EXPECT_EQ(used, 1);  // Of the former ten.
}

// Hardening 38.
TEST(RecoveryCodes, AreUsedOnceEachOfTwentyAtOnceAndOnlyTheNewestTen) {
  with_factor_shop(use_each_code_once);
}

NewPasskey new_passkey(const Authenticator& authenticator, std::uint32_t sign_count = 0) {
  auto key = CoseKey::read(authenticator.pair.cose());
  require(key.has_value(), "the test's key is one");
  return {.credential_id = authenticator.credential_id,
          .key = std::move(*key),
          .sign_count = sign_count,
          .is_user_verified = true,
          .is_backed_up = false};
}

Task<void> keep_passkeys(FactorShop& shop) {
  const Passkeys passkeys(*shop.vault);
  const auto ada = co_await shop.somebody();
  const auto grace = co_await shop.somebody();
  const Authenticator telephone;
  const Authenticator key;
  auto transaction = co_await shop.database.begin();
  const auto first =
      co_await passkeys.add(transaction, ada, new_passkey(telephone), "Ada's telephone", noon);
  const auto second = co_await passkeys.add(transaction, ada, new_passkey(key), "Key", noon + 1s);
  EXPECT_TRUE(first && second);
  // Nobody else gets it, nor the same account twice.
  EXPECT_FALSE(co_await passkeys.add(transaction, grace, new_passkey(key), "Mine", noon));

  EXPECT_FALSE(co_await passkeys.rename(transaction, grace, *second, "Stolen"));
  EXPECT_TRUE(co_await passkeys.rename(transaction, ada, *second, "Blue key"));
  const auto all = co_await passkeys.of(transaction, ada);
  EXPECT_EQ(all.size(), 2u);
  EXPECT_EQ(all.front().name, "Ada's telephone");
  EXPECT_EQ(all.back().name, "Blue key");
  EXPECT_EQ(all.back().public_key, key.pair.cose());

  const auto found = co_await passkeys.find(transaction, Realm::customer, key.credential_id);
  EXPECT_TRUE(found && found->account == ada);
  EXPECT_FALSE(co_await passkeys.find(transaction, Realm::staff, key.credential_id));
  EXPECT_FALSE(co_await passkeys.remove(transaction, grace, *first));
  EXPECT_TRUE(co_await passkeys.remove(transaction, ada, *first));
  EXPECT_EQ((co_await passkeys.of(transaction, ada)).size(), 1u);
}

// Hardening 55 for what is named by id.
TEST(Passkeys, BelongToOneAccountWhichCallsThemAsItLikes) { with_factor_shop(keep_passkeys); }

Task<void> count_up(FactorShop& shop) {
  const Passkeys passkeys(*shop.vault);
  const Authenticator authenticator;
  auto transaction = co_await shop.database.begin();
  const auto account = co_await shop.somebody();
  const auto id =
      co_await passkeys.add(transaction, account, new_passkey(authenticator, 7), "Key", noon);
  const auto used = [&](std::uint32_t count) {
    return passkeys.note_use(transaction, *id,
                             {.sign_count = count, .is_user_verified = true, .is_backed_up = false},
                             noon);
  };
  EXPECT_FALSE(co_await used(0));
  EXPECT_FALSE(co_await used(7));
  EXPECT_TRUE(co_await used(4'294'967'295));
  EXPECT_FALSE(co_await used(8));
}

// Hardening 52.
TEST(Passkeys, CountUpInTheDatabaseToo) { with_factor_shop(count_up); }

Task<void> take_challenge(PasskeyChallenges& challenges, ChallengeFor what, std::string challenge,
                          int& taken) {
  if (co_await challenges.take(what, std::move(challenge))) ++taken;
}

Task<void> take_challenges_once(FactorShop& shop) {
  PasskeyChallenges challenges(shop.database, shop.clock, shop.random);
  const ChallengeFor signing_in{};
  const std::string challenge = co_await challenges.give(signing_in);
  EXPECT_EQ(challenge.size(), 32u);
  int taken = 0;
  TaskGroup group;
  for (int i = 0; i < side_by_side; ++i) {
    group.spawn(take_challenge(challenges, signing_in, challenge, taken));
  }
  co_await group.join();
  EXPECT_EQ(taken, 1);
}

// Hardening 52.
TEST(PasskeyChallenges, AreAnsweredOnceOfTwentyAtOnce) { with_factor_shop(take_challenges_once); }

Task<void> bind_challenges(FactorShop& shop) {
  PasskeyChallenges challenges(shop.database, shop.clock, shop.random);
  const SessionId mine{Uuid::v7(noon)};
  const SessionId another{Uuid::v7(noon)};
  const ChallengeFor adding{
      .purpose = ChallengePurpose::add, .realm = Realm::customer, .session = mine};
  const std::string challenge = co_await challenges.give(adding);
  const auto is_taken_for = [&](ChallengePurpose purpose, Realm realm,
                                std::optional<SessionId> session) {
    return challenges.take({.purpose = purpose, .realm = realm, .session = session}, challenge);
  };
  EXPECT_FALSE(co_await is_taken_for(ChallengePurpose::confirm, Realm::customer, mine));
  EXPECT_FALSE(co_await is_taken_for(ChallengePurpose::add, Realm::staff, mine));
  EXPECT_FALSE(co_await is_taken_for(ChallengePurpose::add, Realm::customer, another));
  EXPECT_FALSE(co_await is_taken_for(ChallengePurpose::sign_in, Realm::customer, {}));
  shop.clock.advance(passkey_challenge_max);
  EXPECT_FALSE(co_await challenges.take(adding, challenge));
  EXPECT_EQ(co_await challenges.trim(), 1);

  const std::string later = co_await challenges.give(adding);
  shop.clock.advance(passkey_challenge_max - 1us);
  EXPECT_TRUE(co_await challenges.take(adding, later));
}

// Hardening 52.
TEST(PasskeyChallenges, AreForOnePurposeAndSessionAndFiveMinutes) {
  with_factor_shop(bind_challenges);
}

}  // namespace
}  // namespace osier::identity
