#include "checkout/store_api.h"

#include <algorithm>
#include <cstdlib>

#include "checkout/routes.h"
#include "checkout/store_api_json.h"

namespace osier::checkout {

void add_store_api(http::Router& router, Checkout& checkout, catalog::Catalog& catalog,
                   orders::Orders& orders, payments::Payments& payments,
                   fulfilment::Fulfilment& fulfilment, const Clock& clock,
                   waiting_room::WaitingRoom& waiting) {
  const StoreApi api{.checkout = checkout,
                     .catalog = catalog,
                     .orders = orders,
                     .payments = payments,
                     .fulfilment = fulfilment,
                     .clock = clock,
                     .waiting = waiting};
  add_cart_api(router, api);
  add_cart_line_api(router, api);
  add_shipping_api(router, api);
  add_payment_api(router, api);
  add_order_api(router, api);
}

http::Handler handle(StoreApi api, ApiHandler handler) {
  return web::api(
      [api, handler](http::Request request) { return handler(api, std::move(request)); });
}

// --- Ids.

static constexpr std::string_view cart_prefix = "cart_";
static constexpr std::string_view collection_prefix = "pay_col_";
static constexpr std::string_view order_prefix = "order_";

std::string cart_wire_id(const CartToken& token) {
  return std::string(cart_prefix) + token.value();
}
std::string payment_collection_wire_id(const CartToken& token) {
  return std::string(collection_prefix) + token.value();
}
std::string order_wire_id(std::string_view access_token) {
  return std::string(order_prefix).append(access_token);
}

static std::string without_prefix(std::string_view id, std::string_view prefix) {
  return id.starts_with(prefix) ? std::string(id.substr(prefix.size())) : std::string();
}
CartToken cart_token_of(std::string_view wire_id) {
  return CartToken(without_prefix(wire_id, cart_prefix));
}
CartToken collection_token_of(std::string_view wire_id) {
  return CartToken(without_prefix(wire_id, collection_prefix));
}
std::string access_token_of(std::string_view wire_id) {
  return without_prefix(wire_id, order_prefix);
}

std::string base_url_of(const http::Request& request) {
  const auto host = request.headers.get("Host");
  if (!host) return {};
  return (request.is_secure ? "https://" : "http://") + std::string(*host);
}

Result<std::optional<std::string>, web::Error> idempotency_key_of(const http::Request& request) {
  const auto key = request.headers.get("Idempotency-Key");
  if (!key) return std::optional<std::string>();
  const bool is_printable = std::ranges::all_of(*key, [](char c) { return c > ' ' && c < '\x7f'; });
  if (key->empty() || key->size() > 255 || !is_printable) {
    return refuse(
        web::Error{web::ErrorType::invalid_data,
                   "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces",
                   {}});
  }
  return std::optional(std::string(*key));
}

// --- Errors.

// Ids are ASCII; anything else a stranger sent is not repeated.
std::string shown_id(std::string_view wire_id) {
  const std::string_view head = wire_id.substr(0, 64);
  const bool is_plain = std::ranges::all_of(head, [](char c) { return c > ' ' && c < '\x7f'; });
  return is_plain ? std::string(head) : std::string("?");
}

web::Error cart_not_found(std::string_view wire_id) {
  return {web::ErrorType::not_found, "Cart with id: " + shown_id(wire_id) + " was not found", {}};
}

web::Error error_of(CartRefusal refusal) {
  using enum web::ErrorType;
  switch (refusal) {
    case CartRefusal::unknown_cart:
      return {not_found, "the cart was not found, or is completed", {}};
    case CartRefusal::unknown_variant:
      return {not_found, "variant_id names no variant that is sold", {}};
    case CartRefusal::unknown_line:
      return {not_found, "the cart has no such line item", {}};
    case CartRefusal::not_sold_in_market:
      return {invalid_data, "variant_id names a variant that is not sold in the cart's region", {}};
    case CartRefusal::quantity_out_of_range:
      return {invalid_data,
              "quantity must be a whole number from 1 to 9999, for one variant altogether",
              {}};
    case CartRefusal::too_many_lines:
      return {not_allowed, "items: a cart has at most 100 line items", {}};
    case CartRefusal::not_enough_stock:
      return {not_allowed, "quantity: fewer units of this variant are available",
              "insufficient_inventory"};
    case CartRefusal::unknown_market:
      return {not_found, "region_id names no region", {}};
    case CartRefusal::unknown_shipping_option:
      return {invalid_data, "option_id names no shipping option for this cart's address", {}};
    case CartRefusal::country_not_served:
      return {
          invalid_data, "shipping_address.country_code is not a country of the cart's region", {}};
    case CartRefusal::total_too_large:
      return {invalid_data, "quantity: the cart's total would be too large", {}};
    case CartRefusal::version_changed:
      return {conflict, "the cart is being changed by another request, try again", {}};
    case CartRefusal::too_many_coupon_tries:
      return {not_allowed, "promo_codes: too many codes were tried, try again in an hour",
              "too_many_codes"};
  }
  std::abort();
}

static std::string_view sentence_for(promotions::CouponRefusal refusal) {
  switch (refusal) {
    case promotions::CouponRefusal::unknown:
      return "names no promotion";
    case promotions::CouponRefusal::not_yet:
      return "is not valid yet";
    case promotions::CouponRefusal::expired:
      return "is no longer valid";
    case promotions::CouponRefusal::used_up:
      return "has been used up";
    case promotions::CouponRefusal::already_used_by_customer:
      return "has been used by this customer before";
    case promotions::CouponRefusal::not_in_market:
      return "is not valid in the cart's region";
    case promotions::CouponRefusal::minimum_not_reached:
      return "needs goods of a higher value in the cart";
  }
  std::abort();
}

static std::string code_of(promotions::CouponRefusal refusal) {
  return "promotion_" + std::string(promotions::to_string(refusal));
}

web::Error error_of(const CouponNotTaken& not_taken) {
  if (!not_taken.reason) return error_of(not_taken.cart);
  const std::string name = not_taken.code.empty() ? "a code" : not_taken.code;
  const bool is_unknown = *not_taken.reason == promotions::CouponRefusal::unknown;
  return {is_unknown ? web::ErrorType::invalid_data : web::ErrorType::not_allowed,
          "promo_codes: " + name + " " + std::string(sentence_for(*not_taken.reason)),
          code_of(*not_taken.reason)};
}

static std::string title_of(const catalog::Snapshot& snapshot, catalog::VariantId id,
                            const std::string& locale) {
  const auto index = snapshot.product_of_variant(id);
  if (!index) return "an item";
  const catalog::Product& product = snapshot.product(*index);
  const std::string variant =
      product.variant_title(product.variants[product.variant_index(id)], locale);
  const std::string title = "\"" + product.title.at(locale) + "\"";
  return variant.empty() ? title : title + " (" + variant + ")";
}

// One sentence for the first thing that stands in the way. Missing stock weighs more than a lost
// coupon or a new price.
static web::Error error_of_notices(const std::vector<Notice>& notices, const Cart& cart,
                                   const catalog::Snapshot& snapshot) {
  const auto is_stock = [](const Notice& notice) {
    return notice.kind != Notice::Kind::price_changed && notice.kind != Notice::Kind::coupon_lost;
  };
  auto notice = std::ranges::find_if(notices, is_stock);
  if (notice == notices.end()) notice = notices.begin();
  if (notice == notices.end()) {
    return {web::ErrorType::conflict, "the cart's total has changed, look at the cart again",
            "total_changed"};
  }
  const std::string title = title_of(snapshot, notice->variant_id, cart.locale);
  switch (notice->kind) {
    case Notice::Kind::no_longer_sold:
      return {web::ErrorType::not_allowed, title + " is no longer sold, remove it from the cart",
              "no_longer_sold"};
    case Notice::Kind::sold_out:
      return {web::ErrorType::not_allowed, title + " is sold out", "insufficient_inventory"};
    case Notice::Kind::fewer_available:
      return {web::ErrorType::not_allowed,
              "only " + std::to_string(notice->available) + " of " + title + " are available",
              "insufficient_inventory"};
    case Notice::Kind::price_changed:
      return {web::ErrorType::conflict,
              "the price of " + title + " changed from " + notice->old_price.to_decimal() + " to " +
                  notice->new_price.to_decimal() + ", look at the cart again",
              "price_changed"};
    case Notice::Kind::coupon_lost:
      return {web::ErrorType::conflict,
              "the code " + notice->coupon_code + " " +
                  std::string(sentence_for(notice->coupon_refusal)) + ", look at the cart again",
              code_of(notice->coupon_refusal)};
  }
  std::abort();
}

// Our names of contact fields as this wire names them.
static std::string wire_field(const std::string& field) {
  const auto dot = field.find('.');
  if (dot == std::string::npos) return field;
  const std::string prefix = field.substr(0, dot + 1);
  const std::string name = field.substr(dot + 1);
  if (name == "line1") return prefix + "address_1";
  if (name == "country") return prefix + "country_code";
  return name == "name" ? prefix + "first_name" : field;
}

web::Error error_of(const NotPlaced& not_placed, const Cart& cart,
                    const catalog::Snapshot& snapshot) {
  using enum web::ErrorType;
  switch (not_placed.reason) {
    case PlaceRefusal::unknown_cart:
      return {not_found, "the cart was not found, or is completed", {}};
    case PlaceRefusal::cart_is_empty:
      return {invalid_data, "items: the cart is empty", {}};
    case PlaceRefusal::contact_incomplete:
      return {invalid_data,
              (not_placed.missing.empty() ? "email" : wire_field(not_placed.missing.front())) +
                  " is missing",
              {}};
    case PlaceRefusal::shipping_missing:
      return {invalid_data, "shipping_methods: choose a shipping option", {}};
    case PlaceRefusal::payment_missing:
      return {invalid_data, "provider_id names no payment provider that takes this amount", {}};
    case PlaceRefusal::country_not_served:
      return {
          invalid_data, "shipping_address.country_code is not a country of the cart's region", {}};
    case PlaceRefusal::changed:
    case PlaceRefusal::sold_out:
    case PlaceRefusal::coupon_lost:
      return error_of_notices(not_placed.notices, cart, snapshot);
    case PlaceRefusal::total_too_large:
      return {invalid_data, "the cart's total is too large", {}};
    case PlaceRefusal::too_many_holds:
      return {
          too_many_requests,
          "too many unpaid orders from here hold stock already: pay or cancel one, or wait until "
          "they end",
          "too_many_holds"};
    case PlaceRefusal::payment_in_progress:
      return {conflict, "an order of this cart is being paid, wait for its outcome",
              "payment_in_progress"};
  }
  std::abort();
}

// --- Answers.

Task<CartAnswer> complete_answer(StoreApi api, Cart cart, std::string base_url) {
  CartAnswer answer{.cart = std::move(cart), .attempts = {}, .base_url = std::move(base_url)};
  if (answer.cart.order) {
    answer.attempts =
        co_await api.payments.of_payable(payments::PayableId(answer.cart.order->id.value()));
  }
  co_return answer;
}

Task<http::Response> answer_cart(StoreApi api, Cart cart, web::Query query, std::string base_url) {
  const auto priced = api.checkout.price(cart);
  if (!priced) co_return web::error(error_of(CartRefusal::total_too_large));
  const auto answer = co_await complete_answer(api, std::move(cart), std::move(base_url));
  json::Object body;
  body["cart"] = cart_json(answer, *priced);
  co_return web::answer(200, std::move(body), query.fields, "cart");
}

Task<http::Response> answer_changed(StoreApi api, Result<Cart, CartRefusal> outcome,
                                    std::string wire_id, web::Query query, std::string base_url) {
  if (!outcome) {
    const bool is_unknown = outcome.error() == CartRefusal::unknown_cart;
    co_return web::error(is_unknown ? cart_not_found(wire_id) : error_of(outcome.error()));
  }
  co_return co_await answer_cart(api, std::move(*outcome), std::move(query), std::move(base_url));
}

}  // namespace osier::checkout
