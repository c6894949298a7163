#include "promotions/coupon_use.h"

#include <gtest/gtest.h>

namespace osier::promotions {
namespace {

const Instant noon{std::chrono::seconds(1'795'348'800)};
const CouponId ten(Uuid::v7(noon));
const CouponId parcel(Uuid::v7(noon));

UseDemand demand_of(std::string customer, std::vector<CouponId> coupons) {
  return {.holder_id = HolderId(Uuid::v7(noon)),
          .customer = std::move(customer),
          .coupons = std::move(coupons)};
}

LockedCoupons locked(std::int64_t uses, std::optional<std::int32_t> limit,
                     std::optional<std::int32_t> per_customer) {
  return {.coupons = {{.id = ten,
                       .uses = uses,
                       .use_limit = limit,
                       .use_limit_per_customer = per_customer},
                      {.id = parcel,
                       .uses = 0,
                       .use_limit = std::nullopt,
                       .use_limit_per_customer = std::nullopt}},
          .customers = {}};
}

TEST(CouponDesk, RefusesOnePastTheLastUse) {
  CouponDesk desk(locked(1, 2, std::nullopt), EndedCoupon::refused);
  EXPECT_FALSE(desk.refusal_of(demand_of("a", {ten})));
  desk.take(demand_of("a", {ten}));
  const auto refused = desk.refusal_of(demand_of("b", {parcel, ten}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->coupon_id, ten);
  EXPECT_EQ(refused->reason, CouponRefusal::used_up);
  EXPECT_FALSE(desk.refusal_of(demand_of("b", {parcel})));
}

TEST(CouponDesk, CountsWhatACustomerHasUsedBeforeAndNow) {
  auto before = locked(0, std::nullopt, 2);
  before.customers = {{ten, "a", 1}};
  CouponDesk desk(before, EndedCoupon::refused);
  EXPECT_FALSE(desk.refusal_of(demand_of("a", {ten})));
  desk.take(demand_of("a", {ten}));
  EXPECT_EQ(desk.refusal_of(demand_of("a", {ten}))->reason,
            CouponRefusal::already_used_by_customer);
  EXPECT_FALSE(desk.refusal_of(demand_of("b", {ten})));
}

TEST(CouponDesk, HonoursAnEndedCouponOnlyForWhatWasAgreed) {
  auto ended = locked(0, 1, std::nullopt);
  ended.coupons[0].has_ended = true;
  EXPECT_EQ(CouponDesk(ended, EndedCoupon::refused).refusal_of(demand_of("a", {ten}))->reason,
            CouponRefusal::expired);
  EXPECT_FALSE(CouponDesk(ended, EndedCoupon::honoured).refusal_of(demand_of("a", {ten})));
}

TEST(CouponDesk, RefusesACouponThatIsNotThere) {
  EXPECT_EQ(CouponDesk({}, EndedCoupon::refused).refusal_of(demand_of("a", {ten}))->reason,
            CouponRefusal::unknown);
}

}  // namespace
}  // namespace osier::promotions
