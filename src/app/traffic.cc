#include "app/traffic.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "web/api.h"

namespace osier::app {

namespace {

// The first segments of a path, without that of a place ("/de-eu/cart" is "/cart").
struct Segments {
  std::array<std::string_view, 4> at{};
  std::size_t count = 0;
};

Segments segments_of(std::string_view path) {
  Segments segments;
  bool is_first = true;
  while (!path.empty() && segments.count < segments.at.size()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path = path.substr(end);
    const bool is_place = std::exchange(is_first, false) && segment.contains('-');
    if (!is_place) segments.at[segments.count++] = segment;
  }
  return segments;
}

bool is_read(const http::Request& request) {
  return request.method == http::Method::get || request.method == http::Method::head;
}

// Only a step of ordering or paying is as important as that: whoever looks tries nothing, and can
// look very often.
Traffic pay_or_look(const http::Request& request) {
  return request.method == http::Method::post ? Traffic::pay : Traffic::look;
}

Traffic store_traffic(const http::Request& request, const Segments& segments) {
  const std::string_view what = segments.at[1];
  if (what == "payment-collections" || what == "orders") return pay_or_look(request);
  if (what == "carts") {
    if (segments.count == 2) return Traffic::begin;
    const bool is_completed = segments.count > 3 && segments.at[3] == "complete";
    return is_completed ? pay_or_look(request) : Traffic::cart;
  }
  const bool is_search =
      what == "products" && (request.query.starts_with("q=") || request.query.contains("&q="));
  return is_search ? Traffic::search : Traffic::browse;
}

}  // namespace

Traffic traffic_of(const http::Request& request) {
  const Segments segments = segments_of(request.path);
  const std::string_view first = segments.at[0];
  if (first == "webhooks") return Traffic::webhook;
  if (first == "store") return store_traffic(request, segments);
  if (first == "checkout" || first == "orders") return pay_or_look(request);
  if (first == "waiting") return is_read(request) ? Traffic::waiting : Traffic::begin;
  if (first == "search") return Traffic::search;
  if (first == "cart" || first == "me.json") {
    if (!session_of(request).empty()) return Traffic::cart;
    return is_read(request) ? Traffic::browse : Traffic::begin;
  }
  return Traffic::browse;
}

http::Importance importance_of(Traffic traffic) {
  switch (traffic) {
    case Traffic::webhook:
      return http::Importance::webhook;
    case Traffic::pay:
      return http::Importance::pay;
    case Traffic::look:
    case Traffic::cart:
    case Traffic::waiting:
      return http::Importance::cart;
    case Traffic::begin:
    case Traffic::search:
    case Traffic::browse:
      return http::Importance::browse;
  }
}

std::string session_of(const http::Request& request) {
  const Segments segments = segments_of(request.path);
  if (segments.at[0] == "store" && segments.count > 2) {
    std::string_view id = segments.at[2];
    for (const std::string_view prefix : {"cart_", "pay_col_"}) {
      if (id.starts_with(prefix)) return std::string(id.substr(prefix.size()));
    }
  }
  auto cookie = request.cookie("__Host-cart");
  if (!cookie) cookie = request.cookie("cart");
  return std::string(cookie.value_or(""));
}

// --- Rates.

namespace {

std::uint64_t seed_from(Random& random) {
  std::array<unsigned char, 8> bytes{};
  random.fill(bytes);
  std::uint64_t seed = 0;
  for (const unsigned char byte : bytes) seed = seed << 8U | byte;
  return seed;
}

std::unique_ptr<http::RateLimit> per_minute(int count, int burst, Random& random) {
  return std::make_unique<http::RateLimit>(
      http::RateLimit::Rate{.count = count, .per = 1min, .burst = burst}, seed_from(random));
}

// What one address may do more than one session: several people live behind one.
constexpr int sessions_per_address = 10;

}  // namespace

TrafficLimits::TrafficLimits(const config::Config& config, Random& random)
    : exempt_(config.limits_exempt) {
  if (config.rate_limits == config::Switch::off) return;
  const auto plain = [&random](int count) { return per_minute(count, count, random); };
  const auto addresses = [&random](int count) {
    return per_minute(count * sessions_per_address, count * sessions_per_address / 2, random);
  };
  search_by_address_ = plain(config.search_rate);
  cart_by_session_ = plain(config.cart_rate);
  cart_by_address_ = addresses(config.cart_rate);
  // The form sends itself while it is filled in, so a burst is twice as long.
  pay_by_session_ = per_minute(config.checkout_rate, 2 * config.checkout_rate, random);
  pay_by_address_ = addresses(config.checkout_rate);
  look_by_address_ = plain(config.order_page_rate);
  webhook_by_address_ = std::make_unique<http::RateLimit>(
      http::RateLimit::Rate{
          .count = config.webhook_rate, .per = 1s, .burst = 10 * config.webhook_rate},
      seed_from(random));
}

std::optional<Duration> TrafficLimits::ask(const http::Request& request, Traffic traffic) const {
  const auto now = std::chrono::steady_clock::now();
  const std::string address = http::address_range(request.client_address);
  const auto both = [&](http::RateLimit& by_session,
                        http::RateLimit& by_address) -> std::optional<Duration> {
    const std::string session = session_of(request);
    if (!session.empty()) {
      if (const auto wait = by_session.take(session, now)) return wait;
    }
    return by_address.take(address, now);
  };
  switch (traffic) {
    case Traffic::webhook:
      return webhook_by_address_->take(address, now);
    case Traffic::pay:
      return both(*pay_by_session_, *pay_by_address_);
    case Traffic::look:
      return look_by_address_->take(address, now);
    case Traffic::cart:
    case Traffic::begin:
      return both(*cart_by_session_, *cart_by_address_);
    case Traffic::search:
      return search_by_address_->take(address, now);
    case Traffic::waiting:
    case Traffic::browse:
      return std::nullopt;
  }
}

std::optional<Duration> TrafficLimits::wait_for(const http::Request& request) const {
  if (!search_by_address_ || exempt_.trusts(request.client_address)) return std::nullopt;
  const auto wait = ask(request, traffic_of(request));
  if (wait) refused_.fetch_add(1, std::memory_order_relaxed);
  return wait;
}

std::optional<http::Response> TrafficLimits::refuse(const http::Request& request,
                                                    const ErrorAnswer& error_page) const {
  const auto wait = wait_for(request);
  if (!wait) return std::nullopt;
  auto response = error_page(request, 429);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
  response.headers.set("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
  return response;
}

// --- Admission.

static std::shared_ptr<const std::string> busy_page() {
  static const auto page = std::make_shared<const std::string>(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\"><title>One moment, please</title></head>\n"
      "<body><h1>One moment, please</h1>\n"
      "<p>Many people are shopping right now. Nothing is lost: this page tries again by itself in "
      "a "
      "few seconds, or reload it.</p>\n"
      "<p lang=\"de\">Gerade kaufen sehr viele Menschen ein. Es ist nichts verloren: Die Seite "
      "versucht es in wenigen Sekunden von selbst noch einmal.</p></body></html>\n");
  return page;
}

http::Response busy_answer(const http::Request& request) {
  if (request.path.starts_with("/store") || request.path.starts_with("/webhooks"))
    return web::error_for_status(503);
  http::Response response;
  response.status = 503;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Retry-After", "5");
  // Only what may be asked for again by itself.
  if (is_read(request)) response.headers.add("Refresh", "5");
  response.shared_body = busy_page();
  return response;
}

static Task<http::Response> admitted(http::Admission& admission, http::Request request,
                                     const http::Handler& next) {
  const auto importance = importance_of(traffic_of(request));
  const auto permit = co_await admission.enter(importance);
  if (!permit) co_return busy_answer(request);
  co_return co_await next(std::move(request));
}

http::Router::Filter admit(http::Admission& admission) {
  return [&admission](http::Request request, const http::Handler& next) {
    return admitted(admission, std::move(request), next);
  };
}

}  // namespace osier::app
