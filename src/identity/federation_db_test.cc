// Away to an issuer and back, on a real database; the issuer says what the test tells it to, and
// the accounts are kept in memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "identity/federation.h"
#include "identity/test/fake_issuer.h"
#include "identity/test/token_maker.h"
#include "platform/crypto/crypto.h"
#include "platform/http/message.h"
#include "platform/json/value.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::identity {
namespace {

using test::SigningKey;
using testing::HasSubstr;

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");
const std::string back = "https://shop.example/back";

class Accounts final : public AccountBook {
 public:
  explicit Accounts(Sessions& sessions) : sessions_(sessions) {}

  Task<std::optional<AccountRef>> verified_account_of(pg::Transaction&,
                                                      std::string email) override {
    const auto found = verified.find(email);
    co_return found == verified.end() ? std::nullopt : std::optional(found->second);
  }
  Task<std::optional<AccountRef>> open_account(pg::Transaction&, NewPerson person) override {
    if (!opens_accounts) co_return std::nullopt;
    opened.push_back(person);
    const auto account = AccountRef::of(CustomerId{Uuid::v7(noon)});
    if (person.is_verified) verified[person.email] = account;
    co_return account;
  }
  Task<bool> may_sign_in(pg::Transaction&, AccountRef) override { co_return !is_closed; }
  Task<bool> has_other_way_in(pg::Transaction&, AccountRef) override { co_return has_password; }
  Task<OpenedSession> sign_in(pg::Transaction& transaction, AccountRef account,
                              FactorsThere factors, std::optional<SessionId> former,
                              http::Request) override {
    shown = factors;
    if (former) co_await sessions_.end(transaction, *former, SessionEnd::replaced);
    std::vector<std::string> methods{"fed"};
    auto session =
        co_await sessions_.open(transaction, account, SessionStage::open, std::move(methods));
    co_return session;
  }

  std::map<std::string, AccountRef> verified;
  std::vector<NewPerson> opened;
  bool opens_accounts = true;
  bool is_closed = false;
  bool has_password = false;
  FactorsThere shown = FactorsThere::one;

 private:
  Sessions& sessions_;
};

// What a browser brings back, in one word or two.
struct Story {
  std::string outcome;
  std::optional<OpenedSession> opened;
  std::string held;
};

struct Desk {
  explicit Desk(pg::Database& where, config::SignInIssuer settings = {})
      : database(where),
        sessions(where, clock, random),
        accounts(sessions),
        issuers(complete(std::move(settings)), config::Environment::development, thread.loop(),
                clock, log),
        attempts(where, clock, random),
        identities(where, clock, random,
                   [](const std::string& text) {
                     const auto mac = crypto::hmac_sha256("key", text);
                     return pg::Bytes(mac.begin(), mac.end());
                   }),
        federation(where, issuers, attempts, identities, clock, log) {}
  ~Desk() { thread.stop(); }

  std::vector<config::SignInIssuer> complete(config::SignInIssuer settings) {
    settings.name = "test";
    settings.issuer = fake.url();
    settings.client_id = "shop";
    const json::Object document{{"issuer", fake.url()},
                                {"authorization_endpoint", fake.url() + "/authorize"},
                                {"token_endpoint", fake.url() + "/token"},
                                {"jwks_uri", fake.url() + "/keys"}};
    fake.says("/.well-known/openid-configuration", json::to_text(json::Value(document)));
    fake.says("/keys", key.jwk_set());
    return {std::move(settings)};
  }

  // The issuer says this of whoever comes next.
  void serve(const std::string& location, json::Object claims) {
    const auto query = http::Parameters::parse(location.substr(location.find('?') + 1)).value();
    const auto now_s =
        std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
    claims["iss"] = fake.url();
    claims["aud"] = "shop";
    claims["iat"] = now_s;
    claims["exp"] = now_s + 300;
    claims["nonce"] = std::string(*query.get("nonce"));
    fake.says("/token",
              R"({"id_token":")" + key.token(json::to_text(json::Value(claims))) + R"("})");
    state = *query.get("state");
  }

