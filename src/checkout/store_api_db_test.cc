#include <gtest/gtest.h>

#include "checkout/routes.h"
#include "checkout/test/shop.h"
#include "platform/json/value.h"
#include "web/api.h"

namespace osier::checkout {
namespace {

using test::in_shop;
using test::Shop;

// Calls the API as a client does, without the network.
class Client {
 public:
  explicit Client(Shop& shop) {
    add_store_api(router_, shop.checkout, shop.catalog, shop.orders, shop.payments, shop.fulfilment,
                  shop.clock, shop.waiting);
  }

  struct Answer {
    int status = 0;
    json::Value body;
    std::string text(std::string_view name) const {
      return json::to_text(body.as_object().at(name));
    }
    std::string message() const {
      const auto* found = body.as_object().if_contains("message");
      return found == nullptr ? std::string() : std::string(found->as_string());
    }
  };

  Task<Answer> get(std::string target) { return send(http::Method::get, std::move(target), ""); }
  Task<Answer> post(std::string target, std::string body = "{}") {
    return send(http::Method::post, std::move(target), std::move(body));
  }
  Task<Answer> erase(std::string target) {
    return send(http::Method::delete_, std::move(target), "");
  }

  Task<Answer> send(http::Method method, std::string target, std::string body) {
    http::Request request;
    request.method = method;
    request.target = target;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers.set("Host", "shop.example");
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    if (!key.empty()) request.headers.set("Idempotency-Key", key);
    request.body = std::move(body);
    auto match = router_.match(method, request.path);
    if (match.handler == nullptr) co_return Answer{.status = match.status, .body = {}};
    request.path_values = std::move(match.path_values);
    const auto response = co_await (*match.handler)(std::move(request));
    auto parsed = json::parse(response.body_view());
    require(parsed.has_value(), "an answer of the API is JSON");
    co_return Answer{.status = response.status, .body = std::move(*parsed)};
  }

  std::string key;

 private:
  http::Router router_;
};

std::string text_at(const json::Value& value, std::string_view name) {
  return std::string(value.as_object().at(name).as_string());
}

constexpr std::string_view address =
    R"({"first_name":"Anna","last_name":"Schmidt","address_1":"Hauptstr. 1","city":"Berlin","postal_code":"10115",)"
    R"("country_code":"de"})";

// A cart over the wire, ready for a payment session. Returns its id.
Task<std::string> make_cart(Shop& shop, Client& client, int mugs) {
  const auto made = co_await client.post(
      "/store/carts", R"({"region_id":")" + web::public_id("reg", shop.eu.value()) +
                          R"(","email":"anna@example.com","shipping_address":)" +
                          std::string(address) + "}");
  EXPECT_EQ(made.status, 200) << made.message();
  const std::string id = text_at(made.body.as_object().at("cart"), "id");
  const auto added =
      co_await client.post("/store/carts/" + id + "/line-items",
                           R"({"variant_id":")" + web::public_id("variant", shop.mug.value()) +
                               R"(","quantity":)" + std::to_string(mugs) + "}");
  EXPECT_EQ(added.status, 200) << added.message();
  const auto shipped = co_await client.post(
      "/store/carts/" + id + "/shipping-methods",
      R"({"option_id":")" + web::public_id("so", shop.parcel.value()) + R"("})");
  EXPECT_EQ(shipped.status, 200) << shipped.message();
  co_return id;
}

Task<Client::Answer> open_session(Client& client, std::string cart_id, std::string provider) {
  const auto collection =
      co_await client.post("/store/payment-collections", R"({"cart_id":")" + cart_id + R"("})");
  EXPECT_EQ(collection.status, 200) << collection.message();
  const std::string id = text_at(collection.body.as_object().at("payment_collection"), "id");
  co_return co_await client.post("/store/payment-collections/" + id + "/payment-sessions",
                                 R"({"provider_id":")" + provider + R"("})");
}

