// How an order's status may move, and the payment status that follows from its payments. Pure.

#pragma once

#include <vector>

#include "orders/order.h"

namespace osier::orders {

// draft → pending → placed → completed;  pending → expired | canceled;  placed → canceled;  expired
// → placed (late money that is honoured). Everything else is a bug.
bool may_move(OrderStatus from, OrderStatus to);

// Units are committed to it: pending or placed.
bool holds_stock(OrderStatus status);

// Captures − refunds of all its payments.
Money paid_of(Currency currency, const std::vector<payments::Payment>& payments);

// `total` is the order's.
OrderPaymentStatus derive_payment_status(Money total,
                                         const std::vector<payments::Payment>& payments);

}  // namespace osier::orders
