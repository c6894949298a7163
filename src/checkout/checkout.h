// From the visitor's cart to the placed order: carts, quotes, OrderIntake.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "checkout/cart.h"
#include "checkout/hold_rules.h"
#include "checkout/quote.h"
#include "fulfilment/fulfilment.h"
#include "inventory/inventory.h"
#include "orders/orders.h"
#include "payments/payments.h"
#include "platform/base/random.h"
#include "platform/jobs/stages.h"
#include "platform/postgres/invariant.h"
#include "promotions/promotions.h"

namespace osier::checkout {

// What stands in the way of an order.
enum class PlaceRefusal {
  unknown_cart,
  cart_is_empty,
  contact_incomplete,  // E-mail or an address field is missing.
  shipping_missing,
  payment_missing,
  country_not_served,
  changed,      // Prices, stock or the total are not what the shopper stated; see notices.
  sold_out,     // Decided under lock: not all units could be had; a notice names the line.
  coupon_lost,  // Decided under lock: a coupon was used up or ended; a notice names it.
  total_too_large,
  too_many_holds,       // The address or the e-mail has too many unpaid orders already.
  payment_in_progress,  // Another order of this cart is being paid and could not be closed.
};

struct Placed {
  orders::OrderId order_id;
  std::int64_t number = 0;
  payments::PaymentId payment_id;
  std::string access_token;
  Money total;
  // Manual for a total of nothing, whatever was asked for.
  payments::Provider provider = payments::Provider::stripe;
  bool is_repeat = false;  // The same order again: same cart and version, or same idempotency key.
};

struct NotPlaced {
  PlaceRefusal reason;
  std::vector<Notice> notices = {};
  std::vector<std::string> missing = {};  // contact_incomplete: see missing_contact_fields().
};

struct PlaceCommand {
  CartToken cart_token;
  payments::Provider provider = payments::Provider::stripe;
  payments::PaymentMethod method = payments::PaymentMethod::hosted_page;
  std::optional<Money> stated_total;  // What the shopper saw; must equal the new quote's total.
  std::optional<std::string> idempotency_key;  // Else one is derived from cart and version.
  std::string client_address = {};             // For the caps on holds; empty: not counted.
};

// Codes tried with one cart within an hour, right ones among them.
inline constexpr std::int32_t coupon_tries_max = 10;

// Why a code was not taken into the cart.
struct CouponNotTaken {
  std::string code = {};  // As it is kept; empty if it is of no form.
  std::optional<promotions::CouponRefusal> reason = std::nullopt;  // Nothing: see `cart`.
  CartRefusal cart = CartRefusal::unknown_cart;
  Money minimum_goods = {};  // minimum_not_reached
};

struct CheckoutOptions {
  Duration hold = std::chrono::minutes(30);
  HoldCaps hold_caps = {};
  std::vector<std::string> hold_cap_exempt = {};  // Networks whose holds are not counted.
  Duration idle_cart = std::chrono::days(60);     // Untouched for so long, a cart is abandoned.
};

class Checkout {
 public:
  using CartUpdate = checkout::CartUpdate;

  // Is told how long the stages of placing take; see OrderIntake. Before any order is placed.
  void watch_stages(jobs::StageWatch watch);

  // Reads what is kept in memory. Until then no holds are counted. Throws pg::Error.
  Task<void> load();

  Checkout(pg::Database& database, catalog::Catalog& catalog, inventory::Inventory& inventory,
           promotions::Promotions& promotions, payments::Payments& payments, orders::Orders& orders,
           fulfilment::Fulfilment& fulfilment, const Clock& clock, Random& random,
           Loop& intake_loop, CheckoutOptions options);
  ~Checkout();

  // --- Carts. Each change is one short transaction that does not wait for the disk and raises the
  // version.

  struct NewCart {
    std::string market_code;
    std::optional<std::string> country;
    std::string locale;
    orders::Channel channel = orders::Channel::storefront;
    std::vector<NewLine> lines = {};
    std::optional<orders::Contact> contact = std::nullopt;
  };
  Task<Result<Cart, CartRefusal>> create_cart(NewCart request);
  // A cart that can still be changed; its contact is loaded too.
  Task<std::optional<Cart>> find_cart(CartToken token);
  Task<std::optional<Cart>> find_any_cart(CartToken token);  // Also one that is over.

  // Adds to the line of that variant, or makes one.
  Task<Result<Cart, CartRefusal>> add_line(CartToken token, catalog::VariantId variant_id,
                                           std::int32_t quantity);
  // The same for several variants at once: all or nothing.
  Task<Result<Cart, CartRefusal>> add_lines(CartToken token, std::vector<NewLine> lines);
  // Quantity 0 removes the line.
  Task<Result<Cart, CartRefusal>> set_line(CartToken token, LineId line_id, std::int32_t quantity);
  Task<Result<Cart, CartRefusal>> update_cart(CartToken token, CartUpdate update);
  // The same for a cart just loaded, which saves a look. An update with a contact is refused with
  // version_changed if the cart has changed since: the contact was made from the one loaded.
  Task<Result<Cart, CartRefusal>> update_cart(Cart cart, CartUpdate update);
  // Takes the coupon of this code into the cart, if it applies to the cart as it is. A coupon takes
  // the place of another of its sort: one comes off the goods, one makes delivery free.
  Task<Result<Cart, CouponNotTaken>> add_coupon(CartToken token, std::string code);
  Task<Result<Cart, CartRefusal>> remove_coupons(CartToken token, std::vector<std::string> codes);
  // The lines of one cart go over to the other, which is priced by its own market, and the first is
  // `merged`; a line holds 9,999 at most. False, and nothing is changed, if either can be changed
  // no more, the first is being paid, or together they come to more than an order may. Counts when
  // the caller commits.
  Task<bool> merge(pg::Transaction& transaction, CartToken from, CartToken into);
  // The shopper has seen today's prices and stock; see Accept.
  Task<Result<Cart, CartRefusal>> accept_changes(CartToken token,
                                                 Accept accept = Accept::everything);

  // Prices a cart as of now. No database. The priced cart keeps the snapshot its product indices
  // belong to.
  Result<PricedCart, QuoteRefusal> price(const Cart& cart) const;

  // --- Orders.

  // Quotes, checks what the shopper stated, and places the pending order through OrderIntake. The
  // same cart and version give the same order again, unless it is to be paid elsewhere or its
  // payment has ended. A pending order of an older version of the cart is released first.
  Task<Result<Placed, NotPlaced>> place(PlaceCommand command);

  // The orders were placed: their carts, if they have one, are done. Idempotent; called by the
  // outbox.
  Task<void> complete_carts_of(std::vector<orders::OrderId> orders);
  // Marks carts untouched for long as abandoned, and deletes their personal data. A bounded sweep.
  Task<int> abandon_idle_carts(int limit);

 private:
  struct State;
  using Change = std::function<Result<Cart, CartRefusal>(const ShopView&, Cart)>;

  Task<Result<Cart, CartRefusal>> change_cart(CartToken token, Change change,
                                              std::optional<Cart> known);
  // Asks what is known of the cart's coupons; no query for a cart without.
  Task<void> look_up_coupons(Cart& cart);
  std::unique_ptr<State> state_;
};

// What `osier verify` asks of this room.
std::span<const pg::Invariant> invariants();

}  // namespace osier::checkout
