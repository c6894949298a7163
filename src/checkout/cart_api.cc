// POST /store/carts · GET and POST /store/carts/{id} · promotions and taxes of a cart

#include "checkout/cart_body.h"
#include "checkout/store_api_json.h"

namespace osier::checkout {

// The fields that carts are made and changed with, read and checked as far as the body alone tells.
struct CartBody {
  std::optional<std::string> region_id;
  std::optional<std::string> currency_code;
  std::optional<std::string> locale;
  std::vector<NewLine> lines;
  std::vector<std::string> promo_codes;
};

static CartBody read_cart_body(json::Reader& reader) {
  CartBody body;
  body.region_id = reader.string("region_id", {.length_min = 1, .length_max = 64});
  body.currency_code = reader.string("currency_code", {.length_min = 3, .length_max = 3});
  body.locale = reader.string("locale", {.length_min = 2, .length_max = 35});
  (void)reader.string("sales_channel_id", {.length_max = 64});
  body.promo_codes = reader.strings("promo_codes", {.size_max = 20});
  for (json::Reader& item : reader.objects("items", {.size_max = lines_per_cart_max})) {
    if (const auto line = read_line(item)) body.lines.push_back(*line);
  }
  return body;
}

static const catalog::Market* market_of_region(const catalog::Snapshot& snapshot,
                                               std::string_view region_id) {
  const auto id = web::parse_public_id("reg", region_id);
  for (const catalog::Market& market : snapshot.markets()) {
    if (id && market.id.value() == *id) return &market;
  }
  return nullptr;
}

// The market the body asks for, else the one given. Complains to the reader.
static const catalog::Market* choose_market(const catalog::Snapshot& snapshot, json::Reader& reader,
                                            const CartBody& body,
                                            const catalog::Market* otherwise) {
  const catalog::Market* market = otherwise;
  if (body.region_id) {
    market = market_of_region(snapshot, *body.region_id);
    if (market == nullptr) reader.fail("region_id", "names no region");
  }
  if (market == nullptr || !body.currency_code) return market;
  const auto currency = Currency::parse(*body.currency_code);
  if (!currency || *currency != market->currency)
    reader.fail("currency_code", "is not the region's currency");
  return market;
}

// The market's locale that fits best: "de-AT" and "de" mean the same texts.
static std::string choose_locale(const catalog::Market& market, const std::string& wanted) {
  for (const std::string& locale : market.locales) {
    if (locale == wanted) return locale;
  }
  for (const std::string& locale : market.locales) {
    if (locale.substr(0, 2) == wanted.substr(0, 2)) return locale;
  }
  return market.locales.front();
}

static std::string wanted_locale(const http::Request& request, const CartBody& body) {
  if (body.locale) return *body.locale;
  return std::string(request.headers.get("x-medusa-locale").value_or(""));
}

// The cart with these codes, or what is wrong with the first that does not apply.
static Task<Result<Cart, web::Error>> with_codes(StoreApi api, Cart cart,
                                                 std::vector<std::string> codes) {
  for (const std::string& code : codes) {
    auto outcome = co_await api.checkout.add_coupon(cart.token, code);
    if (!outcome) co_return refuse(error_of(outcome.error()));
    cart = std::move(*outcome);
  }
  co_return cart;
}

static Task<http::Response> answer_with_codes(StoreApi api, Cart cart,
                                              std::vector<std::string> codes, web::Query query,
                                              std::string base_url) {
  auto changed = co_await with_codes(api, std::move(cart), std::move(codes));
  if (!changed) co_return web::error(changed.error());
  co_return co_await answer_cart(api, std::move(*changed), std::move(query), std::move(base_url));
}

static Task<http::Response> create_cart(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto json_body = web::read_body(request);
  if (!json_body) co_return web::error(json_body.error());
  json::Reader reader(*json_body);
  const CartBody body = read_cart_body(reader);
  const auto snapshot = api.catalog.snapshot();
  if (snapshot->markets().empty()) {
    co_return web::error(web::ErrorType::not_found,
                         "the shop sells nowhere yet: there is no region");
  }
  const catalog::Market* market =
      choose_market(*snapshot, reader, body, &snapshot->markets().front());
  Checkout::NewCart cart;
  if (market != nullptr) {
    cart = {.market_code = market->code,
            .country = std::nullopt,
            .locale = choose_locale(*market, wanted_locale(request, body)),
            .channel = orders::Channel::store_api,
            .lines = body.lines,
            .contact = read_contact(reader, {}, *market)};
  }
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  if (!body.lines.empty() && api.waiting.has_rooms()) {
    std::vector<catalog::VariantId> variants;
    for (const NewLine& line : body.lines) variants.push_back(line.variant_id);
    if (auto door = api.waiting.closed_door(request, variants)) {
      co_return co_await waiting_room::answer_closed_door(api.waiting, std::move(request),
                                                          std::move(*door));
    }
  }
  auto outcome = co_await api.checkout.create_cart(std::move(cart));
  if (!outcome) co_return web::error(error_of(outcome.error()));
  co_return co_await answer_with_codes(api, std::move(*outcome), body.promo_codes, *query,
                                       base_url_of(request));
}

static Task<http::Response> get_cart(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  auto cart = co_await api.checkout.find_any_cart(cart_token_of(request.path_value(0)));
  if (!cart) co_return web::error(cart_not_found(request.path_value(0)));
  co_return co_await answer_cart(api, std::move(*cart), *query, base_url_of(request));
}

// What a body changes of a cart that is there; wrong fields are reported to the reader.
static CartUpdate read_update(json::Reader& reader, const Cart& cart,
                              const catalog::Snapshot& snapshot, std::vector<std::string>& codes) {
  CartUpdate update;
  const CartBody body = read_cart_body(reader);
  codes = body.promo_codes;
  const catalog::Market* market =
      choose_market(snapshot, reader, body, snapshot.market(cart.market_code));
  if (market == nullptr) return update;
  if (body.region_id) update.market_code = market->code;
  if (body.locale) update.locale = choose_locale(*market, *body.locale);
  orders::Contact contact = cart.contact;
  const bool leaves_market =
      !contact.shipping.country.empty() && !market->has_country(contact.shipping.country);
  if (leaves_market) contact.shipping = {};
  update.contact = read_contact(reader, std::move(contact), *market);
  return update;
}

static Task<http::Response> update_cart(StoreApi api, http::Request request) {
  const std::string id = request.path_value(0);
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  // The body names some fields of the contact, the update has all: after a change by another
  // request it is made anew.
  static constexpr int tries_max = 5;
  Result<Cart, CartRefusal> outcome = refuse(CartRefusal::version_changed);
  std::vector<std::string> codes;
  for (int tries = 0; tries < tries_max; ++tries) {
    const auto cart = co_await api.checkout.find_cart(cart_token_of(id));
    if (!cart) co_return web::error(cart_not_found(id));
    json::Reader reader(*body);
    const auto snapshot = api.catalog.snapshot();
    CartUpdate update = read_update(reader, *cart, *snapshot, codes);
    if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
    outcome = co_await api.checkout.update_cart(*cart, std::move(update));
    if (outcome || outcome.error() != CartRefusal::version_changed) break;
  }
  if (outcome && !codes.empty()) {
    co_return co_await answer_with_codes(api, std::move(*outcome), std::move(codes), *query,
                                         base_url_of(request));
  }
  co_return co_await answer_changed(api, std::move(outcome), id, *query, base_url_of(request));
}

// All of them, or those before the first that does not apply.
static Task<http::Response> add_promotions(StoreApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  const auto cart = co_await api.checkout.find_cart(cart_token_of(request.path_value(0)));
  if (!cart) co_return web::error(cart_not_found(request.path_value(0)));
  json::Reader reader(*body);
  const auto codes =
      reader.strings("promo_codes", {.required = true, .size_min = 1, .size_max = 20});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  co_return co_await answer_with_codes(api, *cart, codes, *query, base_url_of(request));
}

static Task<http::Response> remove_promotions(StoreApi api, http::Request request) {
  const std::string id = request.path_value(0);
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  auto codes = reader.strings("promo_codes", {.required = true, .size_min = 1, .size_max = 20});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  auto outcome = co_await api.checkout.remove_coupons(cart_token_of(id), std::move(codes));
  co_return co_await answer_changed(api, std::move(outcome), id, *query, base_url_of(request));
}

void add_cart_api(http::Router& router, StoreApi api) {
  const http::RouteOptions options{.body_max = 256 * 1024, .quick = {}};
  router.post("/store/carts", http::Access::everyone(), handle(api, create_cart), options);
  router.get("/store/carts/{id}", http::Access::token_holder(), handle(api, get_cart));
  router.post("/store/carts/{id}", http::Access::token_holder(), handle(api, update_cart), options);
  router.post("/store/carts/{id}/taxes", http::Access::token_holder(), handle(api, get_cart),
              options);
  router.post("/store/carts/{id}/promotions", http::Access::token_holder(),
              handle(api, add_promotions), options);
  router.delete_("/store/carts/{id}/promotions", http::Access::token_holder(),
                 handle(api, remove_promotions), options);
}

}  // namespace osier::checkout
