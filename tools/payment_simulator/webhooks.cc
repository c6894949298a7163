#include "webhooks.h"

#include <algorithm>

#include "platform/crypto/crypto.h"

namespace osier::simulator {

namespace {

constexpr int attempts_max = 16;
constexpr std::size_t sending_max = 32;
constexpr Duration first_pause = 1s;
constexpr Duration pause_max = 300s;

bool wants(const Webhooks::Target& target, const std::string& type) {
  return target.types.empty() ||
         std::any_of(target.types.begin(), target.types.end(),
                     [&](const auto& wanted) { return wanted == "*" || wanted == type; });
}

}  // namespace

std::string signature_of(const std::string& secret, std::int64_t seconds, const std::string& body) {
  const std::string time = std::to_string(seconds);
  return "t=" + time + ",v1=" + crypto::hmac_sha256_hex(secret, time + "." + body);
}

// Called on the loop's thread (Wakeup's rule).
Webhooks::Webhooks(Loop& loop, Books& books, Faults& faults)
    : books_(books),
      faults_(faults),
      client_(loop, {.user_agent = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"}) {}

void Webhooks::queue(Delivery delivery, Duration wait) {
  waiting_.emplace(books_.now() + wait, std::move(delivery));
  wakeup_.notify();
}

void Webhooks::publish(const Event& event) {
  ++events_;
  const auto body = std::make_shared<const std::string>(event.body);
  for (const Target& target : targets_) {
    if (!wants(target, event.type)) continue;
    if (faults_.strike(FaultKind::forge, event.type)) queue_forgery(event, target);
    if (faults_.strike(FaultKind::lose, event.type)) {
      ++lost_;
      continue;
    }
    Duration wait{0};
    if (const auto late = faults_.strike(FaultKind::delay, event.type)) wait += late->delay;
    if (const auto mixed = faults_.strike(FaultKind::shuffle, event.type)) {
      // Each waits a random part of the window, so that any order may come out.
      wait += Duration{static_cast<std::int64_t>(books_.random_below(
          static_cast<std::uint64_t>(std::max<Duration::rep>(mixed->delay.count(), 1))))};
    }
    const Delivery delivery{.event_id = event.id, .body = body, .target = target};
    queue(delivery, wait);
    if (faults_.strike(FaultKind::duplicate, event.type)) {
      ++duplicated_;
      queue(delivery, wait + 30ms);
    }
  }
}

// The event as it is, under another id, signed by someone who does not know the secret.
void Webhooks::queue_forgery(const Event& event, const Target& target) {
  std::string body = event.body;
  const std::string id = books_.new_id("evt_forged", 14);
  if (const auto at = body.find(event.id); at != std::string::npos)
    body.replace(at, event.id.size(), id);
  Delivery forgery{.event_id = id,
                   .body = std::make_shared<const std::string>(std::move(body)),
                   .target = target,
                   .attempt = attempts_max,
                   .is_forged = true};
  forgery.target.secret = "whsec_not_the_secret";
  ++forged_;
  queue(std::move(forgery), 0ms);
}

Task<void> Webhooks::send(Delivery delivery) {
  ++delivery.attempt;
  ++attempts_;
  http_client::Request request{.method = "POST", .url = delivery.target.url, .timeout_total = 10s};
  request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  // By the real clock: the shop compares it with its own, which no /_simulator/advance moves.
  const auto real = SystemClock{}.now().time_since_epoch() / 1s;
  request.headers.emplace_back("Stripe-Signature",
                               signature_of(delivery.target.secret, real, *delivery.body));
  request.body = *delivery.body;
  int status = 0;
  try {
    const auto response = co_await client_.send(std::move(request));
    status = response.status;
  } catch (const http_client::Unreachable&) {
    // Nobody there: the same as any other failure.
  }
  --sending_;
  const bool is_accepted = status >= 200 && status < 300;
  if (delivery.is_forged) {
    if (is_accepted) ++forged_accepted_;
  } else if (is_accepted) {
    ++delivered_;
  } else if (++failed_; delivery.attempt >= attempts_max) {
    ++given_up_;
  } else {
    const Duration pause =
        std::min<Duration>(first_pause * (1LL << std::min(delivery.attempt - 1, 20)), pause_max);
    queue(std::move(delivery), pause / 2 + Duration{static_cast<std::int64_t>(books_.random_below(
                                               static_cast<std::uint64_t>(pause.count()) / 2))});
  }
  wakeup_.notify();
}

Task<void> Webhooks::run() {
  TaskGroup group;
  while (!is_stopping_) {
    while (!waiting_.empty() && waiting_.begin()->first <= books_.now() && sending_ < sending_max) {
      Delivery next = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      ++sending_;
      group.spawn(send(std::move(next)));
    }
    Duration wait = 1s;
    if (!waiting_.empty() && sending_ < sending_max) {
      wait = std::clamp<Duration>(waiting_.begin()->first - books_.now(), 1ms, 1s);
    }
    co_await wakeup_.wait_for(wait);
  }
  co_await group.join();
}

void Webhooks::stop() {
  is_stopping_ = true;
  wakeup_.notify();
}

json::Object Webhooks::statistics() const {
  return json::Object{
      {"events", events_},       {"attempts", attempts_},
      {"delivered", delivered_}, {"failed", failed_},
      {"given_up", given_up_},   {"waiting", static_cast<std::int64_t>(waiting_.size() + sending_)},
      {"lost", lost_},           {"duplicated", duplicated_},
      {"forged", forged_},       {"forged_accepted", forged_accepted_}};
}

}  // namespace osier::simulator