  Task<FederationStart> start(std::optional<SessionId> connecting = {}) {
    SignInAttempt attempt{
        .realm = realm, .issuer = "test", .connecting = connecting, .next = "/account"};
    auto started = co_await federation.start(std::move(attempt), back, std::nullopt);
    co_return started.value();
  }
  Task<Story> finish(IssuerReturn returned) {
    auto done = co_await federation.finish(accounts, realm, "test", back, std::move(returned));
    if (!done) co_return Story{std::string(to_string(done.error())), {}, {}};
    switch (done->kind) {
      case FederationOutcome::Kind::signed_in:
        co_return Story{"signed_in", done->opened, {}};
      case FederationOutcome::Kind::connected:
        co_return Story{"connected", {}, {}};
      case FederationOutcome::Kind::sign_in_here_first:
        co_return Story{"sign_in_here_first", {}, done->held_token};
    }
  }
  IssuerReturn returned(const FederationStart& started) const {
    return {.state = state,
            .code = "code",
            .error = {},
            .issuer = {},
            .browser_token = started.browser_token,
            .session = {},
            .market_code = "eu",
            .locale = "de",
            .request = {}};
  }
  // The whole way.
  Task<Story> come(json::Object claims) {
    const auto started = co_await start();
    serve(started.location, std::move(claims));
    co_return co_await finish(returned(started));
  }

  pg::Database& database;
  ManualClock clock{noon};
  SystemRandom random;
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, clock};
  SigningKey key = SigningKey::p256("k1");
  Realm realm = Realm::customer;
  std::string state;
  test::FakeIssuer fake;
  test::LoopThread thread;
  Sessions sessions;
  Accounts accounts;
  Issuers issuers;
  SignInAttempts attempts;
  FederatedIdentities identities;
  Federation federation;
};

json::Object maria(bool is_verified = true) {
  return {{"sub", "sub-maria"},
          {"email", "maria@example.org"},
          {"email_verified", is_verified},
          {"given_name", "Maria"}};
}
const config::SignInIssuer decides{.email_domains = {"example.org"}};

void at_the_desk(std::function<Task<void>(pg::Database&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), std::move(work));
}

Task<void> open_an_account(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  const auto first = co_await desk.come(maria());
  EXPECT_EQ(first.outcome, "signed_in");
  EXPECT_EQ(desk.accounts.opened.size(), 1u);
  EXPECT_TRUE(desk.accounts.opened.at(0).is_verified);
  EXPECT_EQ(desk.accounts.opened.at(0).given_name, "Maria");
  EXPECT_EQ(desk.accounts.opened.at(0).locale, "de");
  const auto second = co_await desk.come(maria());
  EXPECT_EQ(second.outcome, "signed_in");
  EXPECT_EQ(desk.accounts.opened.size(), 1u);
  EXPECT_EQ(first.opened->session.account, second.opened->session.account);
}

TEST(Federation, OpensAnAccountForWhoComesFirstTime) { at_the_desk(open_an_account); }

// Hardening 50: the address there was changed, to that of another account here.
Task<void> stay_with_the_subject(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  const auto first = co_await desk.come(maria());
  desk.accounts.verified["nina@example.org"] = AccountRef::of(CustomerId{Uuid::v7(noon)});
  auto renamed = maria();
  renamed["email"] = "nina@example.org";
  const auto second = co_await desk.come(renamed);
  EXPECT_EQ(second.opened->session.account, first.opened->session.account);
  // And whoever has the address there now is somebody else.
  auto stranger = maria();
  stranger["sub"] = "sub-stranger";
  stranger["email_verified"] = false;
  EXPECT_EQ((co_await desk.come(stranger)).outcome, "sign_in_here_first");
}

TEST(Federation, KnowsPeopleByTheirSubject) { at_the_desk(stay_with_the_subject); }

Task<void> connect_by_address(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  const auto account = AccountRef::of(CustomerId{Uuid::v7(noon)});
  desk.accounts.verified["maria@example.org"] = account;
  const auto story = co_await desk.come(maria());
  EXPECT_EQ(story.opened->session.account, account);
  EXPECT_TRUE(desk.accounts.opened.empty());
}

