// The addresses of orders.

#pragma once

#include "catalog/storefront.h"
#include "orders/orders.h"
#include "payments/payments.h"
#include "platform/http/router.h"

namespace osier::orders {

// GET  /orders/{token}          The order's page; ?paid=1 is where the provider sends the shopper
// back to. POST /orders/{token}/pay      303 to the provider's page. POST /orders/{token}/cancel
// Gives up an order that is not paid; 303 to its page. Each also below a place. A token that opens
// nothing is 404. Throws html::TemplateError. All outlive the router.
void add_order_pages(http::Router& router, catalog::Storefront& storefront, Orders& orders,
                     payments::Payments& payments);

// Where the provider sends the shopper back to: absolute, in the order's own market and language.
// Whoever opens a payment of the order at the provider gives these, so that a repeat says the same
// to the letter.
struct ReturnUrls {
  std::string success_url;
  std::string cancel_url;
};
ReturnUrls return_urls(const catalog::Storefront& storefront, const Order& order);

}  // namespace osier::orders
