// The cart of whoever looks at a page: the customer's, or the one that a
// guest's cookie names.

#pragma once

#include <optional>

#include "checkout/customer_carts.h"
#include "identity/address_book.h"
#include "identity/visitors.h"

namespace osier::checkout {

class VisitorCarts {
 public:
  // All outlive it.
  VisitorCarts(Checkout &checkout, CustomerCarts &customers, identity::Visitors &visitors,
               identity::AddressBook &addresses, bool is_https)
      : checkout_(checkout),
        customers_(customers),
        visitors_(visitors),
        addresses_(addresses),
        is_https_(is_https) {}

  identity::Visitors &visitors() { return visitors_; }
  CustomerCarts &customers() { return customers_; }

  // One that can still be changed. Throws pg::Error.
  Task<std::optional<Cart>> find(http::Request request);
  // The visitor has put something into a new cart: a customer's is kept for all
  // their devices.
  Task<void> keep(http::Request request, CartToken token);
  // What is known of a customer who has typed nothing yet: the form's first
  // entries. The address is the usual one, if the market goes there. Empty for
  // a guest.
  Task<orders::Contact> known_contact(http::Request request, const catalog::Market &market);

 private:
  Checkout &checkout_;
  CustomerCarts &customers_;
  identity::Visitors &visitors_;
  identity::AddressBook &addresses_;
  const bool is_https_;
};

}  // namespace osier::checkout