Task<void> buy_by_transfer(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 2);
  const auto cart = co_await client.get("/store/carts/" + id);
  const auto& object = cart.body.as_object().at("cart").as_object();
  EXPECT_EQ(json::to_text(object.at("total")), "52.9");
  EXPECT_EQ(json::to_text(object.at("item_total")), "48");
  EXPECT_EQ(json::to_text(object.at("item_subtotal")), "40.34");
  EXPECT_EQ(json::to_text(object.at("shipping_total")), "4.9");
  EXPECT_EQ(json::to_text(object.at("tax_total")), "8.44");
  EXPECT_EQ(json::to_text(object.at("currency_code")), R"("eur")");

  const auto session = co_await open_session(client, id, "pp_system_default");
  EXPECT_EQ(session.status, 200) << session.message();
  const auto done = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_EQ(done.status, 200) << done.message();
  EXPECT_EQ(done.text("type"), R"("order")");
  const auto& order = done.body.as_object().at("order").as_object();
  EXPECT_EQ(json::to_text(order.at("total")), "52.9");
  EXPECT_EQ(json::to_text(order.at("email")), R"("anna@example.com")");
  EXPECT_EQ(json::to_text(order.at("payment_status")), R"("authorized")");

  const auto again = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_EQ(json::to_text(again.body.as_object().at("order").as_object().at("id")),
            json::to_text(order.at("id")));
  const auto read =
      co_await client.get("/store/orders/" + text_at(done.body.as_object().at("order"), "id"));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(co_await shop.count("orders.orders"), 1);
  const auto closed = co_await client.post("/store/carts/" + id, R"({"email":"b@example.com"})");
  EXPECT_EQ(closed.status, 404);
}
TEST(StoreApi, SellsForManualPayment) { in_shop(buy_by_transfer); }

Task<void> buy_by_card(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  const auto session = co_await open_session(client, id, "pp_stripe_stripe");
  EXPECT_EQ(session.status, 200) << session.message();
  const auto& sessions =
      session.body.as_object().at("payment_collection").as_object().at("payment_sessions");
  EXPECT_TRUE(text_at(sessions.as_array().front().as_object().at("data"), "client_secret")
                  .ends_with("_secret"));

  auto done = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_EQ(done.status, 200) << done.message();
  EXPECT_EQ(done.text("type"), R"("cart")");
  EXPECT_EQ(text_at(done.body.as_object().at("error"), "type"), "payment_requires_more_error");
  for (auto& [payment, standing] : shop.stripe.standings)
    standing = test::FakeProvider::Standing::declined;
  done = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_EQ(text_at(done.body.as_object().at("error"), "type"), "payment_authorization_error");
  for (auto& [payment, standing] : shop.stripe.standings)
    standing = test::FakeProvider::Standing::paid;
  done = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_EQ(done.text("type"), R"("order")");
  EXPECT_EQ(text_at(done.body.as_object().at("order"), "payment_status"), "captured");
}
TEST(StoreApi, SellsForCardsOnceTheyArePaid) { in_shop(buy_by_card); }

Task<void> change_after_session(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  (void)co_await open_session(client, id, "pp_stripe_stripe");
  (void)co_await client.post(
      "/store/carts/" + id + "/line-items",
      R"({"variant_id":")" + web::public_id("variant", shop.mug.value()) + R"(","quantity":1})");
  auto done = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_EQ(done.status, 200) << done.message();
  EXPECT_EQ(done.text("type"), R"("cart")");
  EXPECT_EQ(shop.stripe.standings.size(), 2U) << "a new payment of the new total";
  const auto& collection =
      done.body.as_object().at("cart").as_object().at("payment_collection").as_object();
  EXPECT_EQ(json::to_text(collection.at("amount")), "52.9");
  const auto& open = collection.at("payment_sessions").as_array().back();
  EXPECT_EQ(json::to_text(open.as_object().at("amount")), "52.9");
}
TEST(StoreApi, AsksForANewPaymentWhenTheCartHasChanged) { in_shop(change_after_session); }

Task<void> move_after_session(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  (void)co_await open_session(client, id, "pp_stripe_stripe");
  const auto moved = co_await client.post(
      "/store/carts/" + id, R"({"region_id":")" + web::public_id("reg", shop.us.value()) + R"("})");
  EXPECT_EQ(moved.status, 200) << moved.message();
  const auto cart = co_await client.get("/store/carts/" + id);
  EXPECT_EQ(cart.status, 200) << cart.message();
  const auto& object = cart.body.as_object().at("cart").as_object();
  EXPECT_EQ(json::to_text(object.at("currency_code")), R"("usd")");
  const auto answer =
      co_await client.post("/store/payment-collections", R"({"cart_id":")" + id + R"("})");
  EXPECT_EQ(answer.status, 200) << answer.message();
  for (const json::Value& body :
       {object.at("payment_collection"), answer.body.as_object().at("payment_collection")}) {
    EXPECT_EQ(text_at(body, "currency_code"), "usd");
    EXPECT_EQ(text_at(body, "status"), "not_paid");
    EXPECT_TRUE(body.as_object().at("payment_sessions").as_array().empty());
  }
}
TEST(StoreApi, ShowsNoSessionOfTheMarketACartHasLeft) { in_shop(move_after_session); }