TEST(Federation, ConnectsByAnAddressThatTheIssuerDecidesAbout) { at_the_desk(connect_by_address); }

// Hardening 50.
Task<void> ask_to_sign_in_here(pg::Database& database) {
  Desk desk(database);  // Decides about no address.
  co_await desk.attempts.load();
  const auto account = AccountRef::of(CustomerId{Uuid::v7(noon)});
  desk.accounts.verified["maria@example.org"] = account;
  const auto story = co_await desk.come(maria());
  EXPECT_EQ(story.outcome, "sign_in_here_first");
  EXPECT_FALSE(co_await desk.sessions.find(Realm::customer, story.held));
  // They have signed in here since.
  EXPECT_TRUE(co_await desk.federation.connect_held(account, story.held));
  EXPECT_FALSE(co_await desk.federation.connect_held(account, story.held));
  const auto again = co_await desk.come(maria());
  EXPECT_EQ(again.outcome, "signed_in");
  EXPECT_EQ(again.opened->session.account, account);
}

TEST(Federation, AsksForTheSignInHereFirst) { at_the_desk(ask_to_sign_in_here); }

Task<void> never_link_unverified(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  desk.accounts.verified["maria@example.org"] = AccountRef::of(CustomerId{Uuid::v7(noon)});
  EXPECT_EQ((co_await desk.come(maria(false))).outcome, "sign_in_here_first");
  desk.accounts.verified.clear();  // The same answer, so that nobody learns who has an account.
  EXPECT_EQ((co_await desk.come(maria(false))).outcome, "sign_in_here_first");
  EXPECT_TRUE(desk.accounts.opened.empty());
}

TEST(Federation, NeverOpensAnAccountByAnUnverifiedAddress) { at_the_desk(never_link_unverified); }

// Hardening 41, 42 and 48.
Task<void> refuse_what_was_not_begun_here(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  const auto started = co_await desk.start();
  desk.serve(started.location, maria());
  const auto story = [&](auto change) {
    IssuerReturn returned = desk.returned(started);
    change(returned);
    return returned;
  };
  for (const auto& returned :
       {story([](auto& r) { r.state.reset(); }), story([](auto& r) { r.state = "forged"; }),
        story([](auto& r) { r.browser_token.reset(); }),
        story([](auto& r) { r.browser_token = std::string(43, 'A'); })}) {
    EXPECT_EQ((co_await desk.finish(returned)).outcome, "not_begun_here");
  }
  EXPECT_EQ(desk.fake.calls("/token"), 0);
  // The token of another sign-in.
  const auto other = co_await desk.start();
  EXPECT_EQ((co_await desk.finish(story([](auto&) {}))).outcome, "signed_in");
  EXPECT_EQ((co_await desk.finish(story([](auto&) {}))).outcome, "not_begun_here");
  const auto query = http::Parameters::parse(other.location.substr(other.location.find('?') + 1));
  desk.state = std::string(*query->get("state"));
  EXPECT_EQ((co_await desk.finish(desk.returned(other))).outcome, "refused");
}

TEST(Federation, EndsInTheBrowserThatBeganItOnce) { at_the_desk(refuse_what_was_not_begun_here); }

Task<void> tell_errors_of_issuers(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  for (const auto& [error, outcome] :
       {std::pair{"access_denied", "declined"}, std::pair{"login_required", "declined"},
        std::pair{"temporarily_unavailable", "unavailable"}, std::pair{"<script>", "declined"}}) {
    const auto started = co_await desk.start();
    desk.serve(started.location, maria());
    IssuerReturn returned = desk.returned(started);
    returned.code.reset();
    returned.error = error;
    EXPECT_EQ((co_await desk.finish(std::move(returned))).outcome, outcome) << error;
  }
  const auto started = co_await desk.start();
  desk.serve(started.location, maria());
  desk.fake.says("/token", {.status = 503});
  EXPECT_EQ((co_await desk.finish(desk.returned(started))).outcome, "unavailable");
}

TEST(Federation, TellsTheErrorsOfIssuersApart) { at_the_desk(tell_errors_of_issuers); }

