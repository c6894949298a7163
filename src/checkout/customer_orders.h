// A customer's orders: those that came of their carts.
//
//   GET  /account/orders?before=      the newest first, 20 at a time
//   GET  /account/orders/{id}         leads to the order's page; another's is
//   not there POST /account/orders/{id}/again   puts into the cart what can
//   still be bought, and says what not

#pragma once

#include <optional>
#include <vector>

#include "checkout/visitor_carts.h"
#include "platform/http/router.h"

namespace osier::checkout {

class CustomerOrders {
 public:
  // Both outlive it.
  CustomerOrders(pg::Database &database, orders::Orders &orders)
      : database_(database), orders_(orders) {}

  // The newest first; those older than `before`. Throws pg::Error.
  Task<std::vector<orders::Order>> of(identity::CustomerId customer,
                                      std::optional<orders::OrderId> before, int limit) const;
  Task<int> count(identity::CustomerId customer) const;
  // Nothing if it is another's (hardening 55). Throws pg::Error.
  Task<std::optional<orders::Order>> find(identity::CustomerId customer, orders::OrderId id) const;

 private:
  pg::Database &database_;
  orders::Orders &orders_;
};

// All outlive the router.
void add_customer_order_pages(http::Router &router, const catalog::Storefront &storefront,
                              Checkout &checkout, CustomerOrders &orders, VisitorCarts &carts);

}  // namespace osier::checkout
