// What staff do: count, change the catalogue, give money back.

#pragma once

#include "simulation/world.h"

namespace osier::simulation {

Task<void> count_stock(World& world, ShopProcess& shop);
Task<void> change_price(World& world, ShopProcess& shop);
Task<void> publish_or_archive(World& world, ShopProcess& shop);
Task<void> end_coupon(World& world, ShopProcess& shop);

Task<void> refund_order(World& world, ShopProcess& shop, Bought bought);
Task<void> cancel_placed_order(World& world, ShopProcess& shop, Bought bought);
Task<void> note_transfer(World& world, ShopProcess& shop, Bought bought);

// A refund that waits for people: of a transfer, or one that the provider would not make.
struct WaitingRefund {
  payments::RefundId id;
  orders::OrderId order;
  payments::PaymentId payment;
  std::int64_t amount_minor = 0;
};
Task<void> send_back_by_hand(World& world, ShopProcess& shop, WaitingRefund refund);

}  // namespace osier::simulation
