// What we ask Stripe for, as its form parameters. Everything here is pure.
//
// A repeat of a call under the same idempotency key must say the same to the letter, so nothing
// here depends on the time or on chance.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "payments/payment.h"

namespace osier::payments {

// Stripe counts most currencies as ISO 4217 does, but a few in other units
// (https://docs.stripe.com/currencies#zero-decimal). Nothing if the amount cannot be said in
// Stripe's.
std::optional<std::int64_t> to_stripe_amount(Money amount);
Money from_stripe_amount(std::int64_t amount, Currency currency);

// A Checkout Session's shortest life is 30 minutes from when it is made, and it is made before the
// purchase expires. Our hold ends earlier: we expire the session ourselves.
inline constexpr Duration session_life_after_hold = 31min;

// The parameters of POST /v1/checkout/sessions. `shop_id` tells our payments from those of other
// shops with the same account; empty: it is not said. Nothing if Stripe cannot charge the amount.
// Lines that do not sum to the amount, or are too many for Stripe, become a single one.
std::optional<std::string> session_form(const Purchase& purchase, const std::string& shop_id = {});
// Of POST /v1/payment_intents.
std::optional<std::string> intent_form(const Purchase& purchase, const std::string& shop_id = {});
// Of POST /v1/refunds.
std::optional<std::string> refund_form(const std::string& payment_intent, RefundId refund_id,
                                       Money amount);

// Of POST /v1/refunds, for a payment that our books do not have.
std::optional<std::string> undo_form(const std::string& payment_intent, Money amount);

// A language that Stripe's page has: the same tag, else the same language, else "auto".
std::string_view stripe_locale(std::string_view tag);

}  // namespace osier::payments
