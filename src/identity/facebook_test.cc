// Against a stand-in for the Graph API, written from its documentation: there is no independent
// server of it to test with.

#include "identity/facebook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/issuers.h"
#include "identity/test/fake_issuer.h"
#include "platform/crypto/crypto.h"

namespace osier::identity {
namespace {

using testing::HasSubstr;
using testing::Not;

class FacebookTest : public testing::Test {
 protected:
  FacebookTest() {
    fake.says("/v23.0/oauth/access_token", R"({"access_token":"user-token","expires_in":5000})");
    is_about(R"("app_id":"4711","type":"USER","is_valid":true,"expires_at":0,"user_id":"1001")");
    fake.says("/v23.0/me",
              R"({"id":"1001","email":"m@x.org","first_name":"M","last_name":"\u00c9"})");
  }
  ~FacebookTest() override { thread.stop(); }

  void is_about(const std::string& data) {
    fake.says("/v23.0/debug_token", R"({"data":{)" + data + "}}");
  }

  Issuer& facebook() {
    if (!issuers) {
      config::SignInIssuer settings{.name = "facebook",
                                    .kind = config::SignInKind::facebook,
                                    .issuer = base.empty() ? fake.url() : base,
                                    .client_id = "4711",
                                    .client_secret = Secret("app-secret")};
      issuers.emplace(std::vector{settings}, config::Environment::development, thread.loop(), clock,
                      log);
    }
    return *issuers->find(config::SignInRealm::customers, "facebook");
  }
  std::string redeem(std::optional<std::string> named = {}) {
    std::string outcome;
    run_to_end(ask(std::move(named), outcome));
    return outcome;
  }
  Task<void> ask(std::optional<std::string> named, std::string& outcome) {
    Redemption redemption{.code = "code",
                          .issuer = std::move(named),
                          .redirect_uri = "https://shop.example/back",
                          .code_verifier = Secret("v"),
                          .nonce_hash = ""};
    const auto told = co_await facebook().redeem(std::move(redemption));
    outcome =
        told ? told->subject + " " + told->email + " " + told->given_name + " " + told->family_name
             : std::string(to_string(told.error()));
  }
  Task<void> ask_url(std::string& outcome) {
    AuthorizationRequest request{"https://shop.example/back", "st", "n", "ch"};
    outcome = (co_await facebook().authorization_url(std::move(request))).value_or("refused");
  }

  ManualClock clock{Instant(std::chrono::seconds(1'796'000'000))};
  std::mutex mutex;
  std::string logged;
  telemetry::Log log{telemetry::Level::info, telemetry::Format::json, clock,
                     [this](std::string_view line) {
                       const std::lock_guard lock(mutex);
                       logged.append(line).append("\n");
                     }};
  std::string base;
  test::FakeIssuer fake;
  std::optional<Issuers> issuers;  // Goes after the loop's thread has ended.
  test::LoopThread thread;
};

TEST_F(FacebookTest, SendsTheBrowserToItsDialog) {
  base = "https://graph.facebook.com";
  std::string url;
  run_to_end(ask_url(url));
  EXPECT_EQ(url,
            "https://www.facebook.com/v23.0/dialog/oauth?client_id=4711&redirect_uri=https%3A%2F%"
            "2Fshop.example%2Fback&state=st&response_type=code&scope=public_profile%2Cemail");
}

TEST_F(FacebookTest, TellsWhoItIs) {
  EXPECT_EQ(redeem(), "1001 m@x.org M É");
  EXPECT_EQ(fake.last("/v23.0/oauth/access_token").body,
            "client_id=4711&client_secret=app-secret&redirect_uri=https%3A%2F%2Fshop.example%2F"
            "back&code=code");
  EXPECT_EQ(fake.last("/v23.0/debug_token").query,
            "input_token=user-token&access_token=4711%7Capp-secret");
  EXPECT_THAT(fake.last("/v23.0/me").query,
              HasSubstr("appsecret_proof=" + crypto::hmac_sha256_hex("app-secret", "user-token")));
}

// A person of another app, whose token was slipped to us.
TEST_F(FacebookTest, RefusesATokenThatIsNotForUs) {
  for (const std::string data :
       {R"("app_id":"4712","type":"USER","is_valid":true,"user_id":"1001")",
        R"("app_id":"4711","type":"USER","is_valid":false,"user_id":"1001")",
        R"("app_id":"4711","type":"PAGE","is_valid":true,"user_id":"1001")",
        R"("app_id":"4711","type":"USER","is_valid":true)",
        R"("app_id":"4711","type":"USER","is_valid":true,"user_id":"1002")",
        R"("app_id":"4711","type":"USER","is_valid":true,"user_id":"1001","expires_at":1795999999)",
        R"("error":{"message":"x"})"}) {
    is_about(data);
    EXPECT_EQ(redeem(), "token_refused") << data;
  }
}

TEST_F(FacebookTest, MayTellNoAddress) {
  fake.says("/v23.0/me", R"({"id":"1001","first_name":"M"})");
  EXPECT_EQ(redeem(), "1001  M ");
}

TEST_F(FacebookTest, RefusesWhatFacebookRefuses) {
  EXPECT_EQ(redeem("https://accounts.google.com"), "mixed_up");
  fake.says("/v23.0/oauth/access_token", {.status = 400, .body = R"({"error":{"code":100}})"});
  EXPECT_EQ(redeem(), "code_refused");
  fake.says("/v23.0/oauth/access_token", {.status = 500, .body = ""});
  EXPECT_EQ(redeem(), "unavailable");
  EXPECT_THAT(logged, Not(HasSubstr("app-secret")));
}

}  // namespace
}  // namespace osier::identity
