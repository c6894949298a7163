// The uses of coupons that orders hold: what orders give back and take again without knowing
// coupons.

#pragma once

#include "orders/orders.h"
#include "promotions/promotions.h"

namespace osier::checkout {

class CouponHolds final : public orders::AlsoHeld {
 public:
  explicit CouponHolds(promotions::Promotions& promotions) : promotions_(promotions) {}

  Task<void> release(pg::Transaction& transaction, std::vector<orders::OrderId> orders) override;
  Task<std::vector<orders::OrderId>> take_again(pg::Transaction& transaction,
                                                std::vector<orders::OrderId> orders) override;

 private:
  promotions::Promotions& promotions_;
};

}  // namespace osier::checkout
