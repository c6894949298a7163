#include "payments/stripe_signature.h"

#include <gtest/gtest.h>

#include "payments/stripe_webhook.h"
#include "platform/crypto/crypto.h"

namespace osier::payments {
namespace {

constexpr Instant signed_at{std::chrono::seconds{1'700'000'000}};
const std::string body = R"({"id":"evt_1","object":"event"})";
const std::string hex = "0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd";
const std::string header = "t=1700000000,v1=" + hex;
const std::vector<Secret> secrets{Secret("whsec_test_secret")};

std::optional<SignatureRefusal> refusal(std::string_view given, std::string_view text = body,
                                        Instant now = signed_at) {
  const auto checked = check_signature(given, text, secrets, now);
  return checked ? std::nullopt : std::optional(checked.error());
}

TEST(StripeSignature, IsTakenAsStripeMakesIt) { EXPECT_FALSE(refusal(header)); }

TEST(StripeSignature, MayStandAmongOthers) {
  EXPECT_FALSE(refusal("t=1700000000,v1=" + std::string(64, '0') + ",v1=" + hex + ",v0=abc"));
  EXPECT_FALSE(refusal("v1=" + hex + ",t=1700000000"));
}

TEST(StripeSignature, MayBeByTheOlderSecretDuringAChange) {
  const std::vector<Secret> both{Secret("whsec_new"), Secret("whsec_test_secret")};
  EXPECT_TRUE(check_signature(header, body, both, signed_at));
}

// Hardening 90.
TEST(StripeSignature, OfSomebodyElseIsRefused) {
  EXPECT_EQ(refusal("t=1700000000,v1=" + std::string(64, '0')), SignatureRefusal::not_by_stripe);
  const std::vector<Secret> wrong{Secret("whsec_other")};
  const auto checked = check_signature(header, body, wrong, signed_at);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error(), SignatureRefusal::not_by_stripe);
  EXPECT_FALSE(check_signature(header, body, {}, signed_at));
}

TEST(StripeSignature, OfAnotherBodyIsRefused) {
  EXPECT_EQ(refusal(header, R"({"id":"evt_2","object":"event"})"), SignatureRefusal::not_by_stripe);
  // The same JSON, written anew.
  EXPECT_EQ(refusal(header, R"({"id": "evt_1", "object": "event"})"),
            SignatureRefusal::not_by_stripe);
  EXPECT_EQ(refusal(header, ""), SignatureRefusal::not_by_stripe);
}

TEST(StripeSignature, OfAnotherTimeIsRefused) {
  // The time is signed too.
  EXPECT_EQ(refusal("t=1700000001,v1=" + hex), SignatureRefusal::not_by_stripe);
  EXPECT_EQ(refusal("t=01700000000,v1=" + hex), SignatureRefusal::not_by_stripe);
}

TEST(StripeSignature, HoldsFiveMinutesBothWays) {
  EXPECT_FALSE(refusal(header, body, signed_at + 300s));
  EXPECT_EQ(refusal(header, body, signed_at + 301s), SignatureRefusal::out_of_time);
  EXPECT_FALSE(refusal(header, body, signed_at - 300s));
  EXPECT_EQ(refusal(header, body, signed_at - 301s), SignatureRefusal::out_of_time);
  EXPECT_EQ(refusal(header, body, signed_at - 365 * 24h), SignatureRefusal::out_of_time);
}

TEST(StripeSignature, NeedsATimeAndAVersionThatWeKnow) {
  for (const std::string& given :
       {std::string(), std::string("t=1700000000"), "v1=" + hex, "t=1700000000,v0=" + hex,
        "t=,v1=" + hex, "t=-1700000000,v1=" + hex, "t=+1700000000,v1=" + hex, "t=1.7e9,v1=" + hex,
        "t=99999999999999999999,v1=" + hex, std::string(",,,="), std::string("t=1700000000,v1")}) {
    EXPECT_EQ(refusal(given), SignatureRefusal::malformed) << given;
  }
}

TEST(StripeSignature, ComparesLettersExactly) {
  EXPECT_TRUE(refusal("t=1700000000,v1=" + hex.substr(0, 63)));
  EXPECT_TRUE(refusal("t=1700000000,v1=" + hex + "0"));
  EXPECT_TRUE(refusal("t=1700000000,v1= " + hex));
}

// --- Events.

TEST(StripeEvent, IsAboutItsObject) {
  const auto event = read_stripe_event(
      R"({"id":"evt_1","object":"event","type":"checkout.session.completed","created":1700000000,
          "livemode":true,"data":{"object":{"id":"cs_1","object":"checkout.session","payment_intent":"pi_1"}}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->source, "stripe");
  EXPECT_EQ(event->event_id, "evt_1");
  EXPECT_EQ(event->type, "checkout.session.completed");
  EXPECT_EQ(event->object_id, "cs_1");
  EXPECT_TRUE(event->is_live);
  EXPECT_EQ(event->sent_at, signed_at);
}

TEST(StripeEvent, OfAChargeOrRefundIsAboutTheIntent) {
  const auto charge = read_stripe_event(
      R"({"id":"evt_1","type":"charge.refunded","data":{"object":{"id":"ch_1","payment_intent":"pi_1"}}})");
  EXPECT_EQ(charge->object_id, "pi_1");
  const auto refund = read_stripe_event(
      R"({"id":"evt_1","type":"refund.updated","data":{"object":{"id":"re_1","payment_intent":{"id":"pi_2"}}}})");
  EXPECT_EQ(refund->object_id, "pi_2");
  const auto other = read_stripe_event(
      R"({"id":"evt_1","type":"charge.failed","data":{"object":{"id":"ch_1","payment_intent":null}}})");
  EXPECT_EQ(other->object_id, "ch_1");
}

// Hardening 100.
TEST(StripeEvent, OfAnUnknownKindIsOne) {
  const auto thin = read_stripe_event(
      R"({"id":"evt_test_1","object":"v2.core.event","type":"v1.billing.meter.no_meter_found","created":"2026-01-01T00:00:00Z"})");
  ASSERT_TRUE(thin);
  EXPECT_EQ(thin->object_id, "");
  EXPECT_FALSE(thin->sent_at);
}

TEST(StripeEvent, IsRefusedIfItIsNone) {
  for (const char* text :
       {"", "[]", "{}", "null", R"({"id":"evt_1"})", R"({"type":"a.b"})",
        R"({"id":1,"type":"a.b"})",
        R"({"id":"evt_1","type":"a.b"} )"
        "x",
        R"({"id":"evt_1","id":"evt_2","type":"a.b"})", R"({"id":"evt\u0000","type":"a.b"})",
        R"({"id":"evt_1","type":"a b"})"}) {
    EXPECT_FALSE(read_stripe_event(text)) << text;
  }
}

}  // namespace
}  // namespace osier::payments
