#include "platform/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace osier::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "osier_config_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

Config loaded(const Sources& sources) {
  const auto config = load(sources);
  if (config) return *config;
  for (const auto& error : config.error()) ADD_FAILURE() << error;
  return {};
}

std::vector<std::string> errors_of(const Sources& sources) {
  const auto config = load(sources);
  return config ? std::vector<std::string>{} : config.error();
}

TEST(Config, HasDefaultsForEverything) {
  const auto config = loaded({});
  EXPECT_EQ(config.port, 8080);
  EXPECT_EQ(config.bind_address, "127.0.0.1");
  EXPECT_EQ(config.ops_port, 9090);
  EXPECT_EQ(config.data, "./var");
  EXPECT_EQ(config.base_url, "http://localhost:8080");
  EXPECT_EQ(config.stripe_api_base, "https://api.stripe.com");
  EXPECT_EQ(config.hold_duration, 30min);
  EXPECT_GE(config.threads, 1);
  EXPECT_TRUE(config.roles.web && config.roles.api && config.roles.admin && config.roles.worker);
  EXPECT_TRUE(config.database_url.empty());
  EXPECT_TRUE(config.origins.empty());
}

TEST(Config, PrefersFlagThenEnvironmentThenFile) {
  const Folder folder;
  const auto file = folder.file("osier.toml",
                                "port = 1001\nops_port = 1002\nmail_from = \"File\"\n"
                                "cors_origins = [\"https://a.example\", \"https://b.example\"]\n");
  const Sources sources{.flags = {{"port", "3001"}},
                        .environment = {{"OSIER_PORT", "2001"},
                                        {"OSIER_OPS_PORT", "2002"},
                                        {"OSIER_MAIL_FROM", ""},
                                        {"OSIER_TEST_CACHE", "x"},
                                        {"PATH", "/bin"}},
                        .file = file};
  const auto config = loaded(sources);
  EXPECT_EQ(config.port, 3001);
  EXPECT_EQ(config.ops_port, 2002);
  EXPECT_EQ(config.mail_from, "File");
  EXPECT_THAT(config.cors_origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(config.base_url, "http://localhost:3001");
  EXPECT_EQ(config.origins.at("port"), "--port");
  EXPECT_EQ(config.origins.at("ops_port"), "OSIER_OPS_PORT");
}

TEST(Config, SaysWhatIsWrongInOneSentenceEach) {
  EXPECT_THAT(errors_of({.environment = {{"OSIER_PORT", "abc"}}}),
              ElementsAre("OSIER_PORT must be a whole number from 1 to 65535, but is 'abc'"));
  for (const auto* port : {"0", "65536", "-1", "+1", "0x10", "80 ", "1e3"}) {
    EXPECT_EQ(errors_of({.environment = {{"OSIER_PORT", port}}}).size(), 1u) << port;
  }
  const std::pair<const char*, const char*> wrong[] = {
      {"OSIER_BIND_ADDRESS", "localhost"},
      {"OSIER_BASE_URL", "shop.example"},
      {"OSIER_BASE_URL", "https://"},
      {"OSIER_LOG_LEVEL", "loud"},
      {"OSIER_ROLES", "web,boss"},
      {"OSIER_TRUSTED_PROXIES", "10.0.0.0/33"},
      {"OSIER_CORS_ORIGINS", "a.example"},
      {"OSIER_SMTP_URL", "http://mail"},
      {"OSIER_SMTP_URL", "smtp://u:p@host"},
      {"OSIER_HOLD_MINUTES", "0"},
      {"OSIER_STRIPE_WEBHOOK_SECRET", "a b"},
      {"OSIER_STRIPE_WEBHOOK_SECRET", "a,b,c"},
  };
  for (const auto& [variable, text] : wrong) {
    EXPECT_EQ(errors_of({.environment = {{variable, text}}}).size(), 1u) << variable << text;
  }
}

TEST(Config, RefusesNamesNobodyKnowsAndSuggestsTheRightOne) {
  const Folder folder;
  EXPECT_THAT(errors_of({.environment = {{"OSIER_PROT", "1"}}}),
              ElementsAre("OSIER_PROT is not a setting of Osier; did you mean OSIER_PORT?"));
  EXPECT_THAT(errors_of({.environment = {{"OSIER_ZZZZZZZZZZZZ", "1"}}}),
              ElementsAre("OSIER_ZZZZZZZZZZZZ is not a setting of Osier"));
  EXPECT_THAT(errors_of({.file = folder.file("a.toml", "stripe_api_bass = \"x\"\n")}),
              ElementsAre(HasSubstr("did you mean stripe_api_base?")));
  EXPECT_EQ(errors_of({.environment = {{"OSIER_PORT_FILE", "/dev/null"}}}).size(), 1u);
}

TEST(Config, RefusesABrokenOrMissingFile) {
  const Folder folder;
  EXPECT_THAT(errors_of({.file = folder.file("a.toml", "port = 1\nport = \n")}),
              ElementsAre(HasSubstr("line 2")));
  EXPECT_THAT(errors_of({.file = folder.file("b.toml", "port = 1.5\n[table]\nx = 1\n")}),
              testing::SizeIs(2));
  EXPECT_EQ(errors_of({.file = "/nowhere/osier.toml"}).size(), 1u);
}

TEST(Config, TakesSecretsFromFilesButNotFromFlags) {
  const Folder folder;
  const auto key = folder.file("key", "sk_test_1\n").string();
  const auto config =
      loaded({.environment = {{"OSIER_STRIPE_SECRET_KEY_FILE", key},
                              {"OSIER_STRIPE_WEBHOOK_SECRET", "whsec_a, whsec_b"}}});
  EXPECT_EQ(config.stripe_secret_key.reveal(), "sk_test_1");
  ASSERT_EQ(config.stripe_webhook_secrets.size(), 2u);
  EXPECT_EQ(config.stripe_webhook_secrets[1].reveal(), "whsec_b");

  EXPECT_THAT(errors_of({.flags = {{"database_url", "postgresql://u:hush@h/d"}}}),
              ElementsAre(Not(HasSubstr("hush"))));
  EXPECT_EQ(errors_of({.environment = {{"OSIER_SMTP_PASSWORD_FILE", "/nowhere"}}}).size(), 1u);
  EXPECT_THAT(errors_of({.environment = {{"OSIER_STRIPE_SECRET_KEY_FILE", key},
                                         {"OSIER_STRIPE_SECRET_KEY", "x"}}}),
              Contains(HasSubstr("are both given")));
}

TEST(Config, NeverRepeatsASecret) {
  const std::string hush = "hush\x01hush";
  EXPECT_THAT(errors_of({.environment = {{"OSIER_DATABASE_URL", hush}}}),
              ElementsAre(Not(HasSubstr("hush"))));
  const auto config = loaded({.environment = {{"OSIER_DATABASE_URL", "postgresql://u:hush@h/d"}}});
  const auto text = describe(config);
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  EXPECT_THAT(text, HasSubstr("database_url = \"********\""));
  EXPECT_THAT(text, HasSubstr("# OSIER_DATABASE_URL"));
  EXPECT_THAT(text, HasSubstr("smtp_password = \"\""));
  EXPECT_THAT(text, HasSubstr("port = 8080"));
}

TEST(Config, WhatItPrintsCanBeReadAgain) {
  const Folder folder;
  const auto config = loaded(
      {.environment = {{"OSIER_MAIL_FROM", "Zum \"Korb\" \\"}, {"OSIER_ROLES", "web, worker"}}});
  std::string text = describe(config);
  const auto again = loaded({.file = folder.file("again.toml", text)});
  EXPECT_EQ(again.mail_from, config.mail_from);
  EXPECT_TRUE(again.roles.worker);
  EXPECT_FALSE(again.roles.admin);
}

TEST(Config, IsStrictInProduction) {
  const Assignments weak = {{"OSIER_ENVIRONMENT", "production"},
                            {"OSIER_STRIPE_SECRET_KEY", "sk_test_1"},
                            {"OSIER_STRIPE_WEBHOOK_SECRET", "whsec_1"}};
  EXPECT_EQ(errors_of({.environment = weak}).size(), 2u);
  loaded({.environment = {{"OSIER_ENVIRONMENT", "production"},
                          {"OSIER_BASE_URL", "https://shop.example/"},
                          {"OSIER_STRIPE_SECRET_KEY", "sk_live_1"},
                          {"OSIER_STRIPE_WEBHOOK_SECRET", "whsec_1"}}});
}

TEST(Config, SettingsThatBelongTogetherComeTogether) {
  EXPECT_EQ(errors_of({.environment = {{"OSIER_STRIPE_SECRET_KEY", "sk_test_1"}}}).size(), 1u);
  EXPECT_EQ(errors_of({.environment = {{"OSIER_SMTP_USER", "shop"}}}).size(), 1u);
  EXPECT_EQ(errors_of({.environment = {{"OSIER_PORT", "9090"}}}).size(), 1u);
}

TEST(SignInIssuers, AreKnownByTheNameInTheirSettings) {
  const Folder folder;
  const auto secret = folder.file("google", "hush\n");
  const auto file = folder.file("osier.toml",
                                "oidc_company_issuer = \"https://sso.example/\"\n"
                                "oidc_company_client_id = \"from the file\"\n"
                                "oidc_company_email_domains = [\"Example.org\"]\n"
                                "oidc_company_realm = \"staff\"\n");
  const auto config = loaded({.environment = {{"OSIER_OIDC_GOOGLE_CLIENT_ID", "g"},
                                              {"OSIER_OIDC_GOOGLE_CLIENT_SECRET_FILE", secret},
                                              {"OSIER_OIDC_COMPANY_CLIENT_ID", "c"}},
                              .file = file});
  ASSERT_EQ(config.sign_in_issuers.size(), 2u);
  const SignInIssuer& company = config.sign_in_issuers[0];
  EXPECT_EQ(company.name, "company");
  EXPECT_EQ(company.kind, SignInKind::oidc);
  EXPECT_EQ(company.realm, SignInRealm::staff);
  EXPECT_EQ(company.issuer, "https://sso.example/");  // As it names itself.
  EXPECT_EQ(company.client_id, "c");
  EXPECT_THAT(company.email_domains, ElementsAre("example.org"));
  EXPECT_EQ(company.enforces_mfa, Switch::off);
  const SignInIssuer& google = config.sign_in_issuers[1];
  EXPECT_EQ(google.kind, SignInKind::google);
  EXPECT_EQ(google.issuer, "https://accounts.google.com");
  EXPECT_EQ(google.client_secret.reveal(), "hush");
  EXPECT_EQ(google.label, "Google");

  const auto text = describe(config);
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  EXPECT_THAT(text, HasSubstr("oidc_google_client_secret = \"********\""));
  EXPECT_THAT(text, HasSubstr("oidc_company_client_id = \"c\""));
}

TEST(SignInIssuers, AreRefusedIfTheyAreIncomplete) {
  EXPECT_THAT(errors_of({.environment = {{"OSIER_OIDC_COMPANY_CLIENT_ID", "c"}}}),
              ElementsAre("OSIER_OIDC_COMPANY_ISSUER is needed to sign in there"));
  EXPECT_THAT(errors_of({.environment = {{"OSIER_OIDC_GOOGLE_LABEL", "G"}}}),
              ElementsAre("OSIER_OIDC_GOOGLE_CLIENT_ID is needed to sign in there"));
  EXPECT_THAT(errors_of({.environment = {{"OSIER_OIDC_FACEBOOK_CLIENT_ID", "1"}}}),
              ElementsAre("OSIER_OIDC_FACEBOOK_CLIENT_SECRET is needed"));
  EXPECT_THAT(errors_of({.environment = {{"OSIER_OIDC_GOOGLE_CLIENT_ID", "g"},
                                         {"OSIER_OIDC_GOOGLE_REALM", "staff"}}}),
              ElementsAre(HasSubstr("EMAIL_DOMAINS must name the domains")));
  EXPECT_THAT(errors_of({.environment = {{"OSIER_OIDC_A_CLIENT_ID", "c"},
                                         {"OSIER_OIDC_A_ISSUER", "ftp://a.example"}}}),
              ElementsAre(HasSubstr("must be a URL")));
  EXPECT_THAT(errors_of({.environment = {{"OSIER_OIDC_A_COLOUR", "red"}}}),
              ElementsAre(HasSubstr("is not a setting of Osier")));
  EXPECT_THAT(errors_of({.environment = {{"OSIER_OIDC_GOOGLE_EMAIL_DOMAINS", "*, exa mple.org"}}}),
              ElementsAre(HasSubstr("must be domains")));
}

TEST(SignInIssuers, SpeakHttpsInProduction) {
  const Assignments shop = {{"OSIER_ENVIRONMENT", "production"},
                            {"OSIER_BASE_URL", "https://shop.example"},
                            {"OSIER_OIDC_A_CLIENT_ID", "c"},
                            {"OSIER_OIDC_A_ISSUER", "http://a.example"}};
  EXPECT_THAT(errors_of({.environment = shop}), ElementsAre(HasSubstr("OSIER_OIDC_A_ISSUER")));
}

TEST(SignInIssuers, APoolIsWantedWhereCustomersHaveTheirAccountsThere) {
  EXPECT_EQ(errors_of({.environment = {{"OSIER_CUSTOMER_ACCOUNTS", "cognito"}}}).size(), 1u);
  Assignments pool = {{"OSIER_OIDC_COGNITO_CLIENT_ID", "c"},
                      {"OSIER_OIDC_COGNITO_ISSUER", "https://cognito-idp.eu-north-1.example/p"}};
  EXPECT_THAT(loaded({.environment = pool}).sign_in_issuers.at(0).email_domains, ElementsAre("*"));
  pool.emplace_back("OSIER_CUSTOMER_ACCOUNTS", "cognito");
  EXPECT_EQ(loaded({.environment = pool}).sign_in_issuers.size(), 1u);
  pool.back().second = "local";
  EXPECT_EQ(loaded({.environment = pool}).sign_in_issuers.size(), 0u);
}

TEST(Settings, AreDocumentedFromOneTable) {
  const auto markdown = settings_markdown();
  const auto help = settings_help();
  for (const auto& setting : settings()) {
    EXPECT_FALSE(setting.meaning.empty()) << setting.name;
    EXPECT_THAT(help, HasSubstr(std::string(setting.meaning)));
    EXPECT_THAT(markdown, HasSubstr(std::string(setting.meaning)));
  }
  EXPECT_THAT(markdown, HasSubstr("| `OSIER_PORT` | port | `8080` |"));
}

}  // namespace
}  // namespace osier::config
