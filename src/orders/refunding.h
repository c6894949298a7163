// What a refund gives back, and from which payments: the rules. Pure.
//
// A line's units share its total by the largest-remainder method: of a line of 3 at 10.00 the units
// are worth 3.34, 3.33 and 3.33, in the order in which they are taken out. So refunding unit by
// unit sums to the line's total, to the cent. Never more than what is left of the payments.

#pragma once

#include <vector>

#include "orders/refund.h"
#include "platform/base/result.h"

namespace osier::orders {

// An order as it was locked with its payments and, if units are asked for, its stock.
struct RefundFacts {
  struct Line {
    LineId id;
    Money total;
    std::int32_t quantity = 0;
    std::int32_t canceled = 0;  // Taken out before.
    std::int32_t unsent = 0;    // In the order and still in the house; ≤ quantity − canceled.
  };
  struct Source {
    payments::PaymentId payment_id;
    Money left;  // Captured − refunded − decided; ≥ 0.
  };
  OrderStatus status = OrderStatus::placed;
  Currency currency;
  std::vector<Line> lines;
  Money shipping;           // What delivery cost.
  Money shipping_refunded;  // Of it, decided before.
  std::vector<Source> sources;
};

struct RefundPlan {
  struct Part {
    payments::PaymentId payment_id;
    Money amount;
  };
  Money amount;
  Money shipping;                        // Of the amount.
  std::vector<OrderRefund::Line> lines;  // Of the amount; with shipping, at most the amount.
  std::vector<Part> parts;               // Sum to the amount; the oldest payment first.
};

// Refuses with wrong_status, nothing_to_refund, more_than_paid, unknown_line, units_not_there,
// shipping_refunded or amount_invalid.
Result<RefundPlan, StaffRefusal> decide_refund(const RefundFacts& facts,
                                               const RefundRequest& request);

// What `count` units of a line are worth after `before` of its units were taken out.
Money value_of_units(Money line_total, std::int32_t quantity, std::int32_t before,
                     std::int32_t count);

}  // namespace osier::orders
