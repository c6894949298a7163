// Money back, and units taken out of an order: what staff ask for, and what was decided.
//
// A refund is a record first; the payments' worker carries it out. Commands carry an idempotency
// key: the same key and content give the same answer, another content is refused.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "orders/order.h"

namespace osier::orders {

using OrderRefundId = Strong<struct OrderRefundTag, Uuid>;

// What becomes of units that are taken out of an order: back on sale, or lost (damaged, gone).
enum class RefundedUnits { none, restocked, written_off };
std::string_view to_string(RefundedUnits);
std::optional<RefundedUnits> parse_refunded_units(std::string_view word);

struct UnitsOfLine {
  LineId line_id;
  std::int32_t quantity = 0;
};

// Of whichever lines have the SKU, in their order: for people, who do not know lines by their ids.
struct UnitsOfSku {
  std::string sku;
  std::int32_t quantity = 0;
};

// What is to be given back.
struct RefundRequest {
  enum class Scope {
    part,        // The lines, the delivery and the amount named below.
    everything,  // All units not yet sent and all money that is left; nothing is named.
  };
  Scope scope = Scope::part;
  std::vector<UnitsOfLine> lines;  // Units to take out of the order.
  std::vector<UnitsOfSku> skus{};  // And these; Orders finds their lines before the rule decides.
  bool with_shipping = false;      // And what was paid for delivery.
  std::optional<Money> amount;     // So much, whatever lines and delivery are worth.
  RefundedUnits units = RefundedUnits::restocked;
};

struct RefundCommand {
  OrderId order_id;
  RefundRequest what;
  std::string reason;  // The shopper reads it.
  audit::Actor actor;
  std::string key;
};

// Ends a placed order of which nothing has been sent.
struct CancelCommand {
  OrderId order_id;
  RefundedUnits units = RefundedUnits::restocked;
  std::string reason;  // The shopper reads it.
  audit::Actor actor;
  std::string key;
};

// Money came by transfer.
struct CaptureCommand {
  OrderId order_id;
  Money amount;
  std::string reference;  // Of the bank; another one for each transfer.
  audit::Actor actor;
  std::string key;
};

// A refund was carried out by hand.
struct RefundedCommand {
  OrderId order_id;
  std::optional<payments::RefundId> refund_id;  // May be left out if only one waits.
  std::string reference;
  audit::Actor actor;
  std::string key;
};

// Why a command of staff is not obeyed.
enum class StaffRefusal {
  unknown_order,
  key_reused,         // The key belongs to another command.
  wrong_status,       // Not placed yet, or over.
  nothing_to_refund,  // Neither money nor units.
  more_than_paid,     // More than is left: captured, not refunded and not decided to be.
  unknown_line,
  units_not_there,    // More units than the line still has to be sent.
  shipping_refunded,  // Already.
  amount_invalid,     // Negative, nothing, or of another currency.
  not_on_hand,        // Units that are not in the house cannot be written off.
  provider_cannot,    // The provider has no way to say this amount.
  already_sent,       // Some units have left: they come back as a return.
  payment_under_way,  // Money is reserved at the provider, neither taken nor given up.
  no_manual_payment,  // The order is not paid by transfer.
  unknown_refund,     // The order has no such refund that waits for staff.
  several_refunds,    // Name one.
  reference_known,    // This reference was noted before.
};

// A decision, and how far it has been carried out.
struct OrderRefund {
  enum class Status {
    under_way,
    done,
    failed,  // In part or whole: the money is still with us, staff have to look.
  };
  struct Line {
    LineId line_id;
    std::int32_t quantity = 0;
    Money amount;
  };
  struct Payment {
    payments::RefundId refund_id;
    Money amount;
    payments::RefundStatus status = payments::RefundStatus::created;
    payments::Provider provider = payments::Provider::manual;
  };
  OrderRefundId id;
  Money amount;
  Money shipping;  // The part of the amount that is for delivery.
  RefundedUnits units = RefundedUnits::none;
  std::string reason;
  std::string actor;  // Its name or id.
  Instant at;
  std::vector<Line> lines;
  std::vector<Payment> payments;

  Status status() const;
};

}  // namespace osier::orders
