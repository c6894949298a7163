#include "payments/stripe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <thread>

#include "platform/http/server.h"

namespace osier::payments {
namespace {

using testing::HasSubstr;

constexpr Currency eur = Currency::of("EUR");
constexpr Instant noon{std::chrono::seconds{1'795'348'800}};
const std::string payment_hex = "01930000-0000-7000-8000-000000000001";

// A loop on a thread of its own.
class Thread {
 public:
  Thread() : thread_([this] { loop_.run(); }) {}
  ~Thread() {
    loop_.post([this] { loop_.stop(); });  // Also if it has not begun yet.
    thread_.join();
  }
  Loop& loop() { return loop_; }

 private:
  Loop loop_;
  std::thread thread_;
};

// Answers in the order that the test lays down, and remembers what was asked.
class FakeStripe {
 public:
  struct Reply {
    int status = 200;
    std::string body = "{}";
    std::string header{};  // "Name: value", may be empty.
    Duration pause = Duration::zero();
  };

  FakeStripe() {
    const http::Handler handler = [this](http::Request request) {
      return answer(std::move(request));
    };
    router_.get("/v1/{call*}", http::Access::everyone(), handler);
    router_.post("/v1/{call*}", http::Access::everyone(), handler);
    server_.emplace(http::ServerOptions{.port = 0}, router_, std::vector<Loop*>{&thread_.loop()});
  }
  ~FakeStripe() { run_to_end(server_->drain(10ms)); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  void will_say(Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
  }
  std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // "POST /v1/refunds key", one a line.
  std::string story() const {
    std::string lines;
    for (const http::Request& request : requests()) {
      lines += std::string(http::to_string(request.method)) + " " + request.path;
      if (const auto key = request.headers.get("Idempotency-Key")) lines += " " + std::string(*key);
      lines += "\n";
    }
    return lines;
  }

 private:
  Task<http::Response> answer(http::Request request) {
    Reply reply{.status = 404};
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      if (!replies_.empty()) {
        reply = replies_.front();
        replies_.pop_front();
      }
    }
    if (reply.pause > Duration::zero()) co_await sleep_for(reply.pause);
    auto response = http::json(reply.status, reply.body);
    const auto colon = reply.header.find(": ");
    if (colon != std::string::npos) {
      response.headers.set(reply.header.substr(0, colon), reply.header.substr(colon + 2));
    }
    co_return response;
  }

  mutable std::mutex mutex_;
  std::deque<Reply> replies_;
  std::vector<http::Request> requests_;
  http::Router router_;
  Thread thread_;
  std::optional<http::Server> server_;
};

class StripeProvider : public testing::Test {
 protected:
  StripeSettings settings() const {
    StripeSettings settings;
    settings.api_base = fake.url() + "/";
    settings.secret_key = Secret("sk_test_x");
    settings.timeout_try = 2s;
    settings.timeout_total = 6s;
    settings.backoff_first = 5ms;
    settings.breaker_failures_max = 3;
    return settings;
  }
  Stripe& stripe() {
    if (!stripe_) stripe_.emplace(thread.loop(), settings(), log);
    return *stripe_;
  }

  FakeStripe fake;
  SystemClock clock;
  std::mutex mutex;
  std::string logged;
  telemetry::Log log{telemetry::Level::info, telemetry::Format::json, clock,
                     [this](std::string_view line) {
                       const std::lock_guard lock(mutex);
                       logged.append(line).append("\n");
                     }};
  std::optional<Stripe> stripe_;  // Goes after the loop's thread has ended.
  Thread thread;
};

Purchase a_mug() {
  return {.payment_id = PaymentId{*Uuid::parse(payment_hex)},
          .payable_id = PayableId{*Uuid::parse("01930000-0000-7000-8000-000000000002")},
          .order_number = "1001",
          .amount = Money::minor(2'400, eur),
          .lines = {{.title = "Mug", .quantity = 1, .total = Money::minor(2'400, eur)}},
          .email = "ida@example.org",
          .locale = "en",
          .success_url = "https://shop.example/s",
          .cancel_url = "https://shop.example/c",
          .expires_at = noon};
}

Payment a_payment(std::optional<std::string> session,
                  std::optional<std::string> intent = std::nullopt) {
  Payment payment;
  payment.id = PaymentId{*Uuid::parse(payment_hex)};
  payment.provider = Provider::stripe;
  payment.method = session ? PaymentMethod::hosted_page : PaymentMethod::client_intent;
  payment.status = PaymentStatus::requires_action;
  payment.amount = Money::minor(2'400, eur);
  payment.authorized = payment.captured = payment.refunded = Money::zero(eur);
  payment.provider_session_id = std::move(session);
  payment.provider_payment_id = std::move(intent);
  return payment;
}

std::string metadata() { return R"("metadata":{"payment_id":")" + payment_hex + R"("})"; }

std::string session_json(const std::string& status, const std::string& intent = "null") {
  return R"({"id":"cs_1","object":"checkout.session","status":")" + status +
         R"(","livemode":false,)" + metadata() +
         R"(,"url":"https://pay.example/cs_1","payment_intent":)" + intent + "}";
}

std::string intent_json(const std::string& status, int received = 0, int refunded = 0,
                        const std::string& error = "null") {
  return R"({"id":"pi_1","object":"payment_intent","status":")" + status +
         R"(","livemode":false,"currency":"eur","amount":2400,"amount_capturable":0,"amount_received":)" +
         std::to_string(received) +
         R"(,"client_secret":"pi_1_secret_x","latest_charge":{"id":"ch_1","amount_refunded":)" +
         std::to_string(refunded) + R"(},"last_payment_error":)" + error + "," + metadata() + "}";
}

const std::string refused =
    R"({"error":{"type":"invalid_request_error","code":"amount_too_small","param":"x"}})";
const std::string broken = R"({"error":{"type":"api_error"}})";

// Runs a call of the provider on a loop that is neither Stripe's nor the fake's.
template <class T>
Task<void> keep(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}
template <class T>
T result_of(Task<T> task) {
  std::optional<T> result;
  run_to_end(keep(std::move(task), result));
  return std::move(*result);
}

// --- Opening.

TEST_F(StripeProvider, OpensAPageUnderThePaymentsOwnKey) {
  fake.will_say({.body = session_json("open")});
  const auto opened = result_of(stripe().open(PaymentMethod::hosted_page, a_mug()));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->session_id, "cs_1");
  EXPECT_EQ(opened->url, "https://pay.example/cs_1");
  EXPECT_EQ(opened->payment_id, "");
  EXPECT_EQ(fake.story(), "POST /v1/checkout/sessions " + payment_hex + "\n");
  const auto request = fake.requests().front();
  EXPECT_EQ(request.headers.get("Authorization"), "Bearer sk_test_x");
  EXPECT_EQ(request.headers.get("Stripe-Version"), stripe_version);
  EXPECT_EQ(request.headers.get("Content-Type"), "application/x-www-form-urlencoded");
}

TEST_F(StripeProvider, OpensAnIntentWithItsSecret) {
  fake.will_say({.body = intent_json("requires_payment_method")});
  const auto opened = result_of(stripe().open(PaymentMethod::client_intent, a_mug()));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->payment_id, "pi_1");
  EXPECT_EQ(opened->client_secret, "pi_1_secret_x");
  EXPECT_THAT(fake.requests().front().body, HasSubstr("automatic_payment_methods[enabled]=true"));
}

TEST_F(StripeProvider, PassesARefusalOn) {
  fake.will_say({.status = 400, .body = refused});
  const auto opened = result_of(stripe().open(PaymentMethod::hosted_page, a_mug()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), OpenRefusal::provider_refused);
  EXPECT_EQ(fake.requests().size(), 1u);
  EXPECT_THAT(logged, HasSubstr("amount_too_small"));
}

// Hardening 95.
TEST_F(StripeProvider, RaisesAnAlarmIfTheKeyWasUsedForSomethingElse) {
  fake.will_say({.status = 400, .body = R"({"error":{"type":"idempotency_error"}})"});
  EXPECT_FALSE(result_of(stripe().open(PaymentMethod::hosted_page, a_mug())));
  EXPECT_THAT(logged, HasSubstr(R"("level":"error")"));
}

// Hardening 94: the answer is lost after the call was carried out.
TEST_F(StripeProvider, AsksAgainUnderTheSameKeyWhenTheAnswerIsLost) {
  auto impatient = settings();
  impatient.timeout_try = 150ms;
  stripe_.emplace(thread.loop(), impatient, log);
  fake.will_say({.body = session_json("open"), .pause = 500ms});
  fake.will_say({.status = 409, .body = broken});
  fake.will_say({.body = session_json("open")});
  const auto opened = result_of(stripe().open(PaymentMethod::hosted_page, a_mug()));
  ASSERT_TRUE(opened);
  const std::string line = "POST /v1/checkout/sessions " + payment_hex + "\n";
  EXPECT_EQ(fake.story(), line + line + line);
  EXPECT_EQ(fake.requests()[0].body, fake.requests()[2].body);
}

TEST_F(StripeProvider, GoesOnUnderTheNextKeyWhenStripeKeepsAnError) {
  fake.will_say({.status = 500, .body = broken});
  fake.will_say({.status = 500, .body = broken, .header = "Idempotent-Replayed: true"});
  fake.will_say({.body = session_json("open")});
  EXPECT_TRUE(result_of(stripe().open(PaymentMethod::hosted_page, a_mug())));
  const std::string line = "POST /v1/checkout/sessions " + payment_hex;
  EXPECT_EQ(fake.story(), line + "\n" + line + "\n" + line + "-2\n");
}

// An outage that Stripe keeps under the keys must not make the payment unpayable for a day.
TEST_F(StripeProvider, LeavesKeysForLaterWhenStripeKeepsFailing) {
  const std::string kept = "Idempotent-Replayed: true";
  for (int key = 1; key <= 2; ++key) {
    fake.will_say({.status = 500, .body = broken});
    fake.will_say({.status = 500, .body = broken, .header = kept});
  }
  EXPECT_THROW((void)result_of(stripe().open(PaymentMethod::hosted_page, a_mug())),
               ProviderUnavailable);
  fake.will_say({.status = 500, .body = broken, .header = kept});
  fake.will_say({.status = 500, .body = broken, .header = kept});
  fake.will_say({.body = session_json("open")});
  EXPECT_TRUE(result_of(stripe().open(PaymentMethod::hosted_page, a_mug())));
  EXPECT_TRUE(fake.story().ends_with(payment_hex + "-2\nPOST /v1/checkout/sessions " + payment_hex +
                                     "-3\n"));
}

TEST_F(StripeProvider, GivesUpAfterThreeTries) {
  for (int i = 0; i < 4; ++i) fake.will_say({.status = 503, .body = broken});
  EXPECT_THROW((void)result_of(stripe().open(PaymentMethod::hosted_page, a_mug())),
               ProviderUnavailable);
  EXPECT_EQ(fake.requests().size(), 3u);
}

TEST_F(StripeProvider, DoesNotTryAgainWhatStripeTellsItNotTo) {
  fake.will_say({.status = 500, .body = broken, .header = "Stripe-Should-Retry: false"});
  EXPECT_THROW((void)result_of(stripe().open(PaymentMethod::hosted_page, a_mug())),
               ProviderUnavailable);
  fake.will_say({.status = 429, .body = broken});
  EXPECT_THROW((void)result_of(stripe().open(PaymentMethod::hosted_page, a_mug())),
               ProviderUnavailable);
  EXPECT_EQ(fake.requests().size(), 2u);
}

TEST_F(StripeProvider, TriesAgainWhatStripeTellsItTo) {
  fake.will_say({.status = 429, .body = broken, .header = "Stripe-Should-Retry: true"});
  fake.will_say({.body = session_json("open")});
  EXPECT_TRUE(result_of(stripe().open(PaymentMethod::hosted_page, a_mug())));
}

TEST_F(StripeProvider, IsUnavailableWithAWrongKey) {
  fake.will_say({.status = 401, .body = broken});
  EXPECT_THROW((void)result_of(stripe().open(PaymentMethod::hosted_page, a_mug())),
               ProviderUnavailable);
}

// Hardening 102.
TEST_F(StripeProvider, IsLeftAloneAfterFailuresInARow) {
  for (int i = 0; i < 9; ++i) fake.will_say({.status = 503, .body = broken});
  for (int i = 0; i < 4; ++i) {
    EXPECT_THROW((void)result_of(stripe().open(PaymentMethod::hosted_page, a_mug())),
                 ProviderUnavailable);
  }
  EXPECT_EQ(fake.requests().size(), 9u);
}

TEST_F(StripeProvider, IsUnavailableIfNobodyListens) {
  auto nowhere = settings();
  nowhere.api_base = "http://127.0.0.1:1";
  stripe_.emplace(thread.loop(), nowhere, log);
  EXPECT_THROW((void)result_of(stripe().ask(a_payment("cs_1"))), ProviderUnavailable);
}

TEST_F(StripeProvider, IsUnavailableIfWhatComesIsNotStripes) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"id":"cs_1"})"}) {
    fake.will_say({.body = body});
    EXPECT_THROW((void)result_of(stripe().ask(a_payment("cs_1"))), ProviderUnavailable) << body;
  }
}

