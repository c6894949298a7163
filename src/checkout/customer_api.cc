// What the store API offers a customer of this room's: POST
// /store/carts/{id}/customer, GET /store/orders.

#include "checkout/routes.h"
#include "checkout/store_api_json.h"

namespace osier::checkout {

namespace {

identity::CustomerId caller_of(const http::Request &request) {
  return identity::CustomerId{request.principal->account};
}

class CustomerStoreApi {
 public:
  CustomerStoreApi(StoreApi api, VisitorCarts &carts, CustomerOrders &orders)
      : api_(api), carts_(carts), orders_(orders) {}

  // Another customer's cart is not there.
  Task<http::Response> take_cart(http::Request request) const {
    const std::string id = request.path_value(0);
    const auto query = web::read_query(request);
    if (!query) co_return web::error(query.error());
    const CartToken token = cart_token_of(id);
    auto cart = co_await api_.checkout.find_cart(token);
    if (!cart || !co_await carts_.customers().adopt(caller_of(request), token))
      co_return web::error(cart_not_found(id));
    if (cart->contact.email.empty()) {
      CartUpdate update;
      update.contact = cart->contact;
      const auto account = co_await carts_.visitors().account(request);
      if (account) update.contact->email = account->email;
      auto changed = co_await api_.checkout.update_cart(*cart, std::move(update));
      if (!changed) co_return web::error(error_of(changed.error()));
      cart = std::move(*changed);
    }
    co_return co_await answer_cart(api_, std::move(*cart), *query, base_url_of(request));
  }

  // The newest first.
  Task<http::Response> list_orders(http::Request request) const {
    const web::QueryRule rule{.limit_default = 15, .limit_max = 50, .order_fields = {}};
    const auto query = web::read_query(request, rule);
    if (!query) co_return web::error(query.error());
    const identity::CustomerId customer = caller_of(request);
    const auto found = co_await orders_.of(customer, std::nullopt, query->offset + query->limit);
    const auto snapshot = api_.catalog.snapshot();
    json::Array list;
    for (std::size_t i = static_cast<std::size_t>(query->offset); i < found.size(); ++i) {
      const orders::Order &order = found[i];
      const auto attempts =
          co_await api_.payments.of_payable(payments::PayableId(order.id.value()));
      const auto refunds = co_await refunds_of(api_, attempts);
      list.push_back(order_json(order, attempts, refunds, *snapshot, base_url_of(request)));
    }
    json::Object body;
    body["orders"] = std::move(list);
    body["count"] = co_await orders_.count(customer);
    body["offset"] = query->offset;
    body["limit"] = query->limit;
    co_return web::answer(200, std::move(body), query->fields, "orders");
  }

 private:
  StoreApi api_;
  VisitorCarts &carts_;
  CustomerOrders &orders_;
};

}  // namespace

void add_customer_store_api(http::Router &router, Checkout &checkout, catalog::Catalog &catalog,
                            orders::Orders &orders, payments::Payments &payments,
                            fulfilment::Fulfilment &fulfilment, const Clock &clock,
                            waiting_room::WaitingRoom &waiting, VisitorCarts &carts,
                            CustomerOrders &customer_orders) {
  const StoreApi parts{.checkout = checkout,
                       .catalog = catalog,
                       .orders = orders,
                       .payments = payments,
                       .fulfilment = fulfilment,
                       .clock = clock,
                       .waiting = waiting};
  const auto api = std::make_shared<const CustomerStoreApi>(parts, carts, customer_orders);
  router.get("/store/orders", http::Access::customer(), web::api([api](http::Request request) {
               return api->list_orders(std::move(request));
             }));
  router.post(
      "/store/carts/{id}/customer", http::Access::customer(),
      web::api([api](http::Request request) { return api->take_cart(std::move(request)); }));
}

}  // namespace osier::checkout
