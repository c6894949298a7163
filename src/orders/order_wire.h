// An order's statuses as version 2 of Medusa's APIs says them.

#pragma once

#include <string_view>

#include "orders/order.h"

namespace osier::orders {

// An order that was agreed is "pending" on this wire until it is completed.
std::string_view wire_status(OrderStatus status);
std::string_view wire_payment_status(OrderPaymentStatus status);
std::string_view wire_fulfilment_status(std::string_view status);

}  // namespace osier::orders
