#include "bench/vendure_buyer.h"

#include <boost/json.hpp>
#include <random>

namespace osier::bench {

namespace json = boost::json;

namespace {

constexpr const char* target = "/shop-api";

std::string request_of(const char* query, json::object variables = {}) {
  return json::serialize(json::object{{"query", query}, {"variables", std::move(variables)}});
}

// The data's member of that name. An errorCode in it, as in Vendure's error results, is a no.
json::value result_of(const Answer& answer, const char* name) {
  const auto parsed = json::parse(checked(answer, name));
  const auto& object = parsed.as_object();
  if (object.contains("errors"))
    throw std::runtime_error(std::string(name) + ": " + answer.body.substr(0, 300));
  const json::value& result = object.at("data").at(name);
  if (result.is_object() && result.as_object().contains("errorCode"))
    throw Refused(std::string(name) + ": " + answer.body.substr(0, 300));
  return result;
}

class VendureBuyer final : public Buyer {
 public:
  VendureBuyer(Loop& loop, Work& work, unsigned seed)
      : work_(work), connection_(loop, work.options.port), random_(seed), seed_(seed) {}

  Task<void> check_out() override {
    token_.clear();
    co_await add_item();
    co_await give_customer();
    co_await give_address();
    auto method = co_await list_shipping();
    co_await choose_shipping(std::move(method));
    co_await arrange_payment();
    co_await pay();
  }

 private:
  Task<json::value> ask(const char* name, std::string request) {
    std::string headers = "Content-Type: application/json\r\n";
    if (!token_.empty()) headers += "Authorization: Bearer " + token_ + "\r\n";
    const auto answer = co_await connection_.post(target, std::move(headers), std::move(request));
    auto token = connection_.last_header("vendure-auth-token:");
    if (!token.empty()) token_ = std::move(token);
    co_return result_of(answer, name);
  }

  Task<void> add_item() {
    const auto& variant = work_.goods.variants[random_() % work_.goods.variants.size()];
    auto request = request_of(
        "mutation($id: ID!) { addItemToOrder(productVariantId: $id, quantity: 1) { "
        "... on Order { id code } ... on ErrorResult { errorCode message } } }",
        {{"id", variant}});
    co_await ask("addItemToOrder", std::move(request));
  }

  Task<void> give_customer() {
    const std::string email = "anna" + std::to_string(seed_) + "@example.com";
    auto request = request_of(
        "mutation($input: CreateCustomerInput!) { setCustomerForOrder(input: $input) { "
        "... on Order { id } ... on ErrorResult { errorCode message } } }",
        {{"input",
          json::object{{"firstName", "Anna"}, {"lastName", "Schmidt"}, {"emailAddress", email}}}});
    co_await ask("setCustomerForOrder", std::move(request));
  }

  Task<void> give_address() {
    auto request = request_of(
        "mutation($input: CreateAddressInput!) { setOrderShippingAddress(input: $input) { "
        "... on Order { id } ... on ErrorResult { errorCode message } } }",
        {{"input", json::object{{"fullName", "Anna Schmidt"},
                                {"streetLine1", "Hauptstr. 1"},
                                {"city", "Berlin"},
                                {"postalCode", "10115"},
                                {"countryCode", "DE"}}}});
    co_await ask("setOrderShippingAddress", std::move(request));
  }

  Task<std::string> list_shipping() {
    auto request = request_of("{ eligibleShippingMethods { id name priceWithTax } }");
    const auto methods = co_await ask("eligibleShippingMethods", std::move(request));
    co_return std::string(methods.as_array().at(0).at("id").as_string());
  }

  Task<void> choose_shipping(std::string method) {
    auto request = request_of(
        "mutation($ids: [ID!]!) { setOrderShippingMethod(shippingMethodId: $ids) { "
        "... on Order { id totalWithTax } ... on ErrorResult { errorCode message } } }",
        {{"ids", json::array{method}}});
    co_await ask("setOrderShippingMethod", std::move(request));
  }

  Task<void> arrange_payment() {
    auto request = request_of(
        "mutation { transitionOrderToState(state: \"ArrangingPayment\") { "
        "... on Order { id state } ... on ErrorResult { errorCode message } } }");
    co_await ask("transitionOrderToState", std::move(request));
  }

  Task<void> pay() {
    auto request = request_of(
        "mutation { addPaymentToOrder(input: { method: \"dummy\", metadata: {} }) { "
        "... on Order { id code state } ... on ErrorResult { errorCode message } } }");
    const auto order = co_await ask("addPaymentToOrder", std::move(request));
    const std::string state(order.at("state").as_string());
    if (state != "PaymentSettled" && state != "PaymentAuthorized")
      throw std::runtime_error("paying left the order in " + state);
  }

  Work& work_;
  HttpConnection connection_;
  std::minstd_rand random_;
  unsigned seed_;
  std::string token_;  // Of the session: each checkout is a new visitor's.
};

}  // namespace

Task<Goods> find_vendure_goods(Loop& loop, Options options) {
  HttpConnection connection(loop, options.port);
  std::string request =
      request_of("{ products(options: { take: 100 }) { items { slug variants { id } } } }");
  const auto answer =
      co_await connection.post(target, "Content-Type: application/json\r\n", std::move(request));
  const auto products = result_of(answer, "products");
  Goods goods;
  for (const auto& product : products.at("items").as_array()) {
    const std::string slug(product.at("slug").as_string());
    if (!slug.starts_with("synthetic-")) continue;
    if (!Goods::is_wanted(std::atoi(slug.c_str() + 10), options)) continue;
    goods.variants.emplace_back(product.at("variants").at(0).at("id").as_string());
  }
  if (goods.variants.empty()) throw std::runtime_error("the shop has no synthetic products");
  co_return goods;
}

std::unique_ptr<Buyer> vendure_buyer(Loop& loop, Work& work, unsigned seed) {
  return std::make_unique<VendureBuyer>(loop, work, seed);
}

}  // namespace osier::bench
