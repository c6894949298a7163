#include "identity/oidc_issuer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/issuers.h"
#include "identity/test/fake_issuer.h"
#include "identity/test/token_maker.h"
#include "platform/json/value.h"

namespace osier::identity {
namespace {

using test::SigningKey;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t noon_s = 1'796'000'000;
constexpr Instant noon{std::chrono::seconds(noon_s)};
const std::string configuration_path = "/.well-known/openid-configuration";

class OidcIssuerTest : public testing::Test {
 protected:
  OidcIssuerTest() {
    serve_configuration({});
    fake.says("/keys", key.jwk_set());
  }
  ~OidcIssuerTest() override { thread.stop(); }

  void serve_configuration(json::Object more) {
    json::Object document{{"issuer", fake.url()},
                          {"authorization_endpoint", fake.url() + "/authorize"},
                          {"token_endpoint", fake.url() + "/token"},
                          {"jwks_uri", fake.url() + "/keys"}};
    for (auto& [name, value] : more) document[name] = value;
    fake.says(configuration_path, json::to_text(json::Value(document)));
  }

  config::SignInIssuer settings() const {
    return {.name = "test",
            .issuer = fake.url(),
            .client_id = "shop id",
            .client_secret = Secret("s:cret")};
  }
  Issuer& issuer() {
    if (!issuers) {
      issuers.emplace(std::vector{settings()}, environment, thread.loop(), clock, log);
    }
    return *issuers->find(config::SignInRealm::customers, "test");
  }

  json::Object claims() const {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
    return {{"iss", fake.url()}, {"sub", "maria"}, {"aud", "shop id"},   {"iat", now},
            {"exp", now + 300},  {"nonce", "n"},   {"email", "m@x.org"}, {"email_verified", true}};
  }
  void serve_token(const SigningKey& signer, json::Object body) {
    fake.says("/token", R"({"access_token":"access","id_token":")" +
                            signer.token(json::to_text(json::Value(std::move(body)))) + R"("})");
  }

  std::string url() {
    std::string outcome;
    run_to_end(ask_url(outcome));
    return outcome;
  }
  // The subject, or the refusal.
  std::string redeem(std::optional<std::string> named = {}) {
    std::string outcome;
    run_to_end(ask(std::move(named), outcome));
    return outcome;
  }

  Task<void> ask_url(std::string& outcome) {
    AuthorizationRequest request{.redirect_uri = "https://shop.example/back?x",
                                 .state = "st",
                                 .nonce = "n",
                                 .code_challenge = "ch"};
    auto made = co_await issuer().authorization_url(std::move(request));
    outcome = made ? *made : std::string(to_string(made.error()));
  }
  Task<void> ask(std::optional<std::string> named, std::string& outcome) {
    Redemption redemption{.code = "c&de",
                          .issuer = std::move(named),
                          .redirect_uri = "https://shop.example/back",
                          .code_verifier = Secret("verifier"),
                          .nonce_hash = crypto::token_hash("n")};
    const auto told = co_await issuer().redeem(std::move(redemption));
    outcome = told ? told->subject + " " + told->email : std::string(to_string(told.error()));
  }

  ManualClock clock{noon};
  std::mutex mutex;
  std::string logged;
  telemetry::Log log{telemetry::Level::info, telemetry::Format::json, clock,
                     [this](std::string_view line) {
                       const std::lock_guard lock(mutex);
                       logged.append(line).append("\n");
                     }};
  SigningKey key = SigningKey::p256("k1");
  config::Environment environment = config::Environment::development;
  test::FakeIssuer fake;
  std::optional<Issuers> issuers;  // Goes after the loop's thread has ended.
  test::LoopThread thread;
};

TEST_F(OidcIssuerTest, SendsTheBrowserThereWithStateNonceAndChallenge) {
  EXPECT_EQ(url(), fake.url() +
                       "/authorize?response_type=code&client_id=shop%20id&redirect_uri=https%3A%2F%"
                       "2Fshop.example%2Fback%3Fx&scope=openid%20email%20profile&state=st&nonce=n&"
                       "code_challenge=ch&code_challenge_method=S256");
}

TEST_F(OidcIssuerTest, RedeemsACodeByItsVerifierAndTheShopsSecret) {
  serve_token(key, claims());
  EXPECT_EQ(redeem(), "maria m@x.org");
  const auto request = fake.last("/token");
  EXPECT_EQ(request.body,
            "grant_type=authorization_code&code=c%26de&redirect_uri=https%3A%2F%2Fshop.example%"
            "2Fback&code_verifier=verifier");
  // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
  EXPECT_EQ(request.headers.get("Authorization"),
            "Basic " + crypto::to_base64("shop%20id:s%3Acret"));
}

