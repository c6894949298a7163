// Sends events to the shop: signed, again after failures, and wrongly where a fault says so.
//
// Every 2xx answer is success; everything else (a redirect, too) is tried again with growing
// pauses, in the simulator's own time, so that /_simulator/advance brings retries forward. Order is
// not promised.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "books.h"
#include "faults.h"
#include "platform/async/loop.h"
#include "platform/async/task.h"
#include "platform/http_client/http_client.h"

namespace osier::simulator {

// "t=…,v1=…" for a body, as https://docs.stripe.com/webhooks/signatures says.
std::string signature_of(const std::string& secret, std::int64_t seconds, const std::string& body);

class Webhooks {
 public:
  Webhooks(Loop& loop, Books& books, Faults& faults);

  struct Target {
    std::string url;
    std::string secret;
    std::vector<std::string> types;  // Empty or "*": all.
  };
  void add_target(Target target) { targets_.push_back(std::move(target)); }

  // Queues an event for all targets that want it.
  void publish(const Event& event);
  // Sends until stop(). Awaited once, on the loop.
  Task<void> run();
  void stop();
  void wake() { wakeup_.notify(); }

  json::Object statistics() const;

 private:
  struct Delivery {
    std::string event_id;
    std::shared_ptr<const std::string> body;
    Target target;
    int attempt = 0;
    bool is_forged = false;
  };

  void queue(Delivery delivery, Duration wait);
  void queue_forgery(const Event& event, const Target& target);
  Task<void> send(Delivery delivery);

  Books& books_;
  Faults& faults_;
  http_client::Client client_;
  Wakeup wakeup_;
  std::vector<Target> targets_;
  std::multimap<Instant, Delivery> waiting_;
  std::size_t sending_ = 0;
  bool is_stopping_ = false;
  std::int64_t events_ = 0;
  std::int64_t attempts_ = 0;
  std::int64_t delivered_ = 0;
  std::int64_t failed_ = 0;
  std::int64_t given_up_ = 0;
  std::int64_t lost_ = 0;
  std::int64_t duplicated_ = 0;
  std::int64_t forged_ = 0;
  std::int64_t forged_accepted_ = 0;
};

}  // namespace osier::simulator
