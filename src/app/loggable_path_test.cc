#include "app/loggable_path.h"

#include <gtest/gtest.h>

namespace osier::app {
namespace {

TEST(LoggablePath, LeavesOutWhatOpensACartOrAnOrder) {
  EXPECT_EQ(loggable_path("/orders/MxLxUxMe84DU"), "/orders/…");
  EXPECT_EQ(loggable_path("/de-eu/orders/MxLxUxMe84DU/pay"), "/de-eu/orders/…/pay");
  EXPECT_EQ(loggable_path("/store/orders/order_MxLx"), "/store/orders/…");
  EXPECT_EQ(loggable_path("/store/carts/cart_MxLx/line-items/cali_1"),
            "/store/carts/…/line-items/cali_1");
  EXPECT_EQ(loggable_path("/store/payment-collections/pay_col_x/payment-sessions"),
            "/store/payment-collections/…/payment-sessions");
  EXPECT_EQ(loggable_path("/c/tableware"), "/c/tableware");
}

}  // namespace
}  // namespace osier::app
