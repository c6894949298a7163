// GET /store/orders/{id}
//
// The id holds the order's access token: a guest reads the order without an account, and nobody
// else can guess it.

#include "checkout/store_api_json.h"

namespace osier::checkout {

static Task<http::Response> get_order(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const std::string token = access_token_of(request.path_value(0));
  std::optional<orders::Order> order;
  if (!token.empty() && token.size() <= 64) order = co_await api.orders.find_by_access_token(token);
  if (!order) {
    co_return web::error(web::ErrorType::not_found,
                         "Order with id: " + shown_id(request.path_value(0)) + " was not found");
  }
  const auto attempts = co_await api.payments.of_payable(payments::PayableId(order->id.value()));
  const auto refunds = co_await refunds_of(api, attempts);
  const auto snapshot = api.catalog.snapshot();
  json::Object body;
  body["order"] = order_json(*order, attempts, refunds, *snapshot, base_url_of(request));
  co_return web::answer(200, std::move(body), query->fields, "order");
}

void add_order_api(http::Router& router, StoreApi api) {
  router.get("/store/orders/{id}", http::Access::token_holder(), handle(api, get_order));
}

}  // namespace osier::checkout
