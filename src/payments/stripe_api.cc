#include "payments/stripe_api.h"

#include <algorithm>
#include <cstring>

namespace osier::payments {

bool should_try_again(int status, const std::optional<std::string>& stripe_should_retry) {
  if (stripe_should_retry == "true") return true;
  if (stripe_should_retry == "false") return false;
  return status == 409 || status >= 500;
}

Duration retry_delay(int failed_tries, Duration first, std::uint32_t chance) {
  constexpr Duration longest = 5s;
  Duration wait = first;
  for (int i = 1; i < failed_tries && wait < longest; ++i) wait *= 2;
  wait = std::min(wait, longest);
  const auto half = wait.count() / 2;
  return std::max(first,
                  Duration(wait.count() - half + static_cast<std::int64_t>(chance) % (half + 1)));
}

StripeApi::StripeApi(Loop& loop, StripeSettings settings, telemetry::Log& log)
    : loop_(loop),
      settings_(std::move(settings)),
      log_(log),
      client_(loop, {.connections_per_host_max = 32}),
      breaker_(settings_.breaker_failures_max, settings_.breaker_pause) {
  while (settings_.api_base.ends_with('/')) settings_.api_base.pop_back();
}

std::uint32_t StripeApi::chance() {
  unsigned char bytes[4];
  random_.fill(bytes);
  std::uint32_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

Task<StripeAnswer> StripeApi::call(StripeCall call) {
  Loop& home = Loop::current();
  co_await resume_on(loop_);
  Outcome outcome = co_await call_here(std::move(call));
  co_await resume_on(home);
  if (!outcome.unavailable.empty()) throw ProviderUnavailable(outcome.unavailable);
  co_return std::move(outcome.answer);
}

Task<StripeApi::Outcome> StripeApi::call_here(StripeCall call) {
  Outcome outcome;
  if (calls_ >= settings_.calls_max) {
    outcome.unavailable = "too many calls to Stripe are under way";
    co_return outcome;
  }
  if (!breaker_.lets_through(clock_.now())) {
    outcome.unavailable = "Stripe has failed several times just now";
    co_return outcome;
  }
  const std::string path = call.path;
  ++calls_;
  try {
    outcome = co_await try_until_deadline(std::move(call));
  } catch (const std::exception& error) {
    outcome.unavailable = error.what();
  }
  --calls_;
  const int status = outcome.answer.status;
  const bool is_down =
      status == 0 || status == 429 || (status >= 500 && !outcome.answer.is_replayed);
  is_down ? breaker_.failed(clock_.now()) : breaker_.succeeded();
  if (!outcome.unavailable.empty()) {
    log_.warning("stripe did not answer a call",
                 {{"path", path}, {"status", status}, {"reason", outcome.unavailable}});
  }
  co_return outcome;
}

Task<StripeApi::Outcome> StripeApi::try_until_deadline(StripeCall call) {
  const Instant deadline = clock_.now() + settings_.timeout_total;
  Outcome outcome;
  for (int tries = 1;; ++tries) {
    outcome = co_await try_once(call, deadline - clock_.now());
    outcome.answer.tries = tries;
    if (!outcome.may_try_again || tries >= settings_.tries_max) break;
    const Duration wait = retry_delay(tries, settings_.backoff_first, chance());
    if (clock_.now() + wait >= deadline) break;
    co_await sleep_for(wait);
  }
  co_return outcome;
}

Task<StripeApi::Outcome> StripeApi::try_once(StripeCall call, Duration left) {
  auto request = request_for(call, std::min(settings_.timeout_try, left));
  try {
    const auto response = co_await client_.send(std::move(request));
    co_return judge(response);
  } catch (const http_client::Unreachable& error) {
    // It may have been received and carried out: the key makes a repeat safe.
    Outcome outcome;
    outcome.unavailable = error.what();
    outcome.may_try_again = error.kind != http_client::Unreachable::Kind::invalid &&
                            error.kind != http_client::Unreachable::Kind::tls;
    co_return outcome;
  }
}

StripeApi::Outcome StripeApi::judge(const http_client::Response& response) {
  Outcome outcome;
  outcome.answer = {.status = response.status,
                    .body = response.body,
                    .is_replayed = response.header("idempotent-replayed") == "true"};
  const int status = response.status;
  const auto rule = response.header("stripe-should-retry");
  outcome.may_try_again = should_try_again(status, rule);
  // A kept 5xx comes back each time, for a day.
  const bool is_kept_error = status >= 500 && outcome.answer.is_replayed;
  if (is_kept_error && rule != "true") outcome.may_try_again = false;

  // 401 and 403 are about our key: nobody's order is at fault, and it works again once the key
  // does.
  const bool is_ours = status == 401 || status == 403;
  const bool is_later = status == 409 || status == 429 || (status >= 500 && !is_kept_error);
  const bool is_odd = status < 200 || (status >= 300 && status < 400);
  if (is_ours || is_later || is_odd) {
    outcome.unavailable = "Stripe answered " + std::to_string(status) +
                          (is_ours ? ": check OSIER_STRIPE_SECRET_KEY" : "");
  }
  return outcome;
}

http_client::Request StripeApi::request_for(const StripeCall& call, Duration timeout) const {
  http_client::Request request;
  request.method = call.method;
  request.url = settings_.api_base + call.path;
  request.headers = {{"Authorization", "Bearer " + settings_.secret_key.reveal()},
                     {"Stripe-Version", std::string(stripe_version)}};
  if (call.method == "POST") {
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = call.form;
  }
  if (!call.idempotency_key.empty()) {
    request.headers.emplace_back("Idempotency-Key", call.idempotency_key);
  }
  request.timeout_total = timeout;
  request.timeout_connect = std::min<Duration>(timeout, 5s);
  return request;
}

}  // namespace osier::payments
