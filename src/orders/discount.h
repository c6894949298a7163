// The coupons an order was agreed with, frozen.

#pragma once

#include <string>
#include <vector>

#include "platform/base/money.h"
#include "platform/base/uuid.h"

namespace osier::orders {

struct OrderDiscount {
  Uuid coupon_id;
  std::string code;
  std::string title;
  bool is_free_shipping = false;  // The price of delivery became 0; else it came off the lines.
  Money amount;  // As the shopper saw it; of free delivery, what it would have cost.

  friend bool operator==(const OrderDiscount&, const OrderDiscount&) = default;
};

// A JSON array, and back. What is not of this form is left out.
std::string to_json(const std::vector<OrderDiscount>& discounts);
std::vector<OrderDiscount> discounts_from_json(const std::string& text, Currency currency);

}  // namespace osier::orders
