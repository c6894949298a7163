// The cart: looking at it, changing it, and the little call that tells public pages what is the
// shopper's own.
//
//   GET  /cart                     the page
//   POST /cart/lines               variant, quantity: puts it in
//   POST /cart/lines/{line}        quantity, or remove=1
//   POST /cart/coupons             code: takes a coupon, or remove=CODE
//   POST /cart/accept              the shopper has seen what changed
//   GET  /me.json                  {"cart_count", "cart_label", "account_label", "place"}
//   GET  /place/{name}?path=…      remembers market and language, and goes there

#pragma once

#include "catalog/storefront.h"
#include "checkout/cart_view.h"
#include "checkout/checkout.h"
#include "checkout/visitor_carts.h"
#include "waiting_room/pages.h"

namespace osier::checkout {

struct CartPageView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  CartView cart;
  std::string message;       // What could not be done; empty: all well.
  std::string coupon_code;   // As it was typed and not taken.
  std::string coupon_error;  // Why; empty: nothing is wrong.
  std::string coupons_url;
  std::string lines_url;  // + "/" + line id
  std::string accept_url;
  std::string checkout_url;
  std::string pending_url;  // An order of this cart waits for its payment; empty: none.
  std::string shipping_hint;

  static constexpr auto fields() {
    return html::fields<CartPageView>(
        html::field("shell", &CartPageView::shell), html::field("head", &CartPageView::head),
        html::field("cart", &CartPageView::cart), html::field("message", &CartPageView::message),
        html::field("coupon_code", &CartPageView::coupon_code),
        html::field("coupon_error", &CartPageView::coupon_error),
        html::field("coupons_url", &CartPageView::coupons_url),
        html::field("lines_url", &CartPageView::lines_url),
        html::field("accept_url", &CartPageView::accept_url),
        html::field("checkout_url", &CartPageView::checkout_url),
        html::field("pending_url", &CartPageView::pending_url),
        html::field("shipping_hint", &CartPageView::shipping_hint));
  }
};

void add_cart_pages(http::Router& router, catalog::Storefront& storefront, Checkout& checkout,
                    orders::Orders& orders, waiting_room::WaitingRoom& waiting,
                    VisitorCarts& carts);

}  // namespace osier::checkout
