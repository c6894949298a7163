// What news about its payments means for an order: the rules of settling. Pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orders/order.h"

namespace osier::orders {

// An order as it was locked, with its payments after the news were booked.
struct OrderFacts {
  OrderStatus status = OrderStatus::pending;
  Money total;
  std::vector<payments::Payment> payments;
  std::vector<payments::Booking> news;  // Of this order's payments, in the order they came.
  // Of an expired order that got money: its units can be had again and its cart has no other order.
  bool can_be_honoured = false;
};

struct Settlement {
  bool is_placed = false;  // Becomes placed; if it was expired, its units are committed again.
  struct Refund {
    payments::PaymentId payment_id;
    Money amount;
    std::string reason;  // late_payment · order_canceled · duplicate_payment
  };
  std::vector<Refund> refunds;
  struct Hold {
    std::string reason;  // amount_mismatch · currency_mismatch · report_mismatch · refund_failed
    std::string detail;
  };
  std::optional<Hold> hold;  // Staff must look before anything is sent.
};

Settlement decide_settlement(const OrderFacts& facts);

}  // namespace osier::orders