constexpr pg::Statement rename_market_sql{"checkout_test.rename_market", R"sql(
  UPDATE catalog.markets SET code = 'gone' WHERE id = $1
)sql"};

Task<void> lose_the_market(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  (void)co_await open_session(client, id, "pp_stripe_stripe");
  co_await shop.database.run(rename_market_sql, shop.eu);
  co_await shop.catalog.load();
  const auto cart = co_await client.get("/store/carts/" + id);
  EXPECT_EQ(cart.status, 200) << cart.message();
  const auto options = co_await client.get("/store/shipping-options?cart_id=" + id);
  EXPECT_LT(options.status, 500);
  const auto collection =
      co_await client.post("/store/payment-collections", R"({"cart_id":")" + id + R"("})");
  EXPECT_EQ(collection.status, 200) << collection.message();
  const auto done = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_LT(done.status, 500);
}
TEST(StoreApi, AnswersForACartWhoseMarketIsGone) { in_shop(lose_the_market); }

Task<void> post_to(Client& client, std::string target, std::string body) {
  const auto answer = co_await client.post(std::move(target), std::move(body));
  EXPECT_EQ(answer.status, 200) << answer.message();
}

Task<void> change_side_by_side(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  const std::string target = "/store/carts/" + id;
  std::vector<Task<void>> posts;
  posts.push_back(post_to(client, target, R"({"email":"ben@example.com"})"));
  posts.push_back(post_to(client, target, R"({"billing_address":)" + std::string(address) + "}"));
  co_await when_all(std::move(posts));
  const auto cart = co_await client.get(target);
  const auto& object = cart.body.as_object().at("cart").as_object();
  EXPECT_EQ(json::to_text(object.at("email")), R"("ben@example.com")");
  EXPECT_TRUE(object.at("billing_address").is_object());
}
TEST(StoreApi, LosesNoAcknowledgedContact) { in_shop(change_side_by_side); }

Task<void> sell_out(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 3);
  co_await shop.set_stock("MUG", 2);
  auto session = co_await open_session(client, id, "pp_system_default");
  EXPECT_EQ(session.status, 400);
  EXPECT_EQ(session.text("code"), R"("insufficient_inventory")");
  EXPECT_NE(session.message().find("only 2 of \"Mug\""), std::string::npos) << session.message();
  co_await shop.set_stock("MUG", 0);
  session = co_await open_session(client, id, "pp_system_default");
  EXPECT_NE(session.message().find("\"Mug\" is sold out"), std::string::npos) << session.message();
  EXPECT_EQ(co_await shop.count("orders.orders"), 0);
}
TEST(StoreApi, NamesWhatIsSoldOut) { in_shop(sell_out); }

Task<void> change_price(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  co_await shop.set_price(shop.mug, 2'500);
  const auto refused = co_await open_session(client, id, "pp_system_default");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.message().find("24.00 to 25.00"), std::string::npos) << refused.message();
  const auto session = co_await open_session(client, id, "pp_system_default");
  EXPECT_EQ(session.status, 200) << session.message();
}
TEST(StoreApi, TellsANewPriceBeforeItCounts) { in_shop(change_price); }

Task<void> ignore_prices(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  const auto added = co_await client.post(
      "/store/carts/" + id + "/line-items",
      R"({"unit_price":1,"discount":99,"tax":0,"total":1,"quantity":1,"variant_id":")" +
          web::public_id("variant", shop.book.value()) + R"("})");
  EXPECT_EQ(added.status, 200);
  EXPECT_EQ(json::to_text(added.body.as_object().at("cart").as_object().at("item_total")), "36.35");
}
TEST(StoreApi, TakesNoPricesFromTheClient) { in_shop(ignore_prices); }

// --- Bad input: a clear 4xx that names the field, and nothing written.

struct BadBody {
  std::string body;
  int status;
  std::string says;
};

