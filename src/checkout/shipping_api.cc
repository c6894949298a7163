// GET /store/shipping-options?cart_id= · POST /store/shipping-options/{id}/calculate
// POST /store/carts/{id}/shipping-methods

#include "checkout/store_api_json.h"

namespace osier::checkout {

static std::optional<fulfilment::ShippingOptionId> option_id_of(std::string_view wire_id) {
  const auto id = web::parse_public_id("so", wire_id);
  return id ? std::optional(fulfilment::ShippingOptionId(*id)) : std::nullopt;
}

static json::Array options_json(StoreApi api, const Cart& cart, const PricedCart& priced) {
  json::Array list;
  const catalog::Market* market = priced.snapshot->market(cart.market_code);
  if (market == nullptr) return list;
  for (const auto& option : api.fulfilment.options_for(cart.market_code, cart.country)) {
    list.push_back(shipping_option_json(option, *market, option.price_for(priced.quote.items_shown),
                                        cart.locale));
  }
  return list;
}

static Task<http::Response> list_options(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto cart_id = query->value("cart_id");
  if (!cart_id) co_return web::error(web::ErrorType::invalid_data, "cart_id is required");
  const auto cart = co_await api.checkout.find_any_cart(cart_token_of(*cart_id));
  if (!cart) co_return web::error(cart_not_found(*cart_id));
  const auto priced = api.checkout.price(*cart);
  if (!priced) co_return web::error(error_of(CartRefusal::total_too_large));
  json::Object body;
  body["shipping_options"] = options_json(api, *cart, *priced);
  co_return web::answer(200, std::move(body), query->fields, "shipping_options");
}

static Task<http::Response> calculate_option(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto cart_id = reader.string("cart_id", {.required = true, .length_max = 64});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const auto cart = co_await api.checkout.find_any_cart(cart_token_of(*cart_id));
  if (!cart) co_return web::error(cart_not_found(*cart_id));
  const auto priced = api.checkout.price(*cart);
  if (!priced) co_return web::error(error_of(CartRefusal::total_too_large));

  for (json::Value& option : options_json(api, *cart, *priced)) {
    if (option.as_object()["id"].as_string() != request.path_value(0)) continue;
    json::Object answer;
    answer["shipping_option"] = std::move(option);
    co_return web::answer(200, std::move(answer), query->fields, "shipping_option");
  }
  co_return web::error(web::ErrorType::not_found, "there is no such shipping option for this cart");
}

// {"option_id": …}.
static Task<http::Response> choose_option(StoreApi api, http::Request request) {
  const std::string id = request.path_value(0);
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto option = reader.string("option_id", {.required = true, .length_min = 1});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const auto option_id = option_id_of(*option);
  if (!option_id) co_return web::error(error_of(CartRefusal::unknown_shipping_option));
  CartUpdate update;
  update.shipping_option_id = option_id;
  auto outcome = co_await api.checkout.update_cart(cart_token_of(id), std::move(update));
  co_return co_await answer_changed(api, std::move(outcome), id, *query, base_url_of(request));
}

void add_shipping_api(http::Router& router, StoreApi api) {
  const http::RouteOptions options{.body_max = 256 * 1024, .quick = {}};
  router.get("/store/shipping-options", http::Access::token_holder(), handle(api, list_options));
  router.post("/store/shipping-options/{id}/calculate", http::Access::token_holder(),
              handle(api, calculate_option), options);
  router.post("/store/carts/{id}/shipping-methods", http::Access::token_holder(),
              handle(api, choose_option), options);
}

}  // namespace osier::checkout
