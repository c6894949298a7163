#include <gtest/gtest.h>

#include "payments/stripe_webhook.h"
#include "platform/async/loop.h"
#include "platform/crypto/crypto.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::payments {
namespace {

constexpr Instant now{std::chrono::seconds{1'795'348'800}};

// A webhook over an inbox on a fresh database.
struct Door {
  explicit Door(pg::Database& database_of_test, StripeMode mode = StripeMode::test)
      : database(database_of_test) {
    add_stripe_webhook(router, inbox, {Secret("whsec_new"), Secret("whsec_old")}, mode, clock, log);
  }

  http::Request request(std::string body, const std::string& secret = "whsec_old") const {
    const std::string seconds = "1795348800";
    http::Request made;
    made.method = http::Method::post;
    made.path = "/webhooks/stripe";
    made.headers.set("Stripe-Signature", "t=" + seconds + ",v1=" +
                                             crypto::hmac_sha256_hex(secret, seconds + "." + body));
    made.body = std::move(body);
    return made;
  }
  Task<http::Response> post(http::Request made) const {
    return (*router.match(http::Method::post, "/webhooks/stripe").handler)(std::move(made));
  }

  pg::Database& database;
  ManualClock clock{now};
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, clock,
                     [](std::string_view) {}};
  jobs::Inbox inbox{database, log, Loop::current()};
  http::Router router;
};

constexpr pg::Statement events_sql{"stripe_webhook_test.events", R"sql(
  SELECT string_agg(event_id || ' ' || type || ' ' || object_id, ', ' ORDER BY event_id) FROM platform.inbox_events
)sql"};

Task<std::string> events(Door& door) {
  const auto row = co_await door.database.run_one(events_sql);
  co_return row->get<std::optional<std::string>>(0).value_or("");
}

std::string event_body(const std::string& id, const std::string& type, const char* live = "false") {
  return R"({"id":")" + id + R"(","type":")" + type + R"(","created":1795348800,"livemode":)" +
         live + R"(,"data":{"object":{"id":"cs_1"}}})";
}

void with_door(Task<void> (*work)(Door&), StripeMode mode = StripeMode::test) {
  const pg::test::Database fresh(migrations());
  struct Run {
    static Task<void> run(pg::Database& database, Task<void> (*work)(Door&), StripeMode mode) {
      Door door(database, mode);
      co_await work(door);
    }
  };
  pg::test::run(fresh.connection(),
                [work, mode](pg::Database& database) { return Run::run(database, work, mode); });
}

Task<void> store_an_event(Door& door) {
  auto request = door.request(event_body("evt_1", "checkout.session.completed"));
  const auto answer = co_await door.post(std::move(request));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(co_await events(door), "evt_1 checkout.session.completed cs_1");
}
TEST(StripeWebhook, StoresWhatStripeSays) { with_door(store_an_event); }

Task<void> post_one(Door& door, std::string body, int& status) {
  auto request = door.request(std::move(body), "whsec_new");
  const auto answer = co_await door.post(std::move(request));
  status = answer.status;
}

// Hardening 91.
Task<void> store_it_once(Door& door) {
  std::vector<int> statuses(10);
  std::vector<Task<void>> posts;
  for (int& status : statuses) {
    posts.push_back(post_one(door, event_body("evt_1", "charge.succeeded"), status));
  }
  co_await when_all(std::move(posts));
  EXPECT_EQ(statuses, std::vector<int>(10, 200));
  EXPECT_EQ(co_await events(door), "evt_1 charge.succeeded cs_1");
}
TEST(StripeWebhook, StoresARepeatOnce) { with_door(store_it_once); }

Task<void> take_the_unknown(Door& door) {
  auto request = door.request(R"({"id":"evt_9","type":"moon.landed"})");
  const auto answer = co_await door.post(std::move(request));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(co_await events(door), "evt_9 moon.landed ");
}
TEST(StripeWebhook, TakesWhatItDoesNotKnow) { with_door(take_the_unknown); }

Task<void> refuse_strangers(Door& door) {
  std::vector<http::Request> wrong;
  wrong.push_back(door.request(event_body("evt_1", "a.b"), "whsec_forged"));
  wrong.push_back(door.request(event_body("evt_1", "a.b")));
  wrong.back().headers.remove("Stripe-Signature");
  wrong.push_back(door.request(event_body("evt_1", "a.b")));
  wrong.back().body += " ";
  wrong.push_back(door.request("no JSON"));
  wrong.push_back(
      door.request(event_body("evt_1", "a.b", "true")));  // Hardening 99, the other way.
  for (http::Request& request : wrong) {
    const auto answer = co_await door.post(std::move(request));
    EXPECT_EQ(answer.status, 400);
  }
  door.clock.advance(301s);
  auto stale = door.request(event_body("evt_1", "a.b"));
  const auto answer = co_await door.post(std::move(stale));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(co_await events(door), "");
}
TEST(StripeWebhook, RefusesWhatIsNotStripesOrNotNow) { with_door(refuse_strangers); }

Task<void> refuse_test_events(Door& door) {
  auto pretended = door.request(event_body("evt_1", "a.b", "false"));
  const auto refused = co_await door.post(std::move(pretended));
  EXPECT_EQ(refused.status, 400);
  auto real = door.request(event_body("evt_2", "a.b", "true"));
  const auto taken = co_await door.post(std::move(real));
  EXPECT_EQ(taken.status, 200);
}
TEST(StripeWebhook, TakesNoTestEventsInALiveShop) {
  with_door(refuse_test_events, StripeMode::live);
}

Task<void> check_the_secrets(pg::Database& database) {
  ManualClock clock{now};
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, clock,
                     [](std::string_view) {}};
  jobs::Inbox inbox{database, log, Loop::current()};
  for (const std::vector<Secret>& secrets : {std::vector<Secret>{},
                                             {Secret("")},
                                             {Secret("whsec_a ")},
                                             {Secret("whsec_a\n")},
                                             {Secret("a"), Secret("b"), Secret("c")}}) {
    http::Router router;
    EXPECT_THROW(add_stripe_webhook(router, inbox, secrets, StripeMode::test, clock, log),
                 std::invalid_argument);
  }
  co_return;
}
TEST(StripeWebhook, NeedsSecretsThatCanBeRight) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), check_the_secrets);
}

}  // namespace
}  // namespace osier::payments