Task<void> expect_refusals(Client& client, std::string target, std::vector<BadBody> cases) {
  for (const BadBody& one : cases) {
    const auto answer = co_await client.post(target, one.body);
    EXPECT_EQ(answer.status, one.status) << target << " " << one.body << " " << answer.message();
    EXPECT_NE(answer.message().find(one.says), std::string::npos)
        << one.body << " " << answer.message();
  }
}

Task<void> refuse_bad_lines(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  const std::string variant =
      R"("variant_id":")" + web::public_id("variant", shop.mug.value()) + R"(")";
  const std::string unknown = R"("variant_id":"variant_01900000000070008000000000000abc")";
  std::vector<BadBody> cases = {
      {"{}", 400, "variant_id"},
      {"[]", 400, "object"},
      {"{", 400, ""},
      {"{" + variant + "}", 400, "quantity"},
      {R"({"variant_id":7,"quantity":1})", 400, "variant_id"},
      {R"({"variant_id":"prod_x","quantity":1})", 400, "variant_id"},
      {"{" + unknown + R"(,"quantity":1})", 404, "variant_id"},
      {"{" + variant + R"(,"quantity":1,"quantity":-5})", 400, "quantity"},
      {"{" + variant + ",\"quantity\":1,\"x\":\"\xff\"}", 400, ""}};
  for (const char* quantity :
       {"0", "-1", "1.5", "2147483648", "1e9", "1e400", "\"1\"", "true", "null", "[]", "10000"}) {
    cases.push_back({"{" + variant + R"(,"quantity":)" + quantity + "}", 400, ""});
  }
  co_await expect_refusals(client, "/store/carts/" + id + "/line-items", std::move(cases));
  EXPECT_EQ(co_await shop.count("checkout.cart_lines WHERE quantity = 1"), 1);
  const auto stranger = co_await client.post("/store/carts/cart_AAAAAAAAAAAAAAAAAAAAAA/line-items",
                                             "{" + variant + R"(,"quantity":1})");
  EXPECT_EQ(stranger.status, 404);
}
// Hardening 66.
TEST(StoreApi, RefusesBadLines) { in_shop(refuse_bad_lines); }

Task<void> refuse_bad_carts(Shop& shop) {
  Client client(shop);
  const std::string long_text(300, 'x');
  const std::vector<BadBody> cases = {
      {R"({"region_id":"reg_x"})", 400, "region_id"},
      {R"({"region_id":5})", 400, "region_id"},
      {R"({"currency_code":"usd"})", 400, "currency_code"},
      {R"({"currency_code":"zzz"})", 400, "currency_code"},
      {R"({"email":"no mail"})", 400, "email"},
      {R"({"email":")" + long_text + R"("})", 400, "email"},
      {R"({"shipping_address":"addr_1"})", 400, "shipping_address"},
      {R"({"shipping_address":{"country_code":"us"}})", 400, "shipping_address.country_code"},
      {R"({"shipping_address":{"country_code":"xyz"}})", 400, "country_code"},
      {R"({"shipping_address":{"first_name":")" + long_text + R"("}})", 400,
       "shipping_address.first_name"},
      {R"({"shipping_address":{"city":"a\u0000b"}})", 400, "city"},
      {R"({"items":[{"variant_id":"variant_1","quantity":1}]})", 400, "items[0].variant_id"},
      {R"({"items":{}})", 400, "items"},
      {R"({"promo_codes":"FREE"})", 400, "promo_codes"},
      {R"({"promo_codes":[5]})", 400, "promo_codes[0]"}};
  co_await expect_refusals(client, "/store/carts", cases);
  EXPECT_EQ(co_await shop.count("checkout.carts"), 0);
  const std::string id = co_await make_cart(shop, client, 1);
  co_await expect_refusals(client, "/store/carts/" + id, cases);
  const std::vector<BadBody> options = {
      {"{}", 400, "option_id"},
      {R"({"option_id":"so_1"})", 400, "option_id"},
      {R"({"option_id":")" + web::public_id("so", shop.mail.value()) + R"("})", 400, "option_id"}};
  co_await expect_refusals(client, "/store/carts/" + id + "/shipping-methods", options);
}
TEST(StoreApi, RefusesBadCarts) { in_shop(refuse_bad_carts); }

