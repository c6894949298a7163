// A path as it may stand in a log: tokens that open a cart or an order are left out (hardening
// 119).

#pragma once

#include <string>

namespace osier::app {

// "/store/carts/cart_8f…/line-items" becomes "/store/carts/…/line-items".
std::string loggable_path(std::string path);

}  // namespace osier::app
