// What Stripe answers, read into our words. Everything here is pure; a shape that is not Stripe's
// throws ProviderUnavailable, since then nothing is known.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payments/provider.h"

namespace osier::payments {

// Whether a key or an event moves real money.
enum class StripeMode { test, live };

struct StripeIntent {
  std::string id;
  std::string
      status;  // requires_payment_method, …, processing, requires_capture, succeeded, canceled.
  StripeMode mode = StripeMode::test;
  Currency currency;
  Money capturable;
  Money received;
  Money refunded;
  std::string charge_id;  // Of the latest charge; empty before the first.
  std::string client_secret;
  std::string failure;     // Why the last attempt was declined; empty if it was not.
  std::string payment_id;  // Ours, from its metadata.
  std::string shop_id;     // The same.
  Money amount;            // Asked for.
};

struct StripeIntents {
  std::vector<StripeIntent> intents;
  bool has_more = false;
};

struct StripeSession {
  std::string id;
  std::string status;  // open, complete, expired.
  StripeMode mode = StripeMode::test;
  std::string url;
  std::string intent_id;               // Empty until the shopper pays.
  std::optional<StripeIntent> intent;  // If it was expanded.
  std::string payment_id;
};

struct StripeRefund {
  std::string id;
  std::string status;
  Money amount;
  std::string refund_id;  // Ours, from its metadata.
  std::string intent_id;  // What it gives back; empty for a charge without one.

  bool has_failed() const { return status == "failed" || status == "canceled"; }
};

struct StripeRefunds {
  std::vector<StripeRefund> refunds;
  bool has_more = false;
};

StripeIntent read_intent(const std::string& body);
// A page of a list, whose charges were expanded.
StripeIntents read_intents(const std::string& body);
StripeSession read_session(const std::string& body);
StripeRefund read_refund(const std::string& body);
StripeRefunds read_refunds(const std::string& body);

// An error's type and code for logs, "invalid_request_error amount_too_small"; never its message,
// which may repeat what was sent.
struct StripeError {
  std::string type;
  std::string code;
  std::string param;
};
StripeError read_error(const std::string& body);

PaymentStatus status_of(const StripeIntent& intent);

// How the payment stands. A declined try is no end: the shopper may try again while the session or
// intent is open.
PaymentReport report_of(PaymentId id, const StripeIntent& intent);
PaymentReport report_of(PaymentId id, Currency currency, const StripeSession& session);

}  // namespace osier::payments