// --- Asking.

TEST_F(StripeProvider, TellsThatASessionIsOpen) {
  fake.will_say({.body = session_json("open")});
  const auto report = result_of(stripe().ask(a_payment("cs_1")));
  EXPECT_EQ(report.status, PaymentStatus::requires_action);
  EXPECT_EQ(report.captured, Money::zero(eur));
  EXPECT_EQ(fake.story(), "GET /v1/checkout/sessions/cs_1\n");
  EXPECT_EQ(fake.requests().front().query, "expand%5B0%5D=payment_intent.latest_charge");
}

TEST_F(StripeProvider, TellsThatASessionIsPaid) {
  fake.will_say({.body = session_json("complete", intent_json("succeeded", 2'400))});
  const auto report = result_of(stripe().ask(a_payment("cs_1")));
  EXPECT_EQ(report.status, PaymentStatus::captured);
  EXPECT_EQ(report.authorized, Money::minor(2'400, eur));
  EXPECT_EQ(report.captured, Money::minor(2'400, eur));
  EXPECT_EQ(report.provider_payment_id, "pi_1");
  EXPECT_EQ(report.capture_reference, "ch_1");
}

// Hardening 97: a declined card ends nothing.
TEST_F(StripeProvider, TellsWhyTheLastTryWasDeclined) {
  const std::string error =
      R"({"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"})";
  fake.will_say(
      {.body = session_json("open", intent_json("requires_payment_method", 0, 0, error))});
  const auto report = result_of(stripe().ask(a_payment("cs_1")));
  EXPECT_EQ(report.status, PaymentStatus::requires_action);
  EXPECT_EQ(report.failure_reason, "insufficient_funds");
}

TEST_F(StripeProvider, TellsHowEachSessionAndIntentStands) {
  const std::vector<std::pair<std::string, PaymentStatus>> sessions = {
      {session_json("expired"), PaymentStatus::expired},
      {session_json("open", intent_json("processing")), PaymentStatus::processing},
      {session_json("complete", intent_json("processing")), PaymentStatus::processing},
      {session_json("complete", intent_json("requires_payment_method")), PaymentStatus::failed},
      {session_json("expired", intent_json("succeeded", 2'400)), PaymentStatus::captured}};
  for (const auto& [body, status] : sessions) {
    fake.will_say({.body = body});
    EXPECT_EQ(result_of(stripe().ask(a_payment("cs_1"))).status, status) << body;
  }
  const std::vector<std::pair<std::string, PaymentStatus>> intents = {
      {"requires_action", PaymentStatus::requires_action},
      {"requires_payment_method", PaymentStatus::requires_action},
      {"processing", PaymentStatus::processing},
      {"requires_capture", PaymentStatus::authorized},
      {"canceled", PaymentStatus::canceled}};
  for (const auto& [word, status] : intents) {
    fake.will_say({.body = intent_json(word)});
    EXPECT_EQ(result_of(stripe().ask(a_payment(std::nullopt, "pi_1"))).status, status) << word;
  }
}

TEST_F(StripeProvider, ListsTheRefundsThatWereMade) {
  fake.will_say({.body = session_json("complete", intent_json("succeeded", 2'400, 1'500))});
  fake.will_say({.body = R"({"object":"list","has_more":true,"data":[
      {"id":"re_3","status":"failed","amount":900,"currency":"eur"},
      {"id":"re_2","status":"succeeded","amount":500,"currency":"eur"}]})"});
  fake.will_say({.body = R"({"object":"list","has_more":false,"data":[
      {"id":"re_1","status":"pending","amount":1000,"currency":"eur"}]})"});
  const auto report = result_of(stripe().ask(a_payment("cs_1")));
  EXPECT_EQ(report.refunded, Money::minor(1'500, eur));
  ASSERT_EQ(report.refunds.size(), 2u);
  EXPECT_EQ(report.refunds[0], std::pair(std::string("re_2"), Money::minor(500, eur)));
  EXPECT_EQ(report.refunds[1], std::pair(std::string("re_1"), Money::minor(1'000, eur)));
  EXPECT_THAT(fake.requests().back().query, HasSubstr("starting_after=re_2"));
}

TEST_F(StripeProvider, TellsWhichRefundsFailedAndWhichAreOurs) {
  Payment payment = a_payment("cs_1", "pi_1");
  payment.has_refunds = true;  // Stripe's sum does not show a refund that failed.
  const std::string own = "01930000-0000-7000-8000-000000000003";
  fake.will_say({.body = session_json("complete", intent_json("succeeded", 2'400, 0))});
  fake.will_say({.body = R"({"object":"list","has_more":false,"data":[
      {"id":"re_2","status":"pending","amount":500,"currency":"eur","metadata":{"refund_id":")" +
                         own + R"("}},
      {"id":"re_1","status":"failed","amount":900,"currency":"eur"}]})"});
  const auto report = result_of(stripe().ask(payment));
  EXPECT_EQ(report.refunded, Money::minor(500, eur));
  EXPECT_EQ(report.failed_refunds, std::vector<std::string>{"re_1"});
  ASSERT_EQ(report.own_refunds.size(), 1u);
  EXPECT_EQ(report.own_refunds[0], std::pair(std::string("re_2"), RefundId{*Uuid::parse(own)}));
}

// Hardening 98.
TEST_F(StripeProvider, DoesNotTakeSomethingElseForOurPayment) {
  auto other = a_payment("cs_1");
  other.id = PaymentId{*Uuid::parse("01930000-0000-7000-8000-000000000009")};
  fake.will_say({.body = session_json("complete", intent_json("succeeded", 2'400))});
  EXPECT_THROW((void)result_of(stripe().ask(other)), std::runtime_error);

  auto live = settings();
  live.secret_key = Secret("sk_live_x");
  stripe_.emplace(thread.loop(), live, log);
  EXPECT_EQ(stripe().mode(), StripeMode::live);
  fake.will_say({.body = session_json("complete", intent_json("succeeded", 2'400))});
  EXPECT_THROW((void)result_of(stripe().ask(a_payment("cs_1"))), std::runtime_error);
}

// --- Closing.

TEST_F(StripeProvider, ClosesASession) {
  fake.will_say({.body = session_json("expired")});
  EXPECT_EQ(result_of(stripe().close(a_payment("cs_1"))), CloseOutcome::closed);
  EXPECT_EQ(fake.story(), "POST /v1/checkout/sessions/cs_1/expire\n");
}

TEST_F(StripeProvider, LooksWhyASessionCannotBeClosed) {
  fake.will_say({.status = 400, .body = refused});
  fake.will_say({.body = session_json("complete", intent_json("succeeded", 2'400))});
  EXPECT_EQ(result_of(stripe().close(a_payment("cs_1"))), CloseOutcome::already_paid);

  fake.will_say({.status = 400, .body = refused});
  fake.will_say({.body = session_json("expired")});
  EXPECT_EQ(result_of(stripe().close(a_payment("cs_1"))), CloseOutcome::closed);
}

TEST_F(StripeProvider, ClosesNothingWhileMoneyMayStillCome) {
  fake.will_say({.status = 400, .body = refused});
  fake.will_say({.body = session_json("complete", intent_json("processing"))});
  EXPECT_EQ(result_of(stripe().close(a_payment("cs_1"))), CloseOutcome::already_paid);
  fake.will_say({.status = 400, .body = refused});
  fake.will_say({.body = intent_json("processing")});
  EXPECT_EQ(result_of(stripe().close(a_payment(std::nullopt, "pi_1"))), CloseOutcome::already_paid);

  fake.will_say({.status = 400, .body = refused});
  fake.will_say({.body = session_json("open")});
  EXPECT_THROW((void)result_of(stripe().close(a_payment("cs_1"))), ProviderUnavailable);
}

TEST_F(StripeProvider, ClosesAnIntent) {
  fake.will_say({.body = intent_json("canceled")});
  EXPECT_EQ(result_of(stripe().close(a_payment(std::nullopt, "pi_1"))), CloseOutcome::closed);
  EXPECT_EQ(fake.story(), "POST /v1/payment_intents/pi_1/cancel\n");

  fake.will_say({.status = 400, .body = refused});
  fake.will_say({.body = intent_json("succeeded", 2'400)});
  EXPECT_EQ(result_of(stripe().close(a_payment(std::nullopt, "pi_1"))), CloseOutcome::already_paid);
}

TEST_F(StripeProvider, TakesWhatStripeDoesNotKnowForClosed) {
  const FakeStripe::Reply missing{
      .status = 404,
      .body = R"({"error":{"type":"invalid_request_error","code":"resource_missing"}})"};
  fake.will_say(missing);
  EXPECT_EQ(result_of(stripe().close(a_payment("cs_1"))), CloseOutcome::closed);
  EXPECT_THAT(logged, HasSubstr("does not know"));
  fake.will_say(missing);
  EXPECT_EQ(result_of(stripe().close(a_payment(std::nullopt, "pi_1"))), CloseOutcome::closed);
  EXPECT_EQ(fake.requests().size(), 2u);

  fake.will_say({.status = 404, .body = "not Stripe"});
  fake.will_say({.status = 404, .body = "not Stripe"});
  EXPECT_THROW((void)result_of(stripe().close(a_payment("cs_1"))), ProviderUnavailable);
}

TEST_F(StripeProvider, NeedNotCloseWhatNobodyWasShown) {
  EXPECT_EQ(result_of(stripe().close(a_payment(std::nullopt))), CloseOutcome::closed);
  EXPECT_EQ(fake.requests().size(), 0u);
}

// --- Refunding.

const std::string refund_hex = "01930000-0000-7000-8000-000000000003";
const RefundId refund_id{*Uuid::parse(refund_hex)};
const std::string no_refunds = R"({"object":"list","has_more":false,"data":[]})";
const std::string made_refund = R"({"id":"re_1","status":"succeeded","amount":500,"currency":"eur",
    "metadata":{"refund_id":"01930000-0000-7000-8000-000000000003"}})";

TEST_F(StripeProvider, RefundsUnderTheRefundsOwnKey) {
  fake.will_say({.body = no_refunds});
  fake.will_say({.body = made_refund});
  EXPECT_EQ(
      result_of(stripe().refund(a_payment("cs_1", "pi_1"), refund_id, Money::minor(500, eur))),
      "re_1");
  EXPECT_EQ(fake.story(), "GET /v1/refunds\nPOST /v1/refunds " + refund_hex + "\n");
  EXPECT_EQ(fake.requests().back().body,
            "payment_intent=pi_1&amount=500&metadata[refund_id]=" + refund_hex);
}

// Hardening 96: the key may be forgotten by now.
TEST_F(StripeProvider, DoesNotRefundTwiceWhatIsThere) {
  fake.will_say({.body = R"({"object":"list","has_more":false,"data":[)" + made_refund + "]}"});
  EXPECT_EQ(
      result_of(stripe().refund(a_payment("cs_1", "pi_1"), refund_id, Money::minor(500, eur))),
      "re_1");
  EXPECT_EQ(fake.story(), "GET /v1/refunds\n");
}

TEST_F(StripeProvider, LooksForTheRefundAfterAnErrorThatIsKept) {
  fake.will_say({.body = no_refunds});
  fake.will_say({.status = 500, .body = broken, .header = "Idempotent-Replayed: true"});
  fake.will_say({.body = R"({"object":"list","has_more":false,"data":[)" + made_refund + "]}"});
  EXPECT_EQ(
      result_of(stripe().refund(a_payment("cs_1", "pi_1"), refund_id, Money::minor(500, eur))),
      "re_1");
}

std::string refund_json(const std::string& id, const std::string& status) {
  return R"({"id":")" + id + R"(","status":")" + status +
         R"(","amount":500,"currency":"eur","metadata":{"refund_id":")" + refund_hex + R"("}})";
}

TEST_F(StripeProvider, SaysWhenARefundFailedAndTriesAnotherNextTime) {
  const Money amount = Money::minor(500, eur);
  fake.will_say({.body = no_refunds});
  fake.will_say({.body = refund_json("re_1", "failed")});
  EXPECT_THROW((void)result_of(stripe().refund(a_payment("cs_1", "pi_1"), refund_id, amount)),
               RefundRefused);

  const std::string failed = refund_json("re_1", "canceled");
  const std::string failed_only = R"({"object":"list","has_more":false,"data":[)" + failed + "]}";
  fake.will_say({.body = failed_only});
  fake.will_say({.body = refund_json("re_1", "pending"), .header = "Idempotent-Replayed: true"});
  fake.will_say({.body = failed});
  fake.will_say({.body = failed_only});
  fake.will_say({.body = refund_json("re_2", "pending")});
  EXPECT_EQ(result_of(stripe().refund(a_payment("cs_1", "pi_1"), refund_id, amount)), "re_2");
  EXPECT_TRUE(fake.story().ends_with("GET /v1/refunds/re_1\nGET /v1/refunds\nPOST /v1/refunds " +
                                     refund_hex + "-2\n"));
}

TEST_F(StripeProvider, SaysWhenARefundIsRefused) {
  fake.will_say({.body = no_refunds});
  fake.will_say(
      {.status = 400,
       .body = R"({"error":{"type":"invalid_request_error","code":"charge_already_refunded"}})"});
  EXPECT_THROW(
      result_of(stripe().refund(a_payment("cs_1", "pi_1"), refund_id, Money::minor(500, eur))),
      RefundRefused);
}

// --- Trying again.

TEST(StripeRetry, FollowsStripesRule) {
  EXPECT_TRUE(should_try_again(409, std::nullopt));
  EXPECT_TRUE(should_try_again(500, std::nullopt));
  EXPECT_TRUE(should_try_again(503, std::nullopt));
  EXPECT_FALSE(should_try_again(400, std::nullopt));
  EXPECT_FALSE(should_try_again(402, std::nullopt));
  EXPECT_FALSE(should_try_again(429, std::nullopt));
  EXPECT_TRUE(should_try_again(429, "true"));
  EXPECT_FALSE(should_try_again(500, "false"));
}

TEST(StripeRetry, WaitsLongerEachTimeWithSomeChance) {
  for (const std::uint32_t chance : {0u, 1u, 12'345u, 0xFFFF'FFFFu}) {
    EXPECT_EQ(retry_delay(1, 500ms, chance), 500ms);
    EXPECT_GE(retry_delay(2, 500ms, chance), 500ms);
    EXPECT_LE(retry_delay(2, 500ms, chance), 1s);
    EXPECT_LE(retry_delay(30, 500ms, chance), 5s);
  }
  EXPECT_NE(retry_delay(3, 500ms, 1), retry_delay(3, 500ms, 999'999));
}

}  // namespace
}  // namespace osier::payments
