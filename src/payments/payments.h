// Being paid: attempts at a payment service provider, and the append-only record of what moved.
//
// This room knows no orders: a payment is for a payable (an id). Who owns the payable is told what happened by a
// PaymentReport and joins record() into the transaction that moves it. Calls to a provider never happen inside a
// transaction.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/money.h"
#include "platform/base/result.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"
#include "platform/postgres/database.h"

namespace osier::payments {

using PaymentId = Strong<struct PaymentTag, Uuid>;
using PayableId = Strong<struct PayableTag, Uuid>;
using RefundId = Strong<struct RefundTag, Uuid>;

enum class Provider { stripe, manual };
enum class PaymentMethod { hosted_page, client_intent, transfer };
enum class PaymentStatus { created, requires_action, processing, authorized, captured, failed, canceled, expired };

std::string_view to_string(Provider);
std::string_view to_string(PaymentMethod);
std::string_view to_string(PaymentStatus);

struct Payment {
  PaymentId id;
  PayableId payable_id;
  Provider provider = Provider::manual;
  PaymentMethod method = PaymentMethod::transfer;
  PaymentStatus status = PaymentStatus::created;
  Money amount;
  Money authorized;
  Money captured;
  Money refunded;
  std::optional<std::string> provider_session_id;
  std::optional<std::string> provider_payment_id;
  std::string url;            // Hosted page; empty until opened.
  std::string client_secret;  // For the provider's script; empty unless client_intent.
  std::optional<std::string> failure_reason;
};

struct NewPayment {
  PaymentId id;
  PayableId payable_id;
  Provider provider;
  PaymentMethod method;
  Money amount;
};

// What the provider is asked to charge: what the shopper sees on its page.
struct Purchase {
  PaymentId payment_id;
  PayableId payable_id;
  std::string order_number;    // Shown to the shopper and staff at the provider.
  Money amount;
  struct Line {
    std::string title;
    std::int32_t quantity;
    Money total;               // Of the line; lines, shipping and tax sum to amount.
  };
  std::vector<Line> lines;
  std::string email;           // Prefills the provider's page; may be empty.
  std::string locale;
  std::string success_url;
  std::string cancel_url;
  Instant expires_at;
};

// What the provider says about a payment, after asking it (never from a webhook's body alone).
struct PaymentReport {
  PaymentId payment_id;
  PaymentStatus status;
  Money authorized;             // Totals so far, not differences.
  Money captured;
  Money refunded;
  std::string provider_payment_id;
  std::string capture_reference;  // The provider's id of the charge.
  std::vector<std::pair<std::string, Money>> refunds;  // The provider's id and amount of each.
  std::string failure_reason;     // A code such as card_declined; empty if none.
};

enum class OpenRefusal {
  payment_ended,       // Not open any more; a new payment is needed.
  provider_refused,    // The provider will not take this payment (amount too small, currency, account).
};

// How closing an attempt ended: only `closed` allows stock to be released.
enum class CloseOutcome { closed, already_paid };

// The provider did not answer or is overloaded: try again later. Thrown by calls to a provider.
class ProviderUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A payment service provider: the port that Stripe and others implement. Calls wait for the network, with deadlines;
// they throw ProviderUnavailable and are safe to repeat (idempotency keys derive from our ids).
class PaymentProvider {
 public:
  virtual ~PaymentProvider() = default;

  struct Opened {
    std::string session_id;   // Empty for methods without one.
    std::string payment_id;   // May be empty until the shopper pays.
    std::string url;
    std::string client_secret;
  };
  virtual Task<Result<Opened, OpenRefusal>> open(PaymentMethod method, Purchase purchase) = 0;
  virtual Task<PaymentReport> ask(Payment payment) = 0;
  virtual Task<CloseOutcome> close(Payment payment) = 0;
  // Returns the provider's id of the refund.
  virtual Task<std::string> refund(Payment payment, RefundId refund_id, Money amount) = 0;
};

class Payments {
 public:
  // `stripe` may be null: then only manual payment is offered.
  Payments(pg::Database& database, const Clock& clock, PaymentProvider* stripe);

  // The providers a shopper may choose from.
  std::vector<Provider> available() const;

  // --- Steps of the payable's transaction.

  void add_open(pg::Batch& batch, const std::vector<NewPayment>& payments) const;
  // Appends the transactions that the reports say and ours lack, and moves the payments. A repeat changes nothing; a
  // status never goes back. Returns each payment after it, in the order of the reports, and what is new.
  struct Recorded {
    Payment payment;
    Money newly_captured;
    Money newly_refunded;
    bool is_changed = false;
  };
  Task<std::vector<Recorded>> record(pg::Transaction& transaction, std::vector<PaymentReport> reports);
  // Decides a refund of `amount` (≤ captured − refunded − already decided): a row the worker carries out.
  enum class RefundRefusal { more_than_captured };
  Task<Result<RefundId, RefundRefusal>> add_refund(pg::Transaction& transaction, PaymentId payment_id, Money amount,
                                                   std::string reason);

  // --- Outside any transaction.

  Task<std::optional<Payment>> find(PaymentId id);
  // All payments for a payable, oldest first.
  Task<std::vector<Payment>> of_payable(PayableId payable_id);
  Task<std::optional<Payment>> find_by_provider_id(std::string session_or_payment_id);

  // Makes the attempt at the provider (once: a repeat returns the same page) and stores what the shopper needs.
  // Manual payment has nothing to open.
  Task<Result<Payment, OpenRefusal>> open_at_provider(Purchase purchase);
  // Asks the provider how the payment stands.
  Task<PaymentReport> ask(PaymentId id);
  // Makes sure no money can arrive on this attempt any more, or learns that it has.
  Task<CloseOutcome> close(PaymentId id);
  // Payments whose time to be asked has come (lost webhooks), and moves their next time on. At most `limit`.
  Task<std::vector<PaymentId>> due_for_poll(int limit);
  // Carries out refunds decided and not done; each by its own idempotency key. Returns the reports to be recorded.
  Task<std::vector<PaymentReport>> carry_out_refunds(int limit);

 private:
  pg::Database& database_;
  const Clock& clock_;
  PaymentProvider* stripe_;
};

}  // namespace osier::payments
