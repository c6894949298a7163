// GET /store/payment-providers?region_id= · POST /store/payment-collections
// POST /store/payment-collections/{id}/payment-sessions · POST /store/carts/{id}/complete
//
// A payment session is where the pending order is placed and its stock held; completing the cart
// returns that order.

#include <algorithm>
#include <variant>

#include "checkout/store_api_json.h"

namespace osier::checkout {

static Task<http::Response> list_providers(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto region = query->value("region_id");
  if (!region) co_return web::error(web::ErrorType::invalid_data, "region_id is required");
  const auto id = web::parse_public_id("reg", *region);
  const auto snapshot = api.catalog.snapshot();
  const auto is_it = [&id](const catalog::Market& market) {
    return id && market.id.value() == *id;
  };
  if (std::ranges::none_of(snapshot->markets(), is_it)) {
    co_return web::error(web::ErrorType::not_found, "region_id names no region");
  }
  json::Array providers;
  for (const payments::Provider provider : api.payments.available()) {
    providers.push_back(json::Object{{"id", provider_wire_id(provider)}, {"is_enabled", true}});
  }
  json::Object body{{"count", providers.size()}, {"offset", 0}, {"limit", query->limit}};
  body["payment_providers"] = std::move(providers);
  co_return web::answer(200, std::move(body), query->fields, "payment_providers");
}

static http::Response answer_collection(const CartToken& token, Money amount,
                                        const std::vector<payments::Payment>& attempts,
                                        const web::Query& query) {
  json::Object body;
  body["payment_collection"] = collection_json(token, amount, attempts);
  return web::answer(200, std::move(body), query.fields, "payment_collection");
}

// A collection is there as long as its cart: asking for it again gives the same.
static Task<http::Response> open_collection(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto cart_id = reader.string("cart_id", {.required = true, .length_max = 64});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const auto cart = co_await api.checkout.find_cart(cart_token_of(*cart_id));
  if (!cart) co_return web::error(cart_not_found(*cart_id));
  const auto priced = api.checkout.price(*cart);
  if (!priced) co_return web::error(error_of(CartRefusal::total_too_large));
  std::vector<payments::Payment> attempts;
  if (cart->order)
    attempts = co_await api.payments.of_payable(payments::PayableId(cart->order->id.value()));
  co_return answer_collection(cart->token, priced->quote.total, attempts, *query);
}

// --- Placing the pending order.

// A payment that stands ready to be paid, or why there is none.
struct Ready {
  Placed placed;
  payments::Payment payment;
};
using Prepared = Result<Ready, web::Error>;

static payments::Payment manual_payment(const Placed& placed) {
  payments::Payment payment;
  payment.id = placed.payment_id;
  payment.payable_id = payments::PayableId(placed.order_id.value());
  payment.amount = placed.total;
  payment.authorized = payment.captured = payment.refunded = Money::zero(placed.total.currency());
  return payment;
}

// Why nothing was placed, for people. A changed price or a lost coupon counts as seen from now on:
// the answer tells it, and the cart shows it.
static Task<web::Error> explain(StoreApi api, CartToken token, NotPlaced not_placed) {
  const auto cart = co_await api.checkout.find_any_cart(token);
  if (!cart) co_return web::Error{web::ErrorType::not_found, "the cart was not found", {}};
  const auto snapshot = api.catalog.snapshot();
  web::Error error = error_of(not_placed, *cart, *snapshot);
  if (not_placed.reason == PlaceRefusal::changed ||
      not_placed.reason == PlaceRefusal::coupon_lost) {
    const auto accepted = co_await api.checkout.accept_changes(token, Accept::prices);
    if (!accepted) co_return error_of(accepted.error());
  }
  co_return error;
}

static Task<std::optional<payments::Purchase>> purchase_of(StoreApi api, Placed placed) {
  const auto order = co_await api.orders.find(placed.order_id);
  if (!order) co_return std::nullopt;
  co_return api.orders.purchase_of(*order, placed.payment_id, "", "");
}

// Places the order of the cart as it is now, and opens its payment. An attempt that has ended at
// the provider is replaced by a new one, once.
static Task<Prepared> prepare(StoreApi api, PlaceCommand command) {
  for (int tries = 0; tries < 2; ++tries) {
    const auto placed = co_await api.checkout.place(command);
    if (!placed) co_return refuse(co_await explain(api, command.cart_token, placed.error()));
    if (placed->provider == payments::Provider::manual)
      co_return Ready{*placed, manual_payment(*placed)};

    auto purchase = co_await purchase_of(api, *placed);
    if (!purchase) break;
    const auto opened = co_await api.payments.open_at_provider(std::move(*purchase));
    if (opened) co_return Ready{*placed, *opened};
    if (opened.error() == payments::OpenRefusal::provider_refused) {
      co_return refuse(web::Error{web::ErrorType::payment_authorization_error,
                                  "the payment provider does not take this payment",
                                  "provider_refused"});
    }
    (void)co_await api.orders.release(placed->order_id, orders::Orders::ReleaseReason::canceled,
                                      "shopper");
  }
  co_return refuse(
      web::Error{web::ErrorType::conflict, "the payment ended meanwhile, try again", {}});
}

// The answer to one who has to wait before ordering what is in the cart.
static Task<std::optional<http::Response>> stop_at_door(StoreApi api, http::Request request,
                                                        CartToken token) {
  if (!api.waiting.has_rooms()) co_return std::nullopt;
  const auto cart = co_await api.checkout.find_cart(std::move(token));
  if (!cart) co_return std::nullopt;  // Placing says so.
  auto door = co_await api.waiting.pass(request, variants_of(*cart), cart->id.value());
  if (!door) co_return std::nullopt;
  co_return co_await waiting_room::answer_closed_door(api.waiting, std::move(request),
                                                      std::move(*door));
}

static Task<http::Response> open_session(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto provider_id =
      reader.string("provider_id", {.required = true, .length_min = 1, .length_max = 64});
  (void)reader.object("data");
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  auto key = idempotency_key_of(request);
  if (!key) co_return web::error(key.error());
  const auto provider = provider_of_wire_id(*provider_id);
  const auto available = api.payments.available();
  if (!provider || std::ranges::find(available, *provider) == available.end()) {
    co_return web::error(web::ErrorType::invalid_data,
                         "provider_id names no payment provider of this shop");
  }

  PlaceCommand command{.cart_token = collection_token_of(request.path_value(0)),
                       .provider = *provider,
                       .method = payments::PaymentMethod::client_intent,
                       .stated_total = std::nullopt,
                       .idempotency_key = std::move(*key),
                       .client_address = request.client_address};
  const CartToken token = command.cart_token;
  if (auto refusal = co_await stop_at_door(api, request, token)) co_return std::move(*refusal);
  const auto prepared = co_await prepare(api, std::move(command));
  if (!prepared) co_return web::error(prepared.error());
  const std::vector<payments::Payment> attempts{prepared->payment};
  co_return answer_collection(token, prepared->placed.total, attempts, *query);
}

// --- Completing.

static Task<http::Response> answer_order(StoreApi api, orders::OrderId id, web::Query query,
                                         std::string base_url) {
  const auto found = co_await api.orders.find_with_payments(id);
  if (!found) co_return web::error(web::ErrorType::not_found, "the order was not found");
  const auto refunds = co_await refunds_of(api, found->payments);
  const auto snapshot = api.catalog.snapshot();
  json::Object body{{"type", "order"}};
  body["order"] = order_json(found->order, found->payments, refunds, *snapshot, base_url);
  co_return web::answer(200, std::move(body), query.fields, "order");
}

// The cart again, with what is still to be done: a 200 on this wire.
static Task<http::Response> answer_unpaid(StoreApi api, CartToken token, web::Query query,
                                          std::string base_url, web::Error error) {
  auto cart = co_await api.checkout.find_any_cart(token);
  if (!cart) co_return web::error(cart_not_found(cart_wire_id(token)));
  const auto priced = api.checkout.price(*cart);
  if (!priced) co_return web::error(error_of(CartRefusal::total_too_large));
  const auto answer = co_await complete_answer(api, std::move(*cart), std::move(base_url));
  json::Object body{{"type", "cart"}};
  body["error"] = json::Object{{"message", error.message}, {"name", "Error"}, {"type", error.code}};
  body["cart"] = cart_json(answer, *priced);
  co_return web::answer(200, std::move(body), query.fields, "cart");
}

static web::Error still_unpaid(const payments::PaymentReport& report) {
  web::Error error{web::ErrorType::payment_authorization_error, "the payment has not been made yet",
                   "payment_requires_more_error"};
  if (report.status == payments::PaymentStatus::processing)
    error.message = "the payment is under way";
  if (!report.failure_reason.empty()) {
    error.message = "the payment was declined: " + report.failure_reason;
    error.code = "payment_authorization_error";
  }
  return error;
}

// Asks the provider, books the answer, and says what is still missing; nothing if the order is
// placed now.
static Task<std::optional<web::Error>> settle_at_provider(StoreApi api, orders::OrderId order_id,
                                                          payments::PaymentId payment_id) {
  const auto report = co_await api.payments.ask(payment_id);
  co_await api.orders.settle(report);
  const auto order = co_await api.orders.find(order_id);
  const bool is_placed = order && (order->status == orders::OrderStatus::placed ||
                                   order->status == orders::OrderStatus::completed);
  if (is_placed) co_return std::nullopt;
  co_return still_unpaid(report);
}

static Task<std::optional<web::Error>> settle_ready(StoreApi api, Ready ready,
                                                    bool was_ready_before) {
  if (ready.payment.provider == payments::Provider::manual) {
    const auto accepted = co_await api.orders.accept_manual_payment(ready.placed.order_id);
    if (accepted) co_return std::nullopt;
    co_return web::Error{web::ErrorType::conflict, "the order is over",
                         "payment_requires_more_error"};
  }
  if (was_ready_before)
    co_return co_await settle_at_provider(api, ready.placed.order_id, ready.placed.payment_id);
  co_return web::Error{web::ErrorType::payment_authorization_error,
                       "the cart has changed since the payment session was made: pay the new one",
                       "payment_requires_more_error"};
}

static bool is_placed(const Cart& cart) {
  return cart.order && cart.order->status != orders::OrderStatus::pending;
}

// What completing needs to know of the cart's order, and how it is to be paid.
static Task<std::optional<payments::Payment>> last_attempt(StoreApi api, Cart cart) {
  if (!cart.order) co_return std::nullopt;
  const auto found = co_await api.orders.find_with_payments(cart.order->id);
  if (!found || found->payments.empty()) co_return std::nullopt;
  co_return found->payments.back();
}

static Task<http::Response> complete_cart(StoreApi api, http::Request request) {
  const std::string id = request.path_value(0);
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  auto key = idempotency_key_of(request);
  if (!key) co_return web::error(key.error());
  const auto cart = co_await api.checkout.find_any_cart(cart_token_of(id));
  if (!cart) co_return web::error(cart_not_found(id));
  if (is_placed(*cart))
    co_return co_await answer_order(api, cart->order->id, *query, base_url_of(request));
  const auto payment = co_await last_attempt(api, *cart);
  if (!payment) {
    co_return web::error(
        web::ErrorType::invalid_data,
        "Payment collection has not been initiated for cart: create a payment session first");
  }

  // A cart that has not changed since is completed with the order that was placed for it.
  const bool was_ready_before =
      cart->order->cart_version == cart->version && !payments::is_ended(payment->status);
  Ready ready{.placed = {}, .payment = *payment};
  ready.placed.order_id = cart->order->id;
  ready.placed.payment_id = payment->id;
  if (!was_ready_before) {
    PlaceCommand command{.cart_token = cart->token,
                         .provider = payment->provider,
                         .method = payments::PaymentMethod::client_intent,
                         .stated_total = std::nullopt,
                         .idempotency_key = std::nullopt,
                         .client_address = request.client_address};
    if (auto refusal = co_await stop_at_door(api, request, cart->token))
      co_return std::move(*refusal);
    auto prepared = co_await prepare(api, std::move(command));
    if (!prepared) co_return web::error(prepared.error());
    ready = std::move(*prepared);
  }
  const orders::OrderId order_id = ready.placed.order_id;
  auto obstacle = co_await settle_ready(api, std::move(ready), was_ready_before);
  if (!obstacle) co_return co_await answer_order(api, order_id, *query, base_url_of(request));
  co_return co_await answer_unpaid(api, cart->token, *query, base_url_of(request),
                                   std::move(*obstacle));
}

void add_payment_api(http::Router& router, StoreApi api) {
  const http::RouteOptions options{.body_max = 256 * 1024, .quick = {}};
  router.get("/store/payment-providers", http::Access::everyone(), handle(api, list_providers));
  router.post("/store/payment-collections", http::Access::token_holder(),
              handle(api, open_collection), options);
  router.post("/store/payment-collections/{id}/payment-sessions", http::Access::token_holder(),
              handle(api, open_session), options);
  router.post("/store/carts/{id}/complete", http::Access::token_holder(),
              handle(api, complete_cart), options);
}

}  // namespace osier::checkout
