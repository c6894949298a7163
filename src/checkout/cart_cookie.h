// The cookie that holds a guest's cart token: __Host-cart, or plain cart where the shop is served
// by http (development).

#pragma once

#include <optional>

#include "checkout/cart.h"
#include "platform/http/message.h"

namespace osier::checkout {

// Nothing if there is none, or one that is no token of ours.
std::optional<CartToken> cart_token_of(const http::Request& request, bool is_https);
void set_cart_cookie(http::Response& response, const CartToken& token, bool is_https);

}  // namespace osier::checkout
