// Every address the process answers, by role.

#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

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

// GET /routes on the private listener: every address of these listeners, by name, and who may ask
// there, as JSON. The ops router itself is one of them; whatever is added later is missing.
void add_route_list(http::Router& ops,
                    const std::vector<std::pair<std::string, const http::Router*>>& listeners);

}  // namespace osier::app
