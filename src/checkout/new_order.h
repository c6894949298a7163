// From a priced cart to the order that is placed: what must be there, and the frozen copies. Pure.

#pragma once

#include "checkout/checkout.h"

namespace osier::checkout {

// What an order needs beside the cart.
struct OrderTerms {
  payments::Provider provider;
  payments::PaymentMethod method;
  std::optional<Money> stated_total;
  std::optional<std::string> idempotency_key;
  std::vector<payments::Provider> available_providers;
  std::string access_token;
  Instant now;
  Duration hold;  // Where neither the products nor the market have their own.
};

// Why this cart cannot be ordered as it is, or the order. Precedence is that of PlaceRefusal.
Result<orders::NewOrder, NotPlaced> new_order(const Cart& cart,
                                              const Result<PricedCart, QuoteRefusal>& priced,
                                              const OrderTerms& terms);

// The key under which the order is kept: the client's own is the cart's alone, so that nobody can
// guess another's.
std::string order_key(const Cart& cart, const std::optional<std::string>& client_key);

}  // namespace osier::checkout
