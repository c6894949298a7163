// From the visitor's cart to the placed order: carts, quotes, OrderIntake.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "checkout/quote.h"
#include "fulfilment/fulfilment.h"
#include "inventory/inventory.h"
#include "orders/orders.h"
#include "payments/payments.h"

namespace osier::checkout {

using CartId = Strong<struct CartTag, Uuid>;
// 128 random bits: the cart's cookie and its id in the store API. Whoever has it may use the cart; only its hash is kept.
using CartToken = Strong<struct CartTokenTag, std::string>;

inline constexpr std::int32_t quantity_per_line_max = 9'999;
inline constexpr std::size_t lines_per_cart_max = 100;

enum class CartStatus { active, completed, merged, abandoned };

struct Cart {
  CartId id;
  CartToken token;
  std::string market_code;
  std::string country;
  std::string locale;
  orders::Channel channel = orders::Channel::storefront;
  CartStatus status = CartStatus::active;
  std::int32_t version = 1;          // Rises with every change.
  std::vector<CartLine> lines;       // In the order they were added.
  std::optional<fulfilment::ShippingOptionId> shipping_option_id;
  std::optional<payments::Provider> payment_provider;
  orders::Contact contact;           // What is known so far; fields may be empty.
  Instant created_at;
  Instant updated_at;
};

enum class CartRefusal {
  unknown_cart,            // No such token, or the cart is over.
  unknown_variant,
  unknown_line,
  not_sold_in_market,
  quantity_out_of_range,   // Not 1 … 9,999.
  too_many_lines,
  not_enough_stock,        // More than is available, as far as the snapshot knows.
  unknown_market,
  unknown_shipping_option, // Or it does not go to that country.
  country_not_served,
  version_changed,         // The cart changed under an update that named its version.
};

// What stands in the way of an order.
enum class PlaceRefusal {
  unknown_cart,
  cart_is_empty,
  contact_incomplete,      // E-mail or an address field is missing.
  shipping_missing,
  payment_missing,
  country_not_served,
  changed,                 // Prices, stock or the total are not what the shopper stated: PlaceOutcome has the news.
  sold_out,                // Decided under lock: not all units could be had.
  total_too_large,
  payment_in_progress,     // Another order of this cart is being paid and could not be closed.
};

struct Placed {
  orders::OrderId order_id;
  std::int64_t number = 0;
  payments::PaymentId payment_id;
  std::string access_token;
  Money total;
  bool is_repeat = false;  // The same order again: same cart and version, or same idempotency key.
};

struct NotPlaced {
  PlaceRefusal reason;
  std::vector<Notice> notices;
};

struct PlaceCommand {
  CartToken cart_token;
  payments::Provider provider = payments::Provider::stripe;
  payments::PaymentMethod method = payments::PaymentMethod::hosted_page;
  std::optional<Money> stated_total;         // What the shopper saw; must equal the new quote's total.
  std::optional<std::string> idempotency_key;  // Else one is derived from cart and version.
};

struct CheckoutOptions {
  Duration hold = std::chrono::minutes(30);
};

class OrderIntake;

class Checkout {
 public:
  Checkout(pg::Database& database, catalog::Catalog& catalog, inventory::Inventory& inventory,
           payments::Payments& payments, orders::Orders& orders, fulfilment::Fulfilment& fulfilment,
           const Clock& clock, Random& random, Loop& intake_loop, CheckoutOptions options);
  ~Checkout();

  // --- Carts. Each change is one short transaction that does not wait for the disk and raises the version.

  struct NewCart {
    std::string market_code;
    std::optional<std::string> country;
    std::string locale;
    orders::Channel channel;
  };
  Task<Result<Cart, CartRefusal>> create_cart(NewCart request);
  // Active carts only, unless told; the contact is loaded too.
  Task<std::optional<Cart>> find_cart(CartToken token);
  Task<std::optional<Cart>> find_any_cart(CartToken token);    // Also completed ones.

  // Adds to the line of that variant, or makes one.
  Task<Result<Cart, CartRefusal>> add_line(CartToken token, catalog::VariantId variant_id, std::int32_t quantity);
  // Quantity 0 removes the line.
  Task<Result<Cart, CartRefusal>> set_line(CartToken token, LineId line_id, std::int32_t quantity);
  struct CartUpdate {
    std::optional<std::string> market_code;   // Reprices the cart; shipping option and country are chosen anew.
    std::optional<std::string> locale;
    std::optional<orders::Contact> contact;   // Whole; a change of country is checked against the market.
    std::optional<fulfilment::ShippingOptionId> shipping_option_id;
    std::optional<payments::Provider> payment_provider;
  };
  Task<Result<Cart, CartRefusal>> update_cart(CartToken token, CartUpdate update);
  // The shopper has seen today's prices and stock: lines that cannot be sold go, quantities shrink to what is there,
  // and the prices seen are today's.
  Task<Result<Cart, CartRefusal>> accept_changes(CartToken token);

  // Prices a cart as of now. No database.
  Result<PricedCart, QuoteRefusal> price(const Cart& cart) const;

  // --- Orders.

  // Quotes, checks what the shopper stated, and places the pending order through OrderIntake. The same cart and version
  // give the same order again. A pending order of an older version of the cart is released first.
  Task<Result<Placed, NotPlaced>> place(PlaceCommand command);

  // An order was placed: its cart is done. Idempotent; called by the outbox.
  Task<void> complete_cart(Uuid cart_id);
  // Marks carts untouched for long as abandoned, and deletes their personal data. A bounded sweep.
  Task<int> abandon_idle_carts(int limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osier::checkout
