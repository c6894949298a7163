// POST /store/carts/{id}/line-items · POST and DELETE /store/carts/{id}/line-items/{line_id}

#include "checkout/cart_body.h"
#include "checkout/store_api_json.h"

namespace osier::checkout {

static std::optional<LineId> line_id_of(const http::Request& request) {
  const auto id = web::parse_public_id("cali", request.path_value(1));
  return id ? std::optional(LineId(*id)) : std::nullopt;
}

static http::Response line_not_found(const http::Request& request) {
  return web::error(web::ErrorType::not_found,
                    "Line item with id: " + shown_id(request.path_value(1)) + " was not found");
}

static Task<http::Response> add_line(StoreApi api, http::Request request) {
  const std::string id = request.path_value(0);
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto line = read_line(reader);
  if (!line) co_return web::error(web::ErrorType::invalid_data, reader.message());

  if (auto door = api.waiting.closed_door(request, {line->variant_id})) {
    co_return co_await waiting_room::answer_closed_door(api.waiting, std::move(request),
                                                        std::move(*door));
  }
  auto outcome =
      co_await api.checkout.add_line(cart_token_of(id), line->variant_id, line->quantity);
  co_return co_await answer_changed(api, std::move(outcome), id, *query, base_url_of(request));
}

static Task<http::Response> update_line(StoreApi api, http::Request request) {
  const std::string id = request.path_value(0);
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto quantity =
      reader.integer("quantity", {.required = true, .min = 1, .max = quantity_per_line_max});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const auto line_id = line_id_of(request);
  if (!line_id) co_return line_not_found(request);

  auto outcome = co_await api.checkout.set_line(cart_token_of(id), *line_id,
                                                static_cast<std::int32_t>(*quantity));
  co_return co_await answer_changed(api, std::move(outcome), id, *query, base_url_of(request));
}

// The cart is the answer's "parent" here; `fields` are the cart's.
static Task<http::Response> delete_line(StoreApi api, http::Request request) {
  const std::string id = request.path_value(0);
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto line_id = line_id_of(request);
  if (!line_id) co_return line_not_found(request);
  auto outcome = co_await api.checkout.set_line(cart_token_of(id), *line_id, 0);
  if (!outcome) {
    const bool is_unknown = outcome.error() == CartRefusal::unknown_cart;
    co_return web::error(is_unknown ? cart_not_found(id) : error_of(outcome.error()));
  }
  const auto priced = api.checkout.price(*outcome);
  if (!priced) co_return web::error(error_of(CartRefusal::total_too_large));
  const auto answer = co_await complete_answer(api, std::move(*outcome), base_url_of(request));
  json::Object body;
  body["id"] = request.path_value(1);
  body["object"] = "line-item";
  body["deleted"] = true;
  body["parent"] = cart_json(answer, *priced);
  co_return web::answer(200, std::move(body), query->fields, "parent");
}

void add_cart_line_api(http::Router& router, StoreApi api) {
  const http::RouteOptions options{.body_max = 256 * 1024, .quick = {}};
  router.post("/store/carts/{id}/line-items", http::Access::token_holder(), handle(api, add_line),
              options);
  router.post("/store/carts/{id}/line-items/{line_id}", http::Access::token_holder(),
              handle(api, update_line), options);
  router.delete_("/store/carts/{id}/line-items/{line_id}", http::Access::token_holder(),
                 handle(api, delete_line), options);
}

}  // namespace osier::checkout
