// Who may use which coupon: the rules of limits. Pure; coupons are passed in as they were locked.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "promotions/coupon.h"

namespace osier::promotions {

// Whoever uses a coupon: an order.
using HolderId = Strong<struct CouponHolderTag, Uuid>;

// All coupons of one holder: all or nothing.
struct UseDemand {
  HolderId holder_id;
  std::string customer;  // See customer_of(); or a stored hash, where uses are taken again.
  std::vector<CouponId> coupons;
};

struct LockedCoupon {
  CouponId id;
  std::int64_t uses = 0;
  std::optional<std::int32_t> use_limit;
  std::optional<std::int32_t> use_limit_per_customer;
  bool has_ended = false;
};

struct CustomerUses {
  CouponId coupon_id;
  std::string customer;
  std::int64_t uses = 0;
};

struct LockedCoupons {
  std::vector<LockedCoupon> coupons;
  std::vector<CustomerUses> customers;
};

// Why a holder gets nothing: the first of its coupons that cannot be used.
struct UseRefused {
  CouponId coupon_id;
  CouponRefusal reason = CouponRefusal::used_up;
};

enum class EndedCoupon {
  refused,
  honoured,  // What was agreed while it was valid: only the limits count.
};

// What is left of the coupons while one holder after the other is served.
class CouponDesk {
 public:
  CouponDesk(const LockedCoupons& locked, EndedCoupon ended);

  // Nothing: all of it can be used. Takes nothing.
  std::optional<UseRefused> refusal_of(const UseDemand& demand) const;
  // Of a demand that is not refused.
  void take(const UseDemand& demand);

 private:
  std::map<CouponId, LockedCoupon> coupons_;
  std::map<std::pair<CouponId, std::string>, std::int64_t> customers_;
  EndedCoupon ended_;
};

}  // namespace osier::promotions
