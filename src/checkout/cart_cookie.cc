#include "checkout/cart_cookie.h"

#include <algorithm>

namespace osier::checkout {

namespace {

constexpr std::chrono::hours lifetime{24 * 60};

std::string_view cookie_name(bool is_https) { return is_https ? "__Host-cart" : "cart"; }

bool is_token(std::string_view text) {
  return text.size() >= 16 && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

}  // namespace

std::optional<CartToken> cart_token_of(const http::Request& request, bool is_https) {
  const auto value = request.cookie(cookie_name(is_https));
  if (!value || !is_token(*value)) return std::nullopt;
  return CartToken{std::string(*value)};
}

void set_cart_cookie(http::Response& response, const CartToken& token, bool is_https) {
  response.headers.add("Set-Cookie",
                       http::set_cookie(cookie_name(is_https), token.value(), is_https, lifetime));
}

}  // namespace osier::checkout
