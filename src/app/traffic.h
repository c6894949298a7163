// What kind of request it is, how often one client may make it, and who is let in when there is too
// much to do.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "platform/base/random.h"
#include "platform/config/config.h"
#include "platform/http/admission.h"
#include "platform/http/client_address.h"
#include "platform/http/rate_limit.h"
#include "platform/http/router.h"

namespace osier::app {

enum class Traffic {
  webhook,
  pay,      // Placing and paying an order.
  look,     // At an order or at the checkout page.
  cart,     // A cart that exists.
  waiting,  // A place in a waiting room.
  begin,    // A first cart. Who has begun goes before who begins.
  search,
  browse,
};

Traffic traffic_of(const http::Request& request);
http::Importance importance_of(Traffic traffic);
// The cart the request is for or comes with; empty if there is none.
std::string session_of(const http::Request& request);

// Makes the answer for people and programs.
using ErrorAnswer = std::function<http::Response(const http::Request&, int status)>;

// Token buckets (hardening 4.3): by session where there is one, and by address range; searches,
// looks at orders and webhooks by address range alone.
class TrafficLimits {
 public:
  TrafficLimits(const config::Config& config, Random& random);

  // How long the client has to wait; nothing: go on.
  std::optional<Duration> wait_for(const http::Request& request) const;
  // The same as an answer: 429 with Retry-After.
  std::optional<http::Response> refuse(const http::Request& request,
                                       const ErrorAnswer& error_page) const;
  std::uint64_t refused() const { return refused_; }

 private:
  std::optional<Duration> ask(const http::Request& request, Traffic traffic) const;

  http::TrustedProxies exempt_;
  std::unique_ptr<http::RateLimit> search_by_address_;
  std::unique_ptr<http::RateLimit> cart_by_session_;
  std::unique_ptr<http::RateLimit> cart_by_address_;
  std::unique_ptr<http::RateLimit> pay_by_session_;
  std::unique_ptr<http::RateLimit> pay_by_address_;
  std::unique_ptr<http::RateLimit> look_by_address_;
  std::unique_ptr<http::RateLimit> webhook_by_address_;
  mutable std::atomic<std::uint64_t> refused_ = 0;
};

// Lets requests in, or has them wait, or answers 503. `admission` outlives the router.
http::Router::Filter admit(http::Admission& admission);

// 503 for one who was not let in: made once, small, and never a template.
http::Response busy_answer(const http::Request& request);

}  // namespace osier::app
