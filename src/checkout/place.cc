#include "checkout/checkout_state.h"
#include "checkout/new_order.h"

namespace osier::checkout {

// Whether the cart's living order is the one that is asked for: the same cart, or the same key. An
// order that is placed already is the cart's last, whatever the cart became meanwhile: what was
// frozen is what was paid.
static bool is_asked_for(const Cart& cart, const PlaceCommand& command) {
  const CartOrder& order = *cart.order;
  if (order.status != orders::OrderStatus::pending) return true;
  if (command.idempotency_key && order.idempotency_key == order_key(cart, command.idempotency_key))
    return true;
  const bool is_same_total =
      !command.stated_total || command.stated_total->amount_minor() == order.total_minor;
  return order.cart_version == cart.version && is_same_total;
}

// The cart's living order again, if it can still be paid the way that is asked for.
static Task<std::optional<Placed>> repeat_of(orders::Orders& orders, payments::Payments& payments,
                                             Uuid cart_id, payments::Provider provider) {
  const auto order = co_await orders.living_order_of_cart(cart_id);
  if (!order) co_return std::nullopt;
  const auto attempts = co_await payments.of_payable(payments::PayableId(order->id.value()));
  if (attempts.empty()) co_return std::nullopt;
  const payments::Payment& payment = attempts.back();
  if (order->status == orders::OrderStatus::pending) {
    const bool is_free = order->total.amount_minor() == 0;
    if (payments::is_ended(payment.status)) co_return std::nullopt;
    if (payment.provider != provider && !is_free) co_return std::nullopt;
  }
  co_return Placed{.order_id = order->id,
                   .number = order->number,
                   .payment_id = payment.id,
                   .access_token = order->access_token,
                   .total = order->total,
                   .provider = payment.provider,
                   .is_repeat = true};
}

static NotPlaced sold_out(const Cart& cart, const inventory::Shortage& shortage) {
  NotPlaced not_placed{.reason = PlaceRefusal::sold_out};
  for (const CartLine& line : cart.lines) {
    if (line.variant_id != shortage.variant_id) continue;
    Notice notice{
        .kind = Notice::Kind::sold_out, .line_id = line.id, .variant_id = line.variant_id};
    if (shortage.available > 0) {
      notice.kind = Notice::Kind::fewer_available;
      notice.available = shortage.available;
    }
    not_placed.notices.push_back(notice);
  }
  return not_placed;
}

static NotPlaced coupon_lost(const Cart& cart, const promotions::UseRefused& refused) {
  NotPlaced not_placed{.reason = PlaceRefusal::coupon_lost};
  for (const CartCoupon& coupon : cart.coupons) {
    if (!coupon.standing || coupon.standing->coupon.id != refused.coupon_id) continue;
    not_placed.notices.push_back({.kind = Notice::Kind::coupon_lost,
                                  .coupon_code = coupon.code,
                                  .coupon_refusal = refused.reason});
  }
  return not_placed;
}

static std::vector<payments::Provider> available_for(const Result<PricedCart, QuoteRefusal>& priced,
                                                     const payments::Payments& payments) {
  return priced ? payments.available(priced->quote.total) : payments.available();
}

static OrderTerms terms_of(const PlaceCommand& command, std::vector<payments::Provider> available,
                           Random& random, Instant now, Duration hold) {
  return {.provider = command.provider,
          .method = command.method,
          .stated_total = command.stated_total,
          .idempotency_key = command.idempotency_key,
          .available_providers = std::move(available),
          .access_token = orders::new_access_token(random, now),
          .now = now,
          .hold = hold};
}

Task<Result<Placed, NotPlaced>> Checkout::place(PlaceCommand command) {
  // A try is used up when another order of the cart came or went in between: a second tab, an
  // expiry.
  static constexpr int tries_max = 4;
  for (int tries = 0; tries < tries_max; ++tries) {
    std::optional<Cart> cart;
    if (tries == 0) cart = state_->recent.find(command.cart_token, state_->clock.now());
    const bool is_recent = cart.has_value();  // The intake will ask whether it still is so.
    if (!cart) cart = co_await find_any_cart(command.cart_token);
    if (!cart) co_return refuse(NotPlaced{PlaceRefusal::unknown_cart});
    if (cart->order && is_asked_for(*cart, command)) {
      auto repeat =
          co_await repeat_of(state_->orders, state_->payments, cart->id.value(), command.provider);
      if (repeat) co_return std::move(*repeat);
    }
    if (cart->is_over()) co_return refuse(NotPlaced{PlaceRefusal::unknown_cart});

    const auto priced = price(*cart);
    const auto terms = terms_of(command, available_for(priced, state_->payments), state_->random,
                                state_->clock.now(), state_->options.hold);
    auto order = new_order(*cart, priced, terms);
    if (!order && is_recent) continue;
    if (!order) co_return refuse(order.error());
    if (state_->origins) {
      order->origin = state_->origins->origin_of(command.client_address, cart->contact.email);
    }
    if (cart->order) {
      const auto outcome = co_await state_->orders.release(
          cart->order->id, orders::Orders::ReleaseReason::canceled, "shopper");
      if (outcome == orders::Orders::ReleaseOutcome::was_paid) {
        co_return refuse(NotPlaced{PlaceRefusal::payment_in_progress});
      }
    }

    const payments::NewPayment payment = order->payment;
    const auto reply = co_await state_->intake.take(std::move(*order));
    if (const auto* shortage = std::get_if<inventory::Shortage>(&reply))
      co_return refuse(sold_out(*cart, *shortage));
    if (const auto* refused = std::get_if<promotions::UseRefused>(&reply))
      co_return refuse(coupon_lost(*cart, *refused));
    if (std::holds_alternative<TooManyHolds>(reply))
      co_return refuse(NotPlaced{PlaceRefusal::too_many_holds});
    state_->recent.forget(command.cart_token);
    const auto* taken = std::get_if<Taken>(&reply);
    if (taken == nullptr || taken->is_repeat) continue;  // Another was faster: it is seen now.
    co_return Placed{.order_id = taken->order_id,
                     .number = taken->number,
                     .payment_id = payment.id,
                     .access_token = taken->access_token,
                     .total = taken->total,
                     .provider = payment.provider,
                     .is_repeat = false};
  }
  co_return refuse(NotPlaced{PlaceRefusal::payment_in_progress});
}

}  // namespace osier::checkout
