// The store API's buying path, shared by its files: services, ids on the wire, refusals as errors.
// Internal to checkout.
//
// A cart's id is "cart_" and its token, its payment collection's "pay_col_" and the same token, an
// order's "order_" and its access token: who has the id may use the thing, and nobody can guess
// one. A UUID would be no credential.

#pragma once

#include <string>
#include <string_view>

#include "checkout/checkout.h"
#include "platform/http/router.h"
#include "waiting_room/pages.h"
#include "web/api.h"

namespace osier::checkout {

struct StoreApi {
  Checkout& checkout;
  catalog::Catalog& catalog;
  orders::Orders& orders;
  payments::Payments& payments;
  fulfilment::Fulfilment& fulfilment;
  const Clock& clock;
  waiting_room::WaitingRoom& waiting;
};

void add_cart_api(http::Router& router, StoreApi api);
void add_cart_line_api(http::Router& router, StoreApi api);
void add_shipping_api(http::Router& router, StoreApi api);
void add_payment_api(http::Router& router, StoreApi api);
void add_order_api(http::Router& router, StoreApi api);

std::string cart_wire_id(const CartToken& token);
std::string payment_collection_wire_id(const CartToken& token);
std::string order_wire_id(std::string_view access_token);
// The token in such an id; one that leads nowhere for anything else.
CartToken cart_token_of(std::string_view wire_id);
CartToken collection_token_of(std::string_view wire_id);
std::string access_token_of(std::string_view wire_id);

// Where this request was sent: "https://shop.example", for absolute links in answers.
std::string base_url_of(const http::Request& request);

web::Error error_of(CartRefusal refusal);
web::Error error_of(const CouponNotTaken& not_taken);
web::Error error_of(const NotPlaced& not_placed, const Cart& cart,
                    const catalog::Snapshot& snapshot);
// An id as it may stand in a message.
std::string shown_id(std::string_view wire_id);
web::Error cart_not_found(std::string_view wire_id);

// A cart as it is answered: priced, with its payment collection. `attempts` are the payments of its
// order, if known.
struct CartAnswer {
  Cart cart;
  std::vector<payments::Payment> attempts;
  std::string base_url;
};
// Loads what is missing of it.
Task<CartAnswer> complete_answer(StoreApi api, Cart cart, std::string base_url);
// Prices it and answers `{"cart": …}`.
Task<http::Response> answer_cart(StoreApi api, Cart cart, web::Query query, std::string base_url);
Task<http::Response> answer_changed(StoreApi api, Result<Cart, CartRefusal> outcome,
                                    std::string wire_id, web::Query query, std::string base_url);

// Calls `handler(api, request)`, with the errors of the world answered as the API answers them.
using ApiHandler = Task<http::Response> (*)(StoreApi, http::Request);
http::Handler handle(StoreApi api, ApiHandler handler);

// The Idempotency-Key header; an error if it is longer than 255 characters or not printable ASCII.
Result<std::optional<std::string>, web::Error> idempotency_key_of(const http::Request& request);

}  // namespace osier::checkout
