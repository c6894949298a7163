// What a payment is: one attempt to pay a payable at a provider, and what the provider says about
// it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/money.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"

namespace osier::payments {

using PaymentId = Strong<struct PaymentTag, Uuid>;
using PayableId = Strong<struct PayableTag, Uuid>;
using RefundId = Strong<struct RefundTag, Uuid>;

enum class Provider { stripe, manual };
enum class PaymentMethod { hosted_page, client_intent, transfer };
enum class PaymentStatus {
  created,
  requires_action,
  processing,
  authorized,
  captured,
  failed,
  canceled,
  expired
};

enum class RefundStatus { created, succeeded, failed };

// The words in the database and on wires; the other way round nothing for an unknown word.
std::string_view to_string(Provider);
std::string_view to_string(PaymentMethod);
std::string_view to_string(PaymentStatus);
std::string_view to_string(RefundStatus);
std::optional<Provider> parse_provider(std::string_view word);
std::optional<PaymentMethod> parse_payment_method(std::string_view word);
std::optional<PaymentStatus> parse_payment_status(std::string_view word);
std::optional<RefundStatus> parse_refund_status(std::string_view word);

// Money may still arrive: created, requires_action or processing.
bool is_open(PaymentStatus);
// Over without money: failed, canceled or expired.
bool is_ended(PaymentStatus);

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
  bool has_refunds = false;  // Some were decided; known of a payment looked up by an id, its own or
                             // the provider's.
};

// Money sent back, or to be: a decision of ours, or a movement that the provider made by itself.
struct Refund {
  RefundId id;  // Of a movement without a decision: that of its transaction.
  PaymentId payment_id;
  Provider provider = Provider::manual;
  Money amount;
  std::string reason;
  RefundStatus status = RefundStatus::created;
  std::string provider_reference;  // Empty until it was done.
  std::string failure_reason;
  Instant created_at;
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
  std::string order_number;  // Shown to the shopper and staff at the provider.
  Money amount;
  struct Line {
    std::string title;
    std::int32_t quantity;
    Money total;  // Of the line; lines, shipping and tax sum to amount.
  };
  std::vector<Line> lines;
  std::string email;  // Prefills the provider's page; may be empty.
  std::string locale;
  std::string success_url;
  std::string cancel_url;
  Instant expires_at;
};

// What the provider says about a payment, after asking it (never from a webhook's body alone).
struct PaymentReport {
  PaymentId payment_id;
  PaymentStatus status;
  Money authorized;  // Totals so far, not differences.
  Money captured;
  Money refunded;
  std::string provider_payment_id;
  std::string capture_reference;                       // The provider's id of the charge.
  std::vector<std::pair<std::string, Money>> refunds;  // The provider's id and amount of each.
  std::string failure_reason;  // A code such as card_declined; empty if none.
  bool is_under_way = false;   // The shopper is at it: 3-D Secure, or the money is on its way.
  // References of refunds whose money came back to us, though they may have been reported as made.
  std::vector<std::string> failed_refunds{};
  // Which references are refunds that we decided, as far as the provider says.
  std::vector<std::pair<std::string, RefundId>> own_refunds{};
  // Refunds of ours that will not be tried again, and why: staff have to look.
  std::vector<std::pair<RefundId, std::string>> given_up{};
};

}  // namespace osier::payments
