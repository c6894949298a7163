// The provider's own books, read for reconciliation: what it has, whatever we think it has.
//
// Beside provider.h, which acts on one payment that we know.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payments/provider.h"
#include "platform/base/time.h"

namespace osier::payments {

// A payment as the provider has it.
struct ProviderPayment {
  std::string id;       // pi_…
  std::string shop_id;  // Which shop made it, by its metadata; empty if that is not said.
  std::optional<PaymentId> payment_id;  // Ours, by its metadata.
  PaymentStatus status = PaymentStatus::created;
  Money amount;  // Asked for.
  Money captured;
  Money refunded;

  bool has_money() const { return captured > refunded; }
};

// A refund as the provider has it.
struct ProviderRefund {
  std::string id;          // re_…
  std::string payment_id;  // The provider's.
  Money amount;
  bool has_failed = false;  // It may have been shown as made before.
};

// The port for it. Calls wait for the network, with deadlines, and throw ProviderUnavailable.
class ProviderBooks {
 public:
  virtual ~ProviderBooks() = default;

  template <class T>
  struct Page {
    std::vector<T> entries;
    std::string next;  // What to go on after; empty on the last page.
  };
  // What was made at `since` or later, newest first, page by page; `after` is empty for the first.
  virtual Task<Page<ProviderPayment>> payments_since(Instant since, std::string after) = 0;
  virtual Task<Page<ProviderRefund>> refunds_since(Instant since, std::string after) = 0;
  // Nothing if the provider does not know it.
  virtual Task<std::optional<ProviderPayment>> find(std::string id) = 0;
  // Sends back what is left of a payment that our books do not have, or cancels it where no money
  // has come. Safe to repeat. False if it can do neither now: the money is on its way.
  virtual Task<bool> undo(ProviderPayment payment) = 0;
};

}  // namespace osier::payments