TEST_F(OidcIssuerTest, SendsTheSecretInTheBodyIfTheIssuerWantsItThere) {
  serve_configuration({{"token_endpoint_auth_methods_supported", {"client_secret_post"}}});
  serve_token(key, claims());
  EXPECT_EQ(redeem(), "maria m@x.org");
  EXPECT_THAT(fake.last("/token").body, HasSubstr("&client_id=shop%20id&client_secret=s%3Acret"));
  EXPECT_FALSE(fake.last("/token").headers.get("Authorization"));
}

TEST_F(OidcIssuerTest, AsksForTheAddressThatTheTokenLacks) {
  serve_configuration({{"userinfo_endpoint", fake.url() + "/userinfo"}});
  auto thin = claims();
  thin.erase("email");
  serve_token(key, thin);
  fake.says("/userinfo", R"({"sub":"maria","email":"maria@example.org","email_verified":true})");
  EXPECT_EQ(redeem(), "maria maria@example.org");
  EXPECT_EQ(fake.last("/userinfo").headers.get("Authorization"), "Bearer access");
  fake.says("/userinfo", R"({"sub":"mallory","email":"mallory@example.org"})");
  EXPECT_EQ(redeem(), "maria ");
}

// Hardening 44.
TEST_F(OidcIssuerTest, RefusesAnAnswerOfAnotherIssuer) {
  serve_token(key, claims());
  EXPECT_EQ(redeem(fake.url()), "maria m@x.org");
  EXPECT_EQ(redeem("https://other.example"), "mixed_up");
  EXPECT_EQ(redeem(fake.url() + "/"), "mixed_up");
  EXPECT_EQ(fake.calls("/token"), 1);  // The code never went to the wrong one.
}

TEST_F(OidcIssuerTest, MissesTheNameOfAnIssuerThatNamesItself) {
  serve_configuration({{"authorization_response_iss_parameter_supported", true}});
  serve_token(key, claims());
  EXPECT_EQ(redeem(), "mixed_up");
  EXPECT_EQ(redeem(fake.url()), "maria m@x.org");
}

// Hardening 43 and 48: the issuer says so of a wrong verifier, and of a code used twice.
TEST_F(OidcIssuerTest, RefusesACodeThatTheIssuerRefuses) {
  fake.says("/token", {.status = 400, .body = R"({"error":"invalid_grant"})"});
  EXPECT_EQ(redeem(), "code_refused");
  EXPECT_THAT(logged, HasSubstr("invalid_grant"));
}

TEST_F(OidcIssuerTest, RefusesATokenThatDoesNotHold) {
  serve_token(SigningKey::p256("k1"), claims());
  EXPECT_EQ(redeem(), "token_refused");
  auto others = claims();
  others["aud"] = "another shop";
  serve_token(key, others);
  EXPECT_EQ(redeem(), "token_refused");
  fake.says("/token", R"({"access_token":"access"})");
  EXPECT_EQ(redeem(), "token_refused");
  EXPECT_THAT(logged, HasSubstr("signature_wrong"));
  EXPECT_THAT(logged, HasSubstr("audience_wrong"));
  EXPECT_THAT(logged, Not(HasSubstr("maria")));
}

TEST_F(OidcIssuerTest, IsUnavailableIfItsAnswersAreNone) {
  for (const test::FakeIssuer::Reply& reply : std::vector<test::FakeIssuer::Reply>{
           {.status = 500},
           {.status = 200, .body = "<html>"},
           {.status = 302, .location = "/keys"},
           {.status = 200, .body = std::string(300 * 1024, ' ')}}) {
    fake.says("/token", reply);
    EXPECT_EQ(redeem(), "unavailable") << reply.status;
  }
  EXPECT_EQ(fake.calls("/keys"), 1);  // Not by the redirect.
}

TEST_F(OidcIssuerTest, IsNotBelievedIfItCallsItselfOtherwise) {
  serve_configuration({{"issuer", "https://accounts.example"}});
  EXPECT_EQ(url(), "unavailable");
  EXPECT_THAT(logged, HasSubstr("it calls itself https://accounts.example"));
}

TEST_F(OidcIssuerTest, SpeaksHttpsOnlyInProduction) {
  environment = config::Environment::production;
  EXPECT_EQ(url(), "unavailable");
  EXPECT_EQ(fake.calls(configuration_path), 0);
}

