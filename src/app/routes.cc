#include "app/routes.h"

#include <algorithm>

#include "app/audit_chain.h"
#include "app/mail_pages.h"
#include "app/reconcile.h"
#include "app/self_check.h"
#include "app/traffic.h"
#include "app/unavailable.h"
#include "catalog/pages.h"
#include "catalog/routes.h"
#include "checkout/pages.h"
#include "checkout/routes.h"
#include "orders/routes.h"
#include "orders/withdrawal_pages.h"
#include "payments/stripe_webhook.h"
#include "platform/json/value.h"
#include "waiting_room/pages.h"
#include "web/api.h"
#include "web/compress.h"
#include "web/same_origin.h"

namespace osier::app {

namespace {

bool is_api(const std::string& path) {
  return path == "/store" || path.starts_with("/store/") || path == "/auth" ||
         path.starts_with("/auth/");
}

// An address with a slash too many is most often one that people typed: the same without it. Never
// another host's.
std::optional<std::string> without_last_slash(const http::Request& request) {
  const auto query = std::min(request.target.find('?'), request.target.size());
  const std::string path = request.target.substr(0, query);
  const bool is_read = request.method == http::Method::get || request.method == http::Method::head;
  const bool is_ours = path.size() > 1 && path.ends_with('/') && !path.starts_with("//") &&
                       path.find('\\') == std::string::npos;
  if (!is_read || !is_ours) return std::nullopt;
  return path.substr(0, path.size() - 1) + request.target.substr(query);
}

// Asked of what will run a handler, and of pages that have to be rendered: that is done where
// requests are read, and waits for nobody.
enum class Work { handler, rendering };

// 429 for one who asks too often, 503 where there is too much to do.
std::optional<http::Response> turn_away(Shop& shop, const http::Request& request, Work work,
                                        const ErrorAnswer& error_answer) {
  if (auto refusal = shop.limits.refuse(request, error_answer)) return refusal;
  if (shop.config.admission == config::Switch::off) return std::nullopt;
  const auto importance = importance_of(traffic_of(request));
  const bool is_busy = work == Work::rendering ? shop.admission.is_too_busy(importance)
                                               : shop.admission.is_full(importance);
  if (!is_busy) return std::nullopt;
  shop.admission.count_shed(importance);
  return busy_answer(request);
}

}  // namespace

// Who asks, by the realm that the route's access names.
static Task<std::optional<http::Response>> ask_guard(identity::CustomerGuard& customers,
                                                     const http::Access& access,
                                                     http::Request& request) {
  require(access.kind() == http::Access::Kind::customer, "the shop's routes are for customers");
  co_return co_await customers.admit(request);
}

void add_shop_routes(http::Router& router, Shop& shop, Customers& customers,
                     catalog::Storefront& storefront) {
  router.set_guard([&guard = customers.guard](const http::Access& access, http::Request& request) {
    return ask_guard(guard, access, request);
  });
  const ErrorAnswer error_answer = [&storefront](const http::Request& request, int status) {
    return is_api(request.path) ? web::error_for_status(status)
                                : storefront.error_page(request, status);
  };
  router.set_error_page([&storefront](const http::Request& request, int status) {
    if (const auto shorter = without_last_slash(request); status == 404 && shorter) {
      return http::redirect(*shorter, 308);
    }
    return is_api(request.path) ? web::error_for_status(status)
                                : storefront.error_page(request, status);
  });
  router.add_filter(unavailable_is_503(router, shop.log));
  router.add_filter(web::compress_answers());
  router.add_filter(web::same_origin_only({"/store/", "/auth/", "/webhooks/"}));
  if (shop.config.admission == config::Switch::on) router.add_filter(admit(shop.admission));
  router.set_gate([&shop, error_answer](const http::Request& request) {
    return turn_away(shop, request, Work::handler, error_answer);
  });
  shop.page_cache.set_gate([&shop, error_answer](const http::Request& request) {
    return turn_away(shop, request, Work::rendering, error_answer);
  });
  // Also on answers that no handler made: 404, 405, 413, 429, 503 …
  router.set_finish([&shop](const http::Request& request, http::Response& response) {
    if (!response.headers.get("Content-Security-Policy")) shop.security_headers.add_to(response);
    web::add_cors_headers(shop.config.cors_origins, request, response);
  });

  shop.assets.add_routes(router);
  media::add_media_routes(router, shop.files);
  if (shop.config.roles.web) {
    catalog::add_catalog_pages(router, storefront);
    checkout::add_checkout_pages(router, storefront, shop.checkout, shop.orders, shop.payments,
                                 shop.fulfilment, shop.waiting, customers.visitor_carts);
    add_customer_pages(router, shop, customers, storefront);
    waiting_room::add_waiting_pages(router, storefront, shop.waiting);
    orders::add_order_pages(router, storefront, shop.orders, shop.payments);
    orders::add_withdrawal_pages(router, storefront, shop.withdrawals);
  }
  if (shop.config.roles.api) {
    catalog::add_catalog_api(router, shop.catalog, shop.clock);
    checkout::add_store_api(router, shop.checkout, shop.catalog, shop.orders, shop.payments,
                            shop.fulfilment, shop.clock, shop.waiting);
    add_customer_api(router, shop, customers);
    if (shop.stripe) {
      payments::add_stripe_webhook(router, shop.inbox, shop.config.stripe_webhook_secrets,
                                   shop.stripe->mode(), shop.clock, shop.log);
    }
  }
}

namespace {

Task<http::Response> answer_ready(Shop& shop, const std::atomic<bool>& is_ready) {
  if (!is_ready) co_return http::text(503, "starting or stopping\n");
  if (!co_await shop.database.is_reachable())
    co_return http::text(503, "the database cannot be reached\n");
  co_return http::text(200, "ready\n");
}

void write_admission(Shop& shop, http::Importance importance) {
  const auto counts = shop.admission.statistics(importance);
  const telemetry::Labels labels{{"class", std::string(http::to_string(importance))}};
  const auto set = [&](const char* name, const char* help, auto value) {
    shop.metrics.gauge(name, help, labels).Set(static_cast<double>(value));
  };
  set("osier_admission_admitted", "Requests let in.", counts.admitted);
  set("osier_admission_queued", "Requests that had to wait for a place.", counts.queued);
  set("osier_admission_shed", "Requests turned away with 503.", counts.shed);
  set("osier_admission_under_way", "Requests that have a place now.", counts.under_way);
  set("osier_admission_waiting", "Requests that wait for a place now.", counts.waiting);
}

Task<http::Response> answer_metrics(Shop& shop) {
  const auto pool = shop.database.statistics();
  shop.metrics.gauge("osier_database_connections_open", "Database connections open.")
      .Set(pool.open);
  shop.metrics.gauge("osier_database_connections_idle", "Database connections idle.")
      .Set(pool.idle);
  shop.metrics.gauge("osier_database_waiting", "Callers waiting for a database connection.")
      .Set(pool.waiting);
  const auto cache = shop.page_cache.statistics();
  shop.metrics.gauge("osier_page_cache_bytes", "Bytes of rendered pages kept.")
      .Set(static_cast<double>(cache.bytes));
  shop.metrics.gauge("osier_page_cache_hits", "Pages answered from the cache.")
      .Set(static_cast<double>(cache.hits));
  shop.metrics.gauge("osier_page_cache_misses", "Pages rendered.")
      .Set(static_cast<double>(cache.misses));
  for (const auto importance : {http::Importance::webhook, http::Importance::pay,
                                http::Importance::cart, http::Importance::browse}) {
    write_admission(shop, importance);
  }
  const auto numbers = shop.waiting.numbers();
  shop.metrics.gauge("osier_waiting_rooms", "Waiting rooms that are on.")
      .Set(static_cast<double>(numbers.rooms));
  shop.metrics.gauge("osier_waiting_room_waiting", "Numbers that wait for their turn.")
      .Set(static_cast<double>(numbers.waiting));
  shop.metrics.gauge("osier_waiting_room_admitted", "Numbers whose turn has come.")
      .Set(static_cast<double>(numbers.admitted));
  shop.metrics.gauge("osier_rate_limited", "Requests refused with 429 by rate limits.")
      .Set(static_cast<double>(shop.limits.refused()));
  co_await write_check_metrics(shop);
  co_await write_reconcile_metrics(shop);
  co_await write_audit_metrics(shop);
  auto response = http::text(200, shop.metrics.text());
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  co_return response;
}

Task<http::Response> answer_live() { co_return http::text(200, "live\n"); }

}  // namespace

void add_ops_routes(http::Router& router, Shop& shop, const std::atomic<bool>& is_ready) {
  router.get("/health/live", http::Access::operators(),
             [](http::Request) { return answer_live(); });
  router.get("/health/ready", http::Access::operators(),
             [&shop, &is_ready](http::Request) { return answer_ready(shop, is_ready); });
  router.get("/metrics", http::Access::operators(),
             [&shop](http::Request) { return answer_metrics(shop); });
  if (shop.mail_folder != nullptr) add_mail_pages(router, *shop.mail_folder);
}

static Task<http::Response> answer_routes(std::string list) {
  co_return http::json(200, std::move(list));
}

void add_route_list(http::Router& ops,
                    const std::vector<std::pair<std::string, const http::Router*>>& listeners) {
  json::Array all;
  for (const auto& [name, router] : listeners) {
    for (const http::Router::RouteInfo& route : router->routes()) {
      all.push_back(json::Object{{"listener", name},
                                 {"method", to_string(route.method)},
                                 {"pattern", route.pattern},
                                 {"access", to_string(route.access.kind())},
                                 {"permission", route.access.permission()}});
    }
  }
  const std::string list = json::to_text(all);
  ops.get("/routes", http::Access::operators(),
          [list](http::Request) { return answer_routes(list); });
}

}  // namespace osier::app
