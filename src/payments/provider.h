// The port to payment service providers.

#pragma once

#include <stdexcept>
#include <string>

#include "payments/payment.h"
#include "platform/async/task.h"
#include "platform/base/result.h"

namespace osier::payments {

enum class OpenRefusal {
  payment_ended,     // Not open any more; a new payment is needed.
  provider_refused,  // The provider will not take this payment (amount too small, currency,
                     // account).
};

// How closing an attempt ended: only `closed` allows stock to be released. already_paid: the money
// is there, or on its way and not to be stopped; the report tells which.
enum class CloseOutcome { closed, already_paid };

// The provider did not answer or is overloaded: try again later. Thrown by calls to a provider.
class ProviderUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The provider will not make this refund, or has made it and it failed: another try may help or
// not.
class RefundRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A payment service provider: the port that Stripe and others implement. Calls wait for the
// network, with deadlines; they throw ProviderUnavailable and are safe to repeat (idempotency keys
// derive from our ids).
class PaymentProvider {
 public:
  virtual ~PaymentProvider() = default;

  struct Opened {
    std::string session_id;  // Empty for methods without one.
    std::string payment_id;  // May be empty until the shopper pays.
    std::string url;
    std::string client_secret;
  };
  virtual Task<Result<Opened, OpenRefusal>> open(PaymentMethod method, Purchase purchase) = 0;
  virtual Task<PaymentReport> ask(Payment payment) = 0;
  virtual Task<CloseOutcome> close(Payment payment) = 0;
  // Returns the provider's id of the refund. Throws RefundRefused, too.
  virtual Task<std::string> refund(Payment payment, RefundId refund_id, Money amount) = 0;
};

}  // namespace osier::payments
