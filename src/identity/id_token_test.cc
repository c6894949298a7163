// Hardening 42, 44, 46 and 50: a token whose signature holds, and who it is for.

#include "identity/id_token.h"

#include <gtest/gtest.h>

#include "identity/pkce.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {
namespace {

constexpr std::int64_t now_s = 1'796'000'000;
const Instant now{std::chrono::seconds(now_s)};
const std::string nonce_hash = crypto::token_hash("nonce-1");

const IdTokenExpectation expected{
    .issuer = "https://issuer.example", .client_id = "shop", .nonce_hash = nonce_hash, .now = now};

json::Object good_claims() {
  return {{"iss", "https://issuer.example"},
          {"sub", "maria"},
          {"aud", "shop"},
          {"iat", now_s - 1},
          {"exp", now_s + 300},
          {"nonce", "nonce-1"},
          {"email", "maria@example.org"},
          {"email_verified", true},
          {"given_name", "María"},
          {"amr", json::Array{"pwd", "mfa"}}};
}

std::string refusal_of(json::Object claims) {
  const auto outcome = check_id_token(json::Value(std::move(claims)), expected);
  return outcome ? "accepted" : std::string(to_string(outcome.error()));
}

std::string refusal_with(const char* name, json::Value value) {
  auto claims = good_claims();
  claims[name] = std::move(value);
  return refusal_of(std::move(claims));
}

std::string refusal_without(const char* name) {
  auto claims = good_claims();
  claims.erase(name);
  return refusal_of(std::move(claims));
}

TEST(IdToken, TellsWhoItIs) {
  const auto claims = check_id_token(json::Value(good_claims()), expected);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject, "maria");
  EXPECT_EQ(claims->email, "maria@example.org");
  EXPECT_TRUE(claims->is_email_verified);
  EXPECT_EQ(claims->given_name, "María");
  EXPECT_EQ(claims->family_name, "");
  EXPECT_EQ(claims->methods, (std::vector<std::string>{"pwd", "mfa"}));
}

TEST(IdToken, OfAnotherIssuerIsRefused) {
  for (const char* issuer : {"https://issuer.example/", "https://ISSUER.example",
                             "http://issuer.example", "https://issuer.example/other-tenant", ""}) {
    EXPECT_EQ(refusal_with("iss", issuer), "issuer_wrong") << issuer;
  }
  EXPECT_EQ(refusal_without("iss"), "claims_malformed");
}

TEST(IdToken, ForAnotherAudienceIsRefused) {
  EXPECT_EQ(refusal_with("aud", "another shop"), "audience_wrong");
  EXPECT_EQ(refusal_with("aud", json::Array{}), "audience_wrong");
  EXPECT_EQ(refusal_with("aud", json::Array{"shop", "another"}), "audience_wrong");
  EXPECT_EQ(refusal_with("aud", 7), "audience_wrong");
  EXPECT_EQ(refusal_without("aud"), "audience_wrong");
  EXPECT_EQ(refusal_with("aud", json::Array{"shop"}), "accepted");
  EXPECT_EQ(refusal_with("azp", "another"), "audience_wrong");
  EXPECT_EQ(refusal_with("azp", json::Array{"shop"}), "audience_wrong");
  EXPECT_EQ(refusal_with("azp", "shop"), "accepted");

  auto both = good_claims();
  both["aud"] = json::Array{"another", "shop"};
  both["azp"] = "shop";
  EXPECT_EQ(refusal_of(both), "accepted");
}

TEST(IdToken, IsGoodForItsTimeAndAMinuteOfSkew) {
  EXPECT_EQ(refusal_with("exp", now_s - 59), "accepted");
  EXPECT_EQ(refusal_with("exp", now_s - 60), "expired");
  EXPECT_EQ(refusal_with("iat", now_s + 60), "accepted");
  EXPECT_EQ(refusal_with("iat", now_s + 61), "not_yet_valid");
  EXPECT_EQ(refusal_with("nbf", now_s + 60), "accepted");
  EXPECT_EQ(refusal_with("nbf", now_s + 61), "not_yet_valid");
  EXPECT_EQ(refusal_with("iat", now_s - 660), "accepted");
  EXPECT_EQ(refusal_with("iat", now_s - 661), "too_old");
  EXPECT_EQ(refusal_with("exp", static_cast<double>(now_s) + 0.5), "accepted");
  for (const char* name : {"exp", "iat", "nbf"}) {
    EXPECT_EQ(refusal_with(name, "tomorrow"), "claims_malformed") << name;
    EXPECT_EQ(refusal_with(name, -1), "claims_malformed") << name;
    EXPECT_EQ(refusal_with(name, 1e300), "claims_malformed") << name;
  }
  EXPECT_EQ(refusal_without("exp"), "claims_malformed");
  EXPECT_EQ(refusal_without("iat"), "claims_malformed");
}

