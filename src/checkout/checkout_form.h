// The checkout form: reading what a shopper typed, and saying by field what is missing or wrong.
// Pure.

#pragma once

#include <map>
#include <string>

#include "catalog/catalog.h"
#include "checkout/cart.h"
#include "orders/address.h"
#include "platform/http/message.h"

namespace osier::checkout {

struct CheckoutForm {
  orders::Contact contact;
  std::string shipping_option;  // 32 hex digits, or empty.
  std::string payment;          // "stripe", "manual", or empty.
  std::string stated_total;     // Minor units, as shown on the page.
  std::string coupon;           // A code that was typed; empty: none.
  std::string removed_coupon;   // A code to be taken out; empty: none.
  bool has_other_billing = false;
  bool is_order = false;  // The order button; else only a change to be priced.
  // Field name → the key of the text that says what is wrong.
  std::map<std::string, std::string> errors;
};

// Text is trimmed; control characters, invalid UTF-8 and more than a field takes are errors.
// Whether all an order needs is there is asked only for is_order.
CheckoutForm read_checkout_form(const http::Parameters& form, const catalog::Market& market);

}  // namespace osier::checkout
