// Carts as rows: what is read of them, and what a group of changes writes. Internal to checkout.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checkout/cart_store.h"

namespace osier::checkout {

// Of the tokens that lead to a cart: the cart under its token's hash, in hexadecimal.
Task<std::vector<std::pair<std::string, Cart>>> select_carts(pg::Database& database,
                                                             std::vector<CartToken> tokens);
std::string hash_of(const CartToken& token);  // In hexadecimal, as it is kept.

// Adds the statements that write the changes, no two of one cart. Their rows are the ids of the
// carts that were written.
void add_cart_changes(pg::Batch& batch, const std::vector<CartChange>& changes);

}  // namespace osier::checkout
