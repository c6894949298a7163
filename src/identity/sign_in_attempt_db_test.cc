#include <gtest/gtest.h>

#include "identity/federated_identity.h"
#include "identity/pkce.h"
#include "identity/sign_in_attempt.h"
#include "platform/crypto/crypto.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::identity {
namespace {

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

struct Desk {
  explicit Desk(pg::Database& where)
      : database(where),
        attempts(where, clock, random),
        identities(where, clock, random, [](const std::string& text) {
          const auto mac = crypto::hmac_sha256("key", text);
          return pg::Bytes(mac.begin(), mac.end());
        }) {}

  Task<StartedAttempt> start(std::optional<std::string> browser = {}) {
    SignInAttempt attempt{
        .realm = Realm::customer, .issuer = "google", .connecting = {}, .next = "/de-eu/checkout"};
    auto started = co_await attempts.start(std::move(attempt), std::move(browser));
    co_return started;
  }
  Task<std::optional<FinishedAttempt>> finish(std::string state, std::string browser) {
    co_return co_await attempts.finish(Realm::customer, "google", std::move(state),
                                       std::move(browser));
  }
  Task<bool> connect(AccountRef account, IdentityKey key) {
    auto transaction = co_await database.begin();
    const bool is_connected = co_await identities.connect(transaction, account, std::move(key));
    co_await transaction.commit();
    co_return is_connected;
  }
  Task<std::optional<AccountRef>> use(Realm realm, IdentityKey key) {
    auto transaction = co_await database.begin();
    auto account = co_await identities.use(transaction, realm, std::move(key));
    co_await transaction.commit();
    co_return account;
  }
  Task<std::vector<FederatedIdentity>> of(AccountRef account) {
    auto transaction = co_await database.begin();
    co_return co_await identities.of(transaction, account);
  }
  Task<bool> disconnect(AccountRef account, FederatedIdentityId id) {
    auto transaction = co_await database.begin();
    const bool is_done = co_await identities.disconnect(transaction, account, id);
    co_await transaction.commit();
    co_return is_done;
  }

  pg::Database& database;
  ManualClock clock{noon};
  SystemRandom random;
  SignInAttempts attempts;
  FederatedIdentities identities;
};

void at_the_desk(std::function<Task<void>(pg::Database&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), std::move(work));
}

AccountRef customer() { return AccountRef::of(CustomerId{Uuid::v7(noon)}); }

Task<void> finish_once(pg::Database& database) {
  Desk desk(database);
  co_await desk.attempts.load();
  const auto started = co_await desk.start();
  EXPECT_EQ(started.state.size(), 43u);
  EXPECT_EQ(started.code_verifier.reveal().size(), 43u);
  const auto finished = co_await desk.finish(started.state, started.browser_token);
  EXPECT_TRUE(finished);
  if (!finished) co_return;
  EXPECT_EQ(finished->attempt.next, "/de-eu/checkout");
  EXPECT_EQ(finished->nonce_hash, crypto::token_hash(started.nonce));
  EXPECT_EQ(finished->code_verifier, started.code_verifier);
  // Hardening 48: the same answer once more.
  EXPECT_FALSE(co_await desk.finish(started.state, started.browser_token));
}

TEST(SignInAttempts, EndOnce) { at_the_desk(finish_once); }

// Hardening 41.
Task<void> refuse_other_browsers(pg::Database& database) {
  Desk desk(database);
  co_await desk.attempts.load();
  const auto started = co_await desk.start();
  const auto other = co_await desk.start();
  EXPECT_NE(started.browser_token, other.browser_token);
  EXPECT_FALSE(co_await desk.finish(started.state, other.browser_token));
  EXPECT_FALSE(co_await desk.finish(started.state, ""));
  EXPECT_FALSE(co_await desk.finish("", started.browser_token));
  EXPECT_FALSE(co_await desk.finish(started.state + "A", started.browser_token));
  std::string state = started.state;
  EXPECT_FALSE(co_await desk.attempts.finish(Realm::customer, "google", state, std::nullopt));
  // Nor at another issuer's address, nor in the other realm.
  std::string token = started.browser_token;
  EXPECT_FALSE(co_await desk.attempts.finish(Realm::customer, "cognito", state, token));
  EXPECT_FALSE(co_await desk.attempts.finish(Realm::staff, "google", state, token));
  EXPECT_TRUE(co_await desk.finish(started.state, started.browser_token));
}

TEST(SignInAttempts, EndInTheBrowserThatBeganThem) { at_the_desk(refuse_other_browsers); }

Task<void> serve_two_tabs(pg::Database& database) {
  Desk desk(database);
  co_await desk.attempts.load();
  const auto first = co_await desk.start();
  const auto second = co_await desk.start(first.browser_token);
  EXPECT_EQ(first.browser_token, second.browser_token);
  EXPECT_FALSE(first.code_verifier == second.code_verifier);
  // What is no token of ours is not taken for one.
  const auto third = co_await desk.start("set by somebody else");
  EXPECT_NE(third.browser_token, "set by somebody else");
  EXPECT_TRUE(co_await desk.finish(first.state, first.browser_token));
  EXPECT_TRUE(co_await desk.finish(second.state, second.browser_token));
}

