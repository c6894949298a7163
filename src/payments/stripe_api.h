// One call of Stripe's API: authorised, versioned, with deadlines, and repeated where Stripe says
// that this is safe.
//
// May be awaited on any loop: the request itself goes out on the loop that the API was made with,
// and only values come back from there. Internal to payments; stripe.h is the provider.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "payments/provider.h"
#include "payments/stripe_breaker.h"
#include "platform/async/loop.h"
#include "platform/base/random.h"
#include "platform/base/secret.h"
#include "platform/http_client/http_client.h"
#include "platform/telemetry/log.h"

namespace osier::payments {

// The version whose shapes stripe_reading.cc reads: sent with every call, so that the account's
// default does not matter. https://docs.stripe.com/changelog
inline constexpr std::string_view stripe_version = "2025-09-30.clover";

struct StripeSettings {
  std::string api_base{};  // "https://api.stripe.com", without a slash at its end.
  Secret secret_key{};
  Duration timeout_try = 8s;
  Duration timeout_total = 20s;  // Of all tries of one call.
  int tries_max = 3;
  Duration backoff_first = 500ms;
  int calls_max = 256;           // Under way at once; one more is told to try later.
  int breaker_failures_max = 5;  // In a row.
  Duration breaker_pause = 10s;
};

struct StripeCall {
  std::string method = "GET";
  std::string path{};  // "/v1/…", with its query.
  std::string form{};  // Of a POST, urlencoded.
  std::string idempotency_key{};
};

struct StripeAnswer {
  int status = 0;
  std::string body{};
  bool is_replayed = false;  // The kept result of an earlier call with this idempotency key.
  int tries = 1;             // How many it took to get it.

  bool is_success() const { return status >= 200 && status < 300; }
};

// Stripe's own rule, as its official clients have it (stripe-node, RequestSender): its header
// decides; without it 409 (another call with this key is under way) and every 5xx may be tried
// again.
bool should_try_again(int status, const std::optional<std::string>& stripe_should_retry);

// How long to wait after `failed_tries` (≥ 1): doubling, less up to half of it by chance, but never
// below `first`.
Duration retry_delay(int failed_tries, Duration first, std::uint32_t chance);

class StripeApi {
 public:
  // `loop` and `log` outlive the object; all calls have ended before it goes.
  StripeApi(Loop& loop, StripeSettings settings, telemetry::Log& log);

  // Returns Stripe's answer: success, a refusal (4xx), or an error that Stripe keeps for this
  // idempotency key (a replayed 5xx, which trying again cannot change). Throws ProviderUnavailable
  // for everything else.
  Task<StripeAnswer> call(StripeCall call);

 private:
  // What comes back from the API's loop; no exception crosses threads.
  struct Outcome {
    StripeAnswer answer;
    bool may_try_again = false;
    std::string unavailable;  // Why there is no answer; empty if there is one.
  };

  Task<Outcome> call_here(StripeCall call);
  Task<Outcome> try_until_deadline(StripeCall call);
  Task<Outcome> try_once(StripeCall call, Duration left);
  static Outcome judge(const http_client::Response& response);
  http_client::Request request_for(const StripeCall& call, Duration timeout) const;
  std::uint32_t chance();

  Loop& loop_;
  StripeSettings settings_;
  telemetry::Log& log_;
  SystemClock clock_;
  SystemRandom random_;
  // All that follows is used on loop_ alone.
  http_client::Client client_;
  StripeBreaker breaker_;
  int calls_ = 0;
};

}  // namespace osier::payments
