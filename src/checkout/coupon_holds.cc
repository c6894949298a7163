#include "checkout/coupon_holds.h"

namespace osier::checkout {

static std::vector<promotions::HolderId> holders_of(const std::vector<orders::OrderId>& orders) {
  std::vector<promotions::HolderId> holders;
  for (const orders::OrderId id : orders) holders.emplace_back(id.value());
  return holders;
}

Task<void> CouponHolds::release(pg::Transaction& transaction, std::vector<orders::OrderId> orders) {
  co_await promotions_.release(transaction, holders_of(orders));
}

Task<std::vector<orders::OrderId>> CouponHolds::take_again(pg::Transaction& transaction,
                                                           std::vector<orders::OrderId> orders) {
  const auto taken = co_await promotions_.take_again(transaction, holders_of(orders));
  std::vector<orders::OrderId> honoured;
  for (const promotions::HolderId holder : taken) honoured.emplace_back(holder.value());
  co_return honoured;
}

}  // namespace osier::checkout