TEST(SignInAttempts, OfTwoTabsBothEnd) { at_the_desk(serve_two_tabs); }

Task<void> end_after_ten_minutes(pg::Database& database) {
  Desk desk(database);
  co_await desk.attempts.load();
  const auto quick = co_await desk.start();
  const auto slow = co_await desk.start();
  desk.clock.set(noon + 10min - 1us);
  EXPECT_EQ(co_await desk.attempts.trim(), 0);
  EXPECT_TRUE(co_await desk.finish(quick.state, quick.browser_token));
  desk.clock.set(noon + 10min);
  EXPECT_FALSE(co_await desk.finish(slow.state, slow.browser_token));
  desk.clock.advance(1us);
  EXPECT_EQ(co_await desk.attempts.trim(), 1);
}

TEST(SignInAttempts, LiveForTenMinutes) { at_the_desk(end_after_ten_minutes); }

Task<void> open_one_account(pg::Database& database) {
  Desk desk(database);
  const auto maria = customer();
  const auto other = customer();
  const auto key = desk.identities.key_of("https://issuer.example", "sub-1");
  EXPECT_FALSE(co_await desk.use(Realm::customer, key));
  EXPECT_TRUE(co_await desk.connect(maria, key));
  EXPECT_FALSE(co_await desk.connect(maria, key));
  EXPECT_FALSE(co_await desk.connect(other, key));
  const auto found = co_await desk.use(Realm::customer, key);
  EXPECT_EQ(found, maria);
  // Another issuer may call another person the same.
  const auto elsewhere = desk.identities.key_of("https://other.example", "sub-1");
  EXPECT_NE(key.subject_index, elsewhere.subject_index);
  EXPECT_FALSE(co_await desk.use(Realm::customer, elsewhere));
  EXPECT_FALSE(co_await desk.use(Realm::staff, key));

  const auto all = co_await desk.of(maria);
  EXPECT_EQ(all.size(), 1u);
  EXPECT_FALSE(co_await desk.disconnect(other, all.at(0).id));  // Hardening 55.
  EXPECT_TRUE(co_await desk.disconnect(maria, all.at(0).id));
  EXPECT_FALSE(co_await desk.use(Realm::customer, key));
}

TEST(FederatedIdentities, OpenOneAccount) { at_the_desk(open_one_account); }

Task<void> be_ten_at_most(pg::Database& database) {
  Desk desk(database);
  const auto maria = customer();
  for (int i = 0; i < federated_identities_per_account_max; ++i) {
    const auto key = desk.identities.key_of("https://issuer.example", std::to_string(i));
    EXPECT_TRUE(co_await desk.connect(maria, key));
  }
  const auto key = desk.identities.key_of("https://issuer.example", "one more");
  EXPECT_FALSE(co_await desk.connect(maria, key));
}

TEST(FederatedIdentities, AreTenAtMost) { at_the_desk(be_ten_at_most); }

Task<std::string> hold(Desk& desk) {
  auto transaction = co_await desk.database.begin();
  PendingIdentity pending{.issuer_name = "google",
                          .key = desk.identities.key_of("https://issuer.example", "sub-1")};
  auto token = co_await desk.identities.hold(transaction, Realm::customer, std::move(pending));
  co_await transaction.commit();
  co_return token;
}
Task<std::optional<PendingIdentity>> take_held(Desk& desk, std::string token) {
  auto transaction = co_await desk.database.begin();
  auto pending = co_await desk.identities.take_held(transaction, Realm::customer, token);
  co_await transaction.commit();
  co_return pending;
}

Task<void> wait_for_their_owner(pg::Database& database) {
  Desk desk(database);
  const auto token = co_await hold(desk);
  const auto late = co_await hold(desk);
  const auto held = co_await desk.identities.held(Realm::customer, token);
  EXPECT_TRUE(held && held->issuer_name == "google");
  EXPECT_FALSE(co_await desk.identities.held(Realm::staff, token));
  EXPECT_FALSE(co_await desk.identities.held(Realm::customer, "another"));
  EXPECT_TRUE(co_await take_held(desk, token));
  EXPECT_FALSE(co_await take_held(desk, token));
  desk.clock.set(noon + pending_identity_max);
  EXPECT_FALSE(co_await take_held(desk, late));
  desk.clock.advance(1us);
  EXPECT_EQ(co_await desk.identities.trim(), 1);
}

TEST(FederatedIdentities, WaitForTheirOwnerForHalfAnHour) { at_the_desk(wait_for_their_owner); }

}  // namespace
}  // namespace osier::identity
