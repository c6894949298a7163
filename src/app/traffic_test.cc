#include "app/traffic.h"

#include <gtest/gtest.h>

namespace osier::app {
namespace {

http::Request request_for(http::Method method, std::string path, std::string cookie = {}) {
  http::Request request;
  request.method = method;
  request.path = std::move(path);
  request.client_address = "203.0.113.7";
  if (!cookie.empty()) request.headers.add("Cookie", std::move(cookie));
  return request;
}

using http::Method;

TEST(Traffic, IsKnownByThePathAtAnyPlace) {
  const auto kind = [](Method method, std::string path, std::string cookie = {}) {
    return traffic_of(request_for(method, std::move(path), std::move(cookie)));
  };
  EXPECT_EQ(kind(Method::post, "/webhooks/stripe"), Traffic::webhook);
  EXPECT_EQ(kind(Method::post, "/store/carts"), Traffic::begin);
  EXPECT_EQ(kind(Method::post, "/store/carts/cart_1/line-items"), Traffic::cart);
  EXPECT_EQ(kind(Method::post, "/store/carts/cart_1/complete"), Traffic::pay);
  EXPECT_EQ(kind(Method::post, "/store/payment-collections/pay_col_1/payment-sessions"),
            Traffic::pay);
  EXPECT_EQ(kind(Method::post, "/checkout"), Traffic::pay);
  EXPECT_EQ(kind(Method::post, "/en-us/orders/abc/pay"), Traffic::pay);
  EXPECT_EQ(kind(Method::get, "/checkout"), Traffic::look);
  EXPECT_EQ(kind(Method::get, "/de-eu/checkout"), Traffic::look);
  EXPECT_EQ(kind(Method::get, "/en-us/orders/abc"), Traffic::look);
  EXPECT_EQ(kind(Method::head, "/orders/abc"), Traffic::look);
  EXPECT_EQ(kind(Method::delete_, "/orders/abc"), Traffic::look);
  EXPECT_EQ(kind(Method::get, "/store/orders/order_1"), Traffic::look);
  EXPECT_EQ(kind(Method::get, "/store/carts/cart_1/complete"), Traffic::look);
  EXPECT_EQ(kind(Method::post, "/cart/lines"), Traffic::begin);
  EXPECT_EQ(kind(Method::post, "/cart/lines", "cart=abc"), Traffic::cart);
  EXPECT_EQ(kind(Method::get, "/de-eu/search"), Traffic::search);
  EXPECT_EQ(kind(Method::get, "/de-eu"), Traffic::browse);
  EXPECT_EQ(kind(Method::get, "/p/mug"), Traffic::browse);
  EXPECT_EQ(kind(Method::get, "/p/cart"), Traffic::browse);
  EXPECT_EQ(kind(Method::get, "/"), Traffic::browse);
}

config::Config some_config() {
  config::Config config;
  config.search_rate = 2;
  config.cart_rate = 2;
  config.checkout_rate = 1;
  config.order_page_rate = 5;
  config.webhook_rate = 1;
  config.limits_exempt = {"127.0.0.0/8", "::1"};
  return config;
}

TEST(TrafficLimits, CountAnAddressAndRefuseWhatIsTooMuch) {
  SystemRandom random;
  const TrafficLimits limits(some_config(), random);
  const auto search = request_for(Method::get, "/search");
  EXPECT_FALSE(limits.wait_for(search));
  EXPECT_FALSE(limits.wait_for(search));
  EXPECT_TRUE(limits.wait_for(search));
  EXPECT_EQ(limits.refused(), 1U);
  EXPECT_FALSE(limits.wait_for(request_for(Method::get, "/")));  // Browsing is free.
}

TEST(TrafficLimits, TakeAnIpv6NetworkForOneClient) {
  SystemRandom random;
  const TrafficLimits limits(some_config(), random);
  auto search = request_for(Method::get, "/search");
  int refused = 0;
  for (int i = 1; i <= 20; ++i) {
    search.client_address = "2001:db8:1:2::" + std::to_string(i);
    if (limits.wait_for(search)) ++refused;
  }
  EXPECT_EQ(refused, 18);
  search.client_address = "2001:db8:1:3::1";
  EXPECT_FALSE(limits.wait_for(search));
}

// hardening 105: cards are not tried out by the thousand.
TEST(TrafficLimits, Hardening105CountThePaymentAttemptsOfASession) {
  SystemRandom random;
  const TrafficLimits limits(some_config(), random);
  auto pay = request_for(Method::post, "/store/payment-collections/pay_col_abc/payment-sessions");
  int passed = 0;
  for (int i = 1; i <= 1'000; ++i) {
    pay.client_address = "198.51.100." + std::to_string(i % 250);
    if (!limits.wait_for(pay)) ++passed;
  }
  EXPECT_EQ(passed, 2);
}

// One address that guesses at orders takes nobody's place: neither who pays nor who fills a cart.
TEST(TrafficLimits, CountLooksAtOrdersPerAddressAndHoldThemNoMoreImportantThanCarts) {
  SystemRandom random;
  const TrafficLimits limits(some_config(), random);
  int passed = 0;
  for (int i = 0; i < 100; ++i) {
    const auto path = "/orders/guess" + std::to_string(i);
    if (!limits.wait_for(request_for(Method::get, path))) ++passed;
  }
  EXPECT_EQ(passed, 5);
  EXPECT_TRUE(limits.wait_for(request_for(Method::get, "/checkout")));
  EXPECT_FALSE(limits.wait_for(request_for(Method::post, "/checkout")));
  auto neighbour = request_for(Method::get, "/orders/own");
  neighbour.client_address = "203.0.113.8";
  EXPECT_FALSE(limits.wait_for(neighbour));

  EXPECT_EQ(importance_of(Traffic::look), http::Importance::cart);
  EXPECT_EQ(importance_of(Traffic::pay), http::Importance::pay);
}

TEST(TrafficLimits, DoNotCountExemptAddresses) {
  SystemRandom random;
  const TrafficLimits limits(some_config(), random);
  auto search = request_for(Method::get, "/search");
  search.client_address = "127.0.0.1";
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limits.wait_for(search));
}

TEST(TrafficLimits, CanBeSwitchedOff) {
  SystemRandom random;
  auto config = some_config();
  config.rate_limits = config::Switch::off;
  const TrafficLimits limits(config, random);
  const auto search = request_for(Method::get, "/search");
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limits.wait_for(search));
}

}  // namespace
}  // namespace osier::app
