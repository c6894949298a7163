// Which carts are customers', and what happens to a guest's cart when its owner
// signs in.
//
// A customer goes on with one cart on every device. Who signs in and has none
// yet goes on with the guest's; who has one finds the guest's lines in it, and
// the guest's cart is `merged`: in the transaction that signs in, so that
// nothing is there twice or lost.

#pragma once

#include <optional>

#include "checkout/checkout.h"
#include "identity/sign_in_listener.h"
#include "privacy/vault.h"

namespace osier::checkout {

class CustomerCarts final : public identity::SignInListener {
 public:
  // All outlive it.
  CustomerCarts(pg::Database &database, Checkout &checkout, const privacy::Vault &vault,
                const Clock &clock, bool is_https)
      : database_(database),
        checkout_(checkout),
        vault_(vault),
        clock_(clock),
        is_https_(is_https) {}

  // The cart that the request's cookie names becomes theirs.
  Task<void> signed_in(pg::Transaction &transaction, identity::CustomerId customer,
                       http::Request request) override;

  // The customer's cart that can still be changed; nothing if there is none.
  // Throws pg::Error.
  Task<std::optional<Cart>> find(identity::CustomerId customer);
  // A guest's cart becomes the customer's. False if it is another customer's.
  // Throws pg::Error.
  Task<bool> adopt(identity::CustomerId customer, CartToken token);

 private:
  Task<std::optional<CartToken>> token_of(pg::Transaction &transaction,
                                          identity::CustomerId customer);
  Task<bool> adopt(pg::Transaction &transaction, identity::CustomerId customer, CartToken token);

  pg::Database &database_;
  Checkout &checkout_;
  const privacy::Vault &vault_;
  const Clock &clock_;
  const bool is_https_;
};

}  // namespace osier::checkout
