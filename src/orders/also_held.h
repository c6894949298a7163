// What an order holds besides its units: uses of coupons, say. Orders do not know what it is; the
// app hands them somebody who does.

#pragma once

#include <vector>

#include "orders/order.h"
#include "platform/postgres/database.h"

namespace osier::orders {

// Each function joins the caller's transaction, in which the orders and then their stock levels
// have been locked.
class AlsoHeld {
 public:
  virtual ~AlsoHeld() = default;

  // These orders end: what they hold goes back. Idempotent.
  virtual Task<void> release(pg::Transaction& transaction, std::vector<OrderId> orders) = 0;
  // These orders had ended and are to be honoured after all: takes again what they held, all or
  // nothing for each, in their order. Returns those that have everything now.
  virtual Task<std::vector<OrderId>> take_again(pg::Transaction& transaction,
                                                std::vector<OrderId> orders) = 0;
};

}  // namespace osier::orders
