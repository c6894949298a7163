// What app adds to its router from this room.

#pragma once

#include "checkout/checkout.h"
#include "checkout/customer_orders.h"
#include "checkout/pages.h"
#include "platform/http/router.h"
#include "waiting_room/pages.h"

namespace osier::checkout {

// The buying path of the store API: carts, shipping options, payment collections and sessions,
// completing, orders (docs/api/openapi.yaml). Everything outlives the router.
void add_store_api(http::Router& router, Checkout& checkout, catalog::Catalog& catalog,
                   orders::Orders& orders, payments::Payments& payments,
                   fulfilment::Fulfilment& fulfilment, const Clock& clock,
                   waiting_room::WaitingRoom& waiting);

// What of it is a customer's: giving a cart to the account.
void add_customer_store_api(http::Router& router, Checkout& checkout, catalog::Catalog& catalog,
                            orders::Orders& orders, payments::Payments& payments,
                            fulfilment::Fulfilment& fulfilment, const Clock& clock,
                            waiting_room::WaitingRoom& waiting, VisitorCarts& carts,
                            CustomerOrders& customer_orders);

}  // namespace osier::checkout
