#include "promotions/coupon_use.h"

namespace osier::promotions {

CouponDesk::CouponDesk(const LockedCoupons& locked, EndedCoupon ended) : ended_(ended) {
  for (const LockedCoupon& coupon : locked.coupons) coupons_.emplace(coupon.id, coupon);
  for (const CustomerUses& uses : locked.customers)
    customers_[{uses.coupon_id, uses.customer}] += uses.uses;
}

std::optional<UseRefused> CouponDesk::refusal_of(const UseDemand& demand) const {
  for (const CouponId id : demand.coupons) {
    const auto found = coupons_.find(id);
    if (found == coupons_.end()) return UseRefused{id, CouponRefusal::unknown};
    const LockedCoupon& coupon = found->second;
    if (coupon.has_ended && ended_ == EndedCoupon::refused)
      return UseRefused{id, CouponRefusal::expired};
    if (coupon.use_limit && coupon.uses >= *coupon.use_limit)
      return UseRefused{id, CouponRefusal::used_up};
    const auto uses = customers_.find({id, demand.customer});
    if (coupon.use_limit_per_customer && uses != customers_.end() &&
        uses->second >= *coupon.use_limit_per_customer) {
      return UseRefused{id, CouponRefusal::already_used_by_customer};
    }
  }
  return std::nullopt;
}

void CouponDesk::take(const UseDemand& demand) {
  for (const CouponId id : demand.coupons) {
    ++coupons_.at(id).uses;
    ++customers_[{id, demand.customer}];
  }
}

}  // namespace osier::promotions
