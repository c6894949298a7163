// Stripe's own books: the lists of PaymentIntents and refunds, and undoing what we do not know.

#pragma once

#include "payments/provider_books.h"
#include "payments/stripe_api.h"
#include "payments/stripe_reading.h"

namespace osier::payments {

class StripeBooks final : public ProviderBooks {
 public:
  // As Stripe's (stripe.h).
  StripeBooks(Loop& loop, StripeSettings settings, telemetry::Log& log);

  Task<Page<ProviderPayment>> payments_since(Instant since, std::string after) override;
  Task<Page<ProviderRefund>> refunds_since(Instant since, std::string after) override;
  Task<std::optional<ProviderPayment>> find(std::string id) override;
  Task<bool> undo(ProviderPayment payment) override;

 private:
  Task<std::string> list(std::string path, Instant since, std::string after);

  StripeApi api_;
};

}  // namespace osier::payments
