#include "checkout/pages.h"

#include "checkout/cart_page.h"
#include "checkout/checkout_page.h"

namespace osier::checkout {

void add_checkout_pages(http::Router& router, catalog::Storefront& storefront, Checkout& checkout,
                        orders::Orders& orders, payments::Payments& payments,
                        fulfilment::Fulfilment& fulfilment, waiting_room::WaitingRoom& waiting,
                        VisitorCarts& carts) {
  add_cart_pages(router, storefront, checkout, orders, waiting, carts);
  add_checkout_page(router, storefront, checkout, orders, payments, fulfilment, waiting, carts);
}

}  // namespace osier::checkout
