#include <gtest/gtest.h>

#include "identity/session.h"
#include "platform/async/loop.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::identity {
namespace {

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

struct Desk {
  explicit Desk(pg::Database& where) : database(where), sessions(where, clock, random) {}

  Task<OpenedSession> open(AccountRef account, SessionStage stage = SessionStage::open) {
    auto transaction = co_await database.begin();
    std::vector<std::string> methods{"pwd"};
    auto opened = co_await sessions.open(transaction, account, stage, std::move(methods));
    co_await transaction.commit();
    co_return opened;
  }
  Task<void> end_all(AccountRef account, std::optional<SessionId> except) {
    auto transaction = co_await database.begin();
    co_await sessions.end_all(transaction, account, SessionEnd::password_changed, except);
    co_await transaction.commit();
  }
  Task<std::optional<OpenedSession>> prove_again(SessionId id, std::string method) {
    auto transaction = co_await database.begin();
    auto opened = co_await sessions.prove_again(transaction, id, std::move(method));
    co_await transaction.commit();
    co_return opened;
  }

  pg::Database& database;
  ManualClock clock{noon};
  SystemRandom random;
  Sessions sessions;
};

void at_the_desk(std::function<Task<void>(pg::Database&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), std::move(work));
}

AccountRef customer() { return AccountRef::of(CustomerId{Uuid::v7(noon)}); }
AccountRef staff() { return AccountRef::of(StaffId{Uuid::v7(noon)}); }

Task<void> find_by_token(pg::Database& database) {
  Desk desk(database);
  const auto opened = co_await desk.open(customer());
  EXPECT_EQ(opened.token.size(), 43u);
  const auto found = co_await desk.sessions.find(Realm::customer, opened.token);
  EXPECT_TRUE(found && found->id == opened.session.id);
  EXPECT_FALSE(co_await desk.sessions.find(Realm::staff, opened.token));
  EXPECT_FALSE(co_await desk.sessions.find(Realm::customer, ""));
  EXPECT_FALSE(co_await desk.sessions.find(Realm::customer, std::string(43, 'A')));
  EXPECT_FALSE(co_await desk.sessions.find(Realm::customer, opened.token + "A"));
}

TEST(Sessions, AreFoundByTheirTokenInTheirRealm) { at_the_desk(find_by_token); }

Task<void> die_of_rest_and_age(pg::Database& database) {
  Desk desk(database);
  const auto shopper = co_await desk.open(customer());
  const auto clerk = co_await desk.open(staff());
  desk.clock.advance(15min - 1us);
  EXPECT_TRUE(co_await desk.sessions.find(Realm::staff, clerk.token));
  desk.clock.advance(15min);
  EXPECT_FALSE(co_await desk.sessions.find(Realm::staff, clerk.token));

  for (int week = 0; week < 12; ++week) {
    EXPECT_TRUE(co_await desk.sessions.find(Realm::customer, shopper.token)) << week;
    desk.clock.advance(7 * 24h);
  }
  desk.clock.set(noon + 90 * 24h - 1us);
  EXPECT_TRUE(co_await desk.sessions.find(Realm::customer, shopper.token));
  desk.clock.set(noon + 90 * 24h);
  EXPECT_FALSE(co_await desk.sessions.find(Realm::customer, shopper.token));
}

TEST(Sessions, EndByRestAndByAge) { at_the_desk(die_of_rest_and_age); }

Task<void> end_elsewhere(pg::Database& database) {
  Desk here(database);
  Desk there(database);
  const auto account = customer();
  const auto kept = co_await here.open(account);
  const auto lost = co_await here.open(account);
  EXPECT_TRUE(co_await there.sessions.find(Realm::customer, lost.token));
  co_await here.end_all(account, kept.session.id);
  co_await sleep_for(1s);
  // No announcement was heard: what `there` remembered has run out by itself.
  EXPECT_FALSE(co_await there.sessions.find(Realm::customer, lost.token));
  EXPECT_TRUE(co_await there.sessions.find(Realm::customer, kept.token));
}

// Hardening 30.
TEST(Sessions, AreEndedInEveryProcessWithinASecond) { at_the_desk(end_elsewhere); }

Task<void> hear_of_ends(pg::Database& database, std::string connection) {
  Desk here(database);
  Desk there(database);
  there.sessions.listen(Loop::current(), std::move(connection));
  co_await sleep_for(300ms);
  const auto opened = co_await here.open(customer());
  EXPECT_TRUE(co_await there.sessions.find(Realm::customer, opened.token));
  EXPECT_TRUE(co_await here.sessions.revoke(opened.session.account, opened.session.id));
  co_await sleep_for(200ms);
  EXPECT_FALSE(co_await there.sessions.find(Realm::customer, opened.token));
  there.sessions.stop_listening();
}

TEST(Sessions, AreEndedAtOnceWhereTheAnnouncementIsHeard) {
  const pg::test::Database fresh(migrations());
  const auto connection = fresh.connection();
  pg::test::run(connection,
                [&](pg::Database& database) { return hear_of_ends(database, connection); });
}

Task<void> change_token_with_the_second_factor(pg::Database& database) {
  Desk desk(database);
  const auto half = co_await desk.open(customer(), SessionStage::pending_second_factor);
  desk.clock.advance(1min);
  const auto whole = co_await desk.prove_again(half.session.id, "otp");
  EXPECT_TRUE(whole && whole->token != half.token);
  const std::vector<std::string> both{"pwd", "otp"};
  EXPECT_EQ(whole->session.methods, both);
  EXPECT_EQ(whole->session.authenticated_at, noon + 1min);
  EXPECT_EQ(whole->session.stage, SessionStage::open);
  EXPECT_FALSE(co_await desk.sessions.find(Realm::customer, half.token));
  EXPECT_TRUE(co_await desk.sessions.find(Realm::customer, whole->token));
}

TEST(Sessions, HaveANewTokenAfterTheSecondFactor) {
  at_the_desk(change_token_with_the_second_factor);
}

Task<void> end_half_sessions(pg::Database& database) {
  Desk desk(database);
  const auto half = co_await desk.open(customer(), SessionStage::pending_second_factor);
  desk.clock.advance(10min - 1us);
  const auto found = co_await desk.sessions.find(Realm::customer, half.token);
  EXPECT_TRUE(found && found->stage == SessionStage::pending_second_factor);
  desk.clock.advance(1us);
  EXPECT_FALSE(co_await desk.sessions.find(Realm::customer, half.token));
}

// Hardening 39.
TEST(Sessions, WaitTenMinutesForTheSecondFactor) { at_the_desk(end_half_sessions); }

Task<void> list_and_revoke(pg::Database& database) {
  Desk desk(database);
  const auto ada = customer();
  const auto grace = customer();
  const auto first = co_await desk.open(ada);
  const auto second = co_await desk.open(ada);
  const auto other = co_await desk.open(grace);
  EXPECT_EQ((co_await desk.sessions.of(ada)).size(), 2u);
  EXPECT_FALSE(co_await desk.sessions.revoke(ada, other.session.id));
  EXPECT_TRUE(co_await desk.sessions.revoke(ada, first.session.id));
  EXPECT_FALSE(co_await desk.sessions.revoke(ada, first.session.id));
  const auto left = co_await desk.sessions.of(ada);
  EXPECT_TRUE(left.size() == 1 && left.front().id == second.session.id);
  EXPECT_TRUE(co_await desk.sessions.find(Realm::customer, other.token));
}

// Hardening 55.
TEST(Sessions, AreListedAndRevokedByTheirOwnerAlone) { at_the_desk(list_and_revoke); }

}  // namespace
}  // namespace osier::identity