Task<void> refuse_closed_accounts(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  EXPECT_EQ((co_await desk.come(maria())).outcome, "signed_in");
  desk.accounts.is_closed = true;
  EXPECT_EQ((co_await desk.come(maria())).outcome, "account_closed");
}

TEST(Federation, OpensNoClosedAccount) { at_the_desk(refuse_closed_accounts); }

Task<void> connect_to_who_is_signed_in(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  auto transaction = co_await desk.database.begin();
  std::vector<std::string> methods{"pwd"};
  const auto account = AccountRef::of(CustomerId{Uuid::v7(noon)});
  const auto session =
      co_await desk.sessions.open(transaction, account, SessionStage::open, std::move(methods));
  co_await transaction.commit();

  const auto away = [&]() -> Task<FederationStart> { return desk.start(session.session.id); };
  auto started = co_await away();
  desk.serve(started.location, maria());
  EXPECT_EQ((co_await desk.finish(desk.returned(started))).outcome, "signed_out_meanwhile");
  started = co_await away();
  desk.serve(started.location, maria());
  IssuerReturn returned = desk.returned(started);
  returned.session = session.session;
  EXPECT_EQ((co_await desk.finish(returned)).outcome, "connected");
  const auto ways = co_await desk.federation.ways_in(desk.accounts, account);
  EXPECT_EQ(ways.identities.size(), 1u);
  // It is not another's any more.
  auto other = session.session;
  other.account = AccountRef::of(CustomerId{Uuid::v7(noon)});
  started = co_await away();
  desk.serve(started.location, maria());
  returned = desk.returned(started);
  returned.session = other;
  EXPECT_EQ((co_await desk.finish(returned)).outcome, "anothers");
}

TEST(Federation, ConnectsWithTheAccountThatIsSignedIn) { at_the_desk(connect_to_who_is_signed_in); }

Task<void> keep_a_way_in(pg::Database& database) {
  Desk desk(database, decides);
  co_await desk.attempts.load();
  const auto story = co_await desk.come(maria());
  const AccountRef account = story.opened->session.account;
  const auto ways = co_await desk.federation.ways_in(desk.accounts, account);
  const auto id = ways.identities.at(0).id;
  const auto kept = co_await desk.federation.disconnect(desk.accounts, account, id);
  EXPECT_TRUE(!kept && kept.error() == Federation::DisconnectRefusal::last_way_in);
  desk.accounts.has_password = true;
  const auto stranger = AccountRef::of(CustomerId{Uuid::v7(noon)});
  const auto other = co_await desk.federation.disconnect(desk.accounts, stranger, id);
  EXPECT_TRUE(!other && other.error() == Federation::DisconnectRefusal::not_found);
  EXPECT_TRUE(co_await desk.federation.disconnect(desk.accounts, account, id));
}

TEST(Federation, KeepsTheLastWayIn) { at_the_desk(keep_a_way_in); }

Task<void> let_in_known_staff_only(pg::Database& database) {
  auto settings = decides;
  settings.realm = config::SignInRealm::staff;
  Desk desk(database, settings);
  co_await desk.attempts.load();
  desk.realm = Realm::staff;
  desk.accounts.opens_accounts = false;
  EXPECT_EQ((co_await desk.come(maria())).outcome, "no_account");
  EXPECT_EQ((co_await desk.come(maria(false))).outcome, "no_account");
  const auto member = AccountRef::of(StaffId{Uuid::v7(noon)});
  desk.accounts.verified["maria@example.org"] = member;
  EXPECT_EQ((co_await desk.come(maria(false))).outcome, "no_account");
  EXPECT_EQ((co_await desk.come(maria())).opened->session.account, member);
  EXPECT_EQ(desk.accounts.shown, FactorsThere::one);
  auto twice = maria();
  twice["amr"] = {"pwd", "mfa"};
  EXPECT_EQ((co_await desk.come(twice)).outcome, "signed_in");
  EXPECT_EQ(desk.accounts.shown, FactorsThere::two);
}

TEST(Federation, LetsInStaffWhoAreKnown) { at_the_desk(let_in_known_staff_only); }

}  // namespace
}  // namespace osier::identity
