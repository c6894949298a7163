// The checkout: one page for guests. Address, delivery, payment, a review with all prices, and the
// order button.
//
//   GET  /checkout
//   POST /checkout    update=1: price it anew;  order=1: place the order, then pay;
//                     coupon=CODE, remove_coupon=CODE: take it in or out

#pragma once

#include "catalog/storefront.h"
#include "checkout/cart_view.h"
#include "checkout/checkout.h"
#include "checkout/visitor_carts.h"
#include "payments/payments.h"
#include "waiting_room/pages.h"

namespace osier::checkout {

struct AddressView {
  std::string prefix;  // Of the field names: "" or "billing_".
  std::string name;
  std::string company;
  std::string line1;
  std::string line2;
  std::string postal_code;
  std::string city;
  // What is wrong with each; empty: nothing.
  std::string name_error;
  std::string line1_error;
  std::string postal_code_error;
  std::string city_error;
  std::string country_error;
  std::string province_error;
  struct Choice {
    std::string value;
    std::string label;
    bool is_chosen = false;

    static constexpr auto fields() {
      return html::fields<Choice>(html::field("value", &Choice::value),
                                  html::field("label", &Choice::label),
                                  html::field("is_chosen", &Choice::is_chosen));
    }
  };
  std::vector<Choice> countries;
  std::vector<Choice> provinces;  // Empty: the country has none.

  static constexpr auto fields() {
    return html::fields<AddressView>(
        html::field("prefix", &AddressView::prefix), html::field("name", &AddressView::name),
        html::field("company", &AddressView::company), html::field("line1", &AddressView::line1),
        html::field("line2", &AddressView::line2),
        html::field("postal_code", &AddressView::postal_code),
        html::field("city", &AddressView::city),
        html::field("name_error", &AddressView::name_error),
        html::field("line1_error", &AddressView::line1_error),
        html::field("postal_code_error", &AddressView::postal_code_error),
        html::field("city_error", &AddressView::city_error),
        html::field("country_error", &AddressView::country_error),
        html::field("province_error", &AddressView::province_error),
        html::field("countries", &AddressView::countries),
        html::field("provinces", &AddressView::provinces));
  }
};

struct CheckoutPageView {
  struct Option {
    std::string value;
    std::string label;
    std::string detail;  // Delivery dates, or how the payment works.
    std::string price;
    bool is_chosen = false;

    static constexpr auto fields() {
      return html::fields<Option>(
          html::field("value", &Option::value), html::field("label", &Option::label),
          html::field("detail", &Option::detail), html::field("price", &Option::price),
          html::field("is_chosen", &Option::is_chosen));
    }
  };
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  CartView cart;
  std::string action_url;
  std::string cart_url;
  std::string message;                // What stands in the way; empty: nothing.
  std::vector<web::LinkView> errors;  // The summary: each leads to its field.
  std::string email;
  std::string email_error;
  std::string phone;
  AddressView shipping;
  AddressView billing;
  bool has_other_billing = false;
  std::vector<Option> deliveries;
  std::vector<Option> payments;
  std::string coupon_code;   // As it was typed and not taken.
  std::string coupon_error;  // Why; empty: nothing is wrong.
  std::string stated_total;
  std::string terms_url;
  std::string privacy_url;
  std::string returns_url;
  std::string pending_url;

  static constexpr auto fields() {
    return html::fields<CheckoutPageView>(
        html::field("shell", &CheckoutPageView::shell),
        html::field("head", &CheckoutPageView::head), html::field("cart", &CheckoutPageView::cart),
        html::field("action_url", &CheckoutPageView::action_url),
        html::field("cart_url", &CheckoutPageView::cart_url),
        html::field("message", &CheckoutPageView::message),
        html::field("errors", &CheckoutPageView::errors),
        html::field("email", &CheckoutPageView::email),
        html::field("email_error", &CheckoutPageView::email_error),
        html::field("phone", &CheckoutPageView::phone),
        html::field("shipping", &CheckoutPageView::shipping),
        html::field("billing", &CheckoutPageView::billing),
        html::field("has_other_billing", &CheckoutPageView::has_other_billing),
        html::field("deliveries", &CheckoutPageView::deliveries),
        html::field("payments", &CheckoutPageView::payments),
        html::field("coupon_code", &CheckoutPageView::coupon_code),
        html::field("coupon_error", &CheckoutPageView::coupon_error),
        html::field("stated_total", &CheckoutPageView::stated_total),
        html::field("terms_url", &CheckoutPageView::terms_url),
        html::field("privacy_url", &CheckoutPageView::privacy_url),
        html::field("returns_url", &CheckoutPageView::returns_url),
        html::field("pending_url", &CheckoutPageView::pending_url));
  }
};

void add_checkout_page(http::Router& router, catalog::Storefront& storefront, Checkout& checkout,
                       orders::Orders& orders, payments::Payments& payments,
                       fulfilment::Fulfilment& fulfilment, waiting_room::WaitingRoom& waiting,
                       VisitorCarts& carts);

}  // namespace osier::checkout