Task<void> refuse_bad_payments(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  const std::string sessions =
      "/store/payment-collections/pay_col_" + id.substr(5) + "/payment-sessions";
  const std::vector<BadBody> cases = {
      {"{}", 400, "provider_id"},
      {R"({"provider_id":"pp_paypal"})", 400, "provider_id"},
      {R"({"provider_id":1})", 400, "provider_id"},
      {R"({"provider_id":"pp_system_default","data":5})", 400, "data"}};
  co_await expect_refusals(client, sessions, cases);
  const auto early = co_await client.post("/store/carts/" + id + "/complete");
  EXPECT_EQ(early.status, 400);
  const auto none = co_await client.post(
      "/store/payment-collections/pay_col_AAAAAAAAAAAAAAAAAAAAAA/payment-sessions",
      R"({"provider_id":"pp_system_default"})");
  EXPECT_EQ(none.status, 404);
  client.key = std::string(256, 'k');
  const auto long_key = co_await client.post(sessions, R"({"provider_id":"pp_system_default"})");
  EXPECT_EQ(long_key.status, 400);
  EXPECT_EQ(co_await shop.count("orders.orders"), 0);
}
TEST(StoreApi, RefusesBadPayments) { in_shop(refuse_bad_payments); }

Task<void> repeat_keys(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  client.key = "retry-1";
  const auto first = co_await open_session(client, id, "pp_system_default");
  const auto second = co_await open_session(client, id, "pp_system_default");
  EXPECT_EQ(json::to_text(first.body), json::to_text(second.body));
  EXPECT_EQ(co_await shop.count("orders.orders"), 1);
}
TEST(StoreApi, AnswersAKeyTwiceAlike) { in_shop(repeat_keys); }

// A UUID is not a credential (hardening 21).
Task<void> hide_orders(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  (void)co_await open_session(client, id, "pp_system_default");
  const auto done = co_await client.post("/store/carts/" + id + "/complete");
  const std::string token = text_at(done.body.as_object().at("order"), "id").substr(6);
  const auto found = co_await shop.orders.find_by_access_token(token);
  for (const std::string& guess : {found->id.value().to_hex(), found->id.value().to_string(),
                                   std::to_string(found->number), std::string("1")}) {
    EXPECT_EQ((co_await client.get("/store/orders/order_" + guess)).status, 404) << guess;
  }
}
TEST(StoreApi, ShowsAnOrderOnlyToWhoHasItsToken) { in_shop(hide_orders); }

Task<void> select_fields(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  const auto some = co_await client.get("/store/carts/" + id + "?fields=total,items.quantity");
  const auto& cart = some.body.as_object().at("cart").as_object();
  EXPECT_EQ(cart.size(), 3U);
  EXPECT_EQ(cart.at("items").as_array().front().as_object().size(), 2U);
  EXPECT_EQ((co_await client.get("/store/carts/" + id + "?fields=a&fields=b")).status, 400);
}
TEST(StoreApi, AnswersTheFieldsAskedFor) { in_shop(select_fields); }

Task<void> list_options(Shop& shop) {
  Client client(shop);
  const std::string id = co_await make_cart(shop, client, 1);
  const auto options = co_await client.get("/store/shipping-options?cart_id=" + id);
  const auto& list = options.body.as_object().at("shipping_options").as_array();
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(json::to_text(list.front().as_object().at("amount")), "4.9");
  const auto providers = co_await client.get("/store/payment-providers?region_id=" +
                                             web::public_id("reg", shop.eu.value()));
  EXPECT_EQ(providers.body.as_object().at("payment_providers").as_array().size(), 2U);
  EXPECT_EQ((co_await client.get("/store/shipping-options")).status, 400);
  EXPECT_EQ((co_await client.get("/store/payment-providers?region_id=reg_1")).status, 404);
  const auto erased = co_await client.erase("/store/carts/" + id + "/line-items/" +
                                            text_at((co_await client.get("/store/carts/" + id))
                                                        .body.as_object()
                                                        .at("cart")
                                                        .as_object()
                                                        .at("items")
                                                        .as_array()
                                                        .front(),
                                                    "id"));
  EXPECT_EQ(erased.text("deleted"), "true");
  EXPECT_TRUE(erased.body.as_object().at("parent").as_object().at("items").as_array().empty());
}
TEST(StoreApi, ListsOptionsAndProvidersAndDeletesLines) { in_shop(list_options); }

}  // namespace
}  // namespace osier::checkout
