// How much unpaid stock one address or one e-mail holds. Internal to orders, but for HoldCounts.

#pragma once

#include <vector>

#include "orders/order.h"
#include "platform/postgres/database.h"

namespace osier::orders {

// Rows for hold_counts_of(): what the origins of these orders hold by now.
std::size_t add_count_holds(pg::Batch& batch, const std::vector<NewOrder>& orders);
HoldCounts hold_counts_of(const pg::Rows& rows);

void add_hold_origins(pg::Batch& batch, const std::vector<NewOrder>& orders);
// An origin is kept only while its order is pending.
void add_forget_hold_origins(pg::Batch& batch, const std::vector<OrderId>& ids);

}  // namespace osier::orders