TEST(IdToken, OfAnotherSignInIsRefused) {
  EXPECT_EQ(refusal_with("nonce", "nonce-2"), "nonce_wrong");
  EXPECT_EQ(refusal_with("nonce", ""), "nonce_wrong");
  EXPECT_EQ(refusal_with("nonce", json::Array{"nonce-1"}), "nonce_wrong");
  EXPECT_EQ(refusal_without("nonce"), "nonce_wrong");
}

TEST(IdToken, NamesItsSubject) {
  EXPECT_EQ(refusal_with("sub", boost::json::string(255, 'a')), "accepted");
  EXPECT_EQ(refusal_with("sub", boost::json::string(256, 'a')), "claims_malformed");
  EXPECT_EQ(refusal_with("sub", ""), "claims_malformed");
  EXPECT_EQ(refusal_with("sub", 7), "claims_malformed");
  EXPECT_EQ(refusal_with("sub", "mar\u00eda"), "claims_malformed");
  EXPECT_EQ(refusal_without("sub"), "claims_malformed");
}

// Hardening 50: only a claim that says so makes an address verified.
TEST(IdToken, VerifiesNoAddressByItsSilence) {
  const auto is_verified = [](json::Value word) {
    auto claims = good_claims();
    claims["email_verified"] = std::move(word);
    return check_id_token(json::Value(std::move(claims)), expected)->is_email_verified;
  };
  EXPECT_TRUE(is_verified("true"));
  EXPECT_FALSE(is_verified("false"));
  EXPECT_FALSE(is_verified("TRUE"));
  EXPECT_FALSE(is_verified(1));
  EXPECT_FALSE(is_verified(nullptr));
  auto silent = good_claims();
  silent.erase("email_verified");
  EXPECT_FALSE(check_id_token(json::Value(silent), expected)->is_email_verified);
}

TEST(IdToken, CutsNamesBetweenCharacters) {
  auto claims = good_claims();
  std::string name;
  for (int i = 0; i < 120; ++i) name += "é";
  claims["family_name"] = name;
  claims["given_name"] = "Line\r\nbreak";
  const auto read = check_id_token(json::Value(claims), expected);
  EXPECT_EQ(read->family_name, name.substr(0, 200));
  EXPECT_EQ(read->given_name, "Line  break");
}

TEST(Userinfo, FillsInWhatTheTokenDoesNotSay) {
  auto thin = good_claims();
  thin.erase("email");
  thin.erase("email_verified");
  auto claims = *check_id_token(json::Value(thin), expected);
  const json::Object other{{"sub", "mallory"}, {"email", "m@x.org"}, {"email_verified", true}};
  add_userinfo(claims, json::Value(other));
  EXPECT_EQ(claims.email, "");
  const json::Object own{{"sub", "maria"},
                         {"email", "maria@example.org"},
                         {"email_verified", true},
                         {"given_name", "Not María"},
                         {"family_name", "Lindgren"}};
  add_userinfo(claims, json::Value(own));
  EXPECT_EQ(claims.email, "maria@example.org");
  EXPECT_TRUE(claims.is_email_verified);
  EXPECT_EQ(claims.given_name, "María");
  EXPECT_EQ(claims.family_name, "Lindgren");
}

// RFC 7636 appendix B.
TEST(Pkce, ChallengesAsTheStandardDoes) {
  EXPECT_EQ(pkce_challenge(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, VerifiesByTheBrowsersTokenAndTheShopsKey) {
  const auto verifier = pkce_verifier(Secret("key"), "token");
  EXPECT_EQ(verifier.reveal().size(), 43u);
  EXPECT_EQ(verifier, pkce_verifier(Secret("key"), "token"));
  EXPECT_FALSE(verifier == pkce_verifier(Secret("key"), "token2"));
  EXPECT_FALSE(verifier == pkce_verifier(Secret("key2"), "token"));
}

}  // namespace
}  // namespace osier::identity
