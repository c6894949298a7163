// Checkout's pages of the storefront, registered together.

#pragma once

#include "catalog/storefront.h"
#include "checkout/checkout.h"
#include "checkout/visitor_carts.h"
#include "waiting_room/pages.h"

namespace osier::checkout {

// The cart, the checkout, /me.json and the choice of market and language.
void add_checkout_pages(http::Router& router, catalog::Storefront& storefront, Checkout& checkout,
                        orders::Orders& orders, payments::Payments& payments,
                        fulfilment::Fulfilment& fulfilment, waiting_room::WaitingRoom& waiting,
                        VisitorCarts& carts);

}  // namespace osier::checkout