// Hardening 47.
TEST_F(OidcIssuerTest, ServesOnWithTheKeysItHasWhileTheIssuerIsAway) {
  serve_token(key, claims());
  EXPECT_EQ(redeem(), "maria m@x.org");
  fake.says("/keys", {.status = 503});
  fake.says(configuration_path, {.status = 503});
  for (const Duration away : {Duration(59min), Duration(2h), Duration(20h)}) {
    clock.set(noon + away);
    serve_token(key, claims());
    EXPECT_EQ(redeem(), "maria m@x.org") << away.count();
  }
  clock.set(noon + 24h);
  EXPECT_EQ(redeem(), "unavailable");
  serve_configuration({});
  fake.says("/keys", key.jwk_set());
  EXPECT_EQ(redeem(), "unavailable");  // Asked again after a pause only.
  clock.advance(OidcIssuer::failure_pause);
  serve_token(key, claims());
  EXPECT_EQ(redeem(), "maria m@x.org");
}

// Hardening 47.
TEST_F(OidcIssuerTest, FetchesNewKeysForATokenOfAnUnknownOne) {
  serve_token(key, claims());
  EXPECT_EQ(redeem(), "maria m@x.org");
  const auto rotated = SigningKey::p256("k2");
  fake.says("/keys", R"({"keys":[)" + key.jwk() + "," + rotated.jwk() + "]}");
  clock.advance(5min);
  serve_token(rotated, claims());
  EXPECT_EQ(redeem(), "maria m@x.org");
  EXPECT_EQ(fake.calls("/keys"), 2);
}

// Hardening 47: else a forger would have us ask the issuer as often as they like.
TEST_F(OidcIssuerTest, FetchesKeysAtMostEveryFiveMinutes) {
  EXPECT_THAT(url(), HasSubstr("/authorize"));
  serve_token(SigningKey::p256("unknown"), claims());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(redeem(), "token_refused");
  EXPECT_EQ(fake.calls("/keys"), 1);
  clock.advance(5min);
  serve_token(SigningKey::p256("unknown"), claims());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(redeem(), "token_refused");
  EXPECT_EQ(fake.calls("/keys"), 2);
}

TEST_F(OidcIssuerTest, IsAskedOnceByManyAtATime) {
  std::vector<std::string> outcomes(20);
  std::vector<Task<void>> tasks;
  for (auto& outcome : outcomes) tasks.push_back(ask_url(outcome));
  issuer();
  run_to_end(when_all(std::move(tasks)));
  for (const auto& outcome : outcomes) EXPECT_THAT(outcome, HasSubstr("/authorize?"));
  EXPECT_EQ(fake.calls(configuration_path), 1);
}

TEST(Issuer, DecidesAboutTheAddressesOfItsDomains) {
  class Plain final : public Issuer {
   public:
    using Issuer::Issuer;
    Task<Result<std::string, IssuerRefusal>> authorization_url(AuthorizationRequest) override {
      co_return std::string();
    }
    Task<Result<Claims, IssuerRefusal>> redeem(Redemption) override { co_return Claims(); }
    Task<std::string> sign_out_url(std::string) override { co_return std::string(); }
  };
  const auto says = [](const config::SignInIssuer& settings, const Claims& claims) {
    return Plain(settings).is_authoritative_for(claims);
  };
  const config::SignInIssuer company{.email_domains = {"example.org"}};
  EXPECT_TRUE(says(company, {.email = "m@Example.ORG", .is_email_verified = true}));
  EXPECT_FALSE(says(company, {.email = "m@example.org", .is_email_verified = false}));
  EXPECT_FALSE(says(company, {.email = "m@sub.example.org", .is_email_verified = true}));
  EXPECT_FALSE(says(company, {.email = "m@notexample.org", .is_email_verified = true}));
  EXPECT_FALSE(says(company, {.email = "example.org", .is_email_verified = true}));
  EXPECT_FALSE(says(company, {.email = "", .is_email_verified = true}));

  const config::SignInIssuer google{.kind = config::SignInKind::google};
  EXPECT_TRUE(says(google, {.email = "m@gmail.com", .is_email_verified = true}));
  EXPECT_FALSE(says(google, {.email = "m@example.org", .is_email_verified = true}));
  EXPECT_TRUE(
      says(google,
           {.email = "m@example.org", .is_email_verified = true, .hosted_domain = "example.org"}));
  EXPECT_FALSE(says(
      google, {.email = "m@example.org", .is_email_verified = true, .hosted_domain = "other.org"}));
  // Only Google says so.
  EXPECT_FALSE(says({}, {.email = "m@gmail.com", .is_email_verified = true}));

  const config::SignInIssuer pool{.kind = config::SignInKind::cognito, .email_domains = {"*"}};
  EXPECT_TRUE(says(pool, {.email = "m@example.org", .is_email_verified = true}));
  EXPECT_FALSE(says(pool, {.email = "m@example.org", .is_email_verified = false}));
}

}  // namespace
}  // namespace osier::identity
