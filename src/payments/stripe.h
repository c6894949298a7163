// Stripe as a payment provider: hosted pages (Checkout Sessions) and payments by its own script
// (PaymentIntents).
//
// Every call may be repeated. What it creates is named by ids of ours: a session or intent by the
// payment's id, a refund by the refund's id, both as idempotency key and in the metadata. Stripe
// forgets keys after 24 hours; a payment is opened within its hold, and a refund is looked up by
// its metadata before it is made.

#pragma once

#include <optional>
#include <string>

#include "payments/provider.h"
#include "payments/stripe_api.h"
#include "payments/stripe_reading.h"

namespace osier::payments {

class Stripe final : public PaymentProvider {
 public:
  using Settings = StripeSettings;

  // `loop` carries the requests; it and `log` outlive the provider, whose calls may be awaited on
  // any loop.
  Stripe(Loop& loop, Settings settings, telemetry::Log& log);

  // Goes with every payment, so that reconciliation knows whose it is. Before the first call.
  void set_shop_id(std::string shop_id) { shop_id_ = std::move(shop_id); }

  // Whether our key moves real money.
  StripeMode mode() const { return mode_; }

  Task<Result<Opened, OpenRefusal>> open(PaymentMethod method, Purchase purchase) override;
  Task<PaymentReport> ask(Payment payment) override;
  // already_paid also while money is on its way and may still arrive or not (a debit).
  // What Stripe does not know is closed: nobody can pay it.
  Task<CloseOutcome> close(Payment payment) override;
  // RefundRefused if Stripe refuses the refund, or has made it and it failed.
  Task<std::string> refund(Payment payment, RefundId refund_id, Money amount) override;

 private:
  Task<Result<Opened, OpenRefusal>> open_session(Purchase purchase);
  Task<Result<Opened, OpenRefusal>> open_intent(Purchase purchase);
  Task<Result<std::string, OpenRefusal>> create(std::string path, std::string form,
                                                std::string key);
  Task<StripeAnswer> get(std::string path);
  Task<StripeAnswer> post(std::string path, std::string form, std::string key);
  Task<StripeSession> find_session(std::string id);
  Task<StripeIntent> find_intent(std::string id);
  Task<CloseOutcome> close_session(Payment payment);
  Task<CloseOutcome> close_intent(std::string intent_id);
  Task<std::vector<StripeRefund>> refunds_of(std::string intent_id);
  Task<StripeRefund> refund_now(StripeRefund refund);
  Task<std::optional<std::string>> find_refund(std::string intent_id, RefundId refund_id);
  void check(const Payment& payment, StripeMode mode, const std::string& payment_id) const;
  bool is_unknown(const std::string& path, const StripeAnswer& answer) const;
  void log_refusal(const std::string& path, const StripeAnswer& answer) const;

  StripeMode mode_;
  std::string shop_id_;
  telemetry::Log& log_;
  StripeApi api_;
};

}  // namespace osier::payments
