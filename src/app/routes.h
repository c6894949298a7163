// Every address the process answers, by role.

#pragma once

#include <atomic>

#include "app/customers.h"
#include "app/shop.h"
#include "catalog/storefront.h"
#include "platform/http/router.h"

namespace osier::app {

// The public listener: storefront, store API, webhooks, pictures and assets.
void add_shop_routes(http::Router& router, Shop& shop, Customers& customers,
                     catalog::Storefront& storefront);

// The private listener: health, metrics and, where mails are files, the page that shows them.
void add_ops_routes(http::Router& router, Shop& shop, const std::atomic<bool>& is_ready);

}  // namespace osier::app
