#include <gtest/gtest.h>

#include <array>

#include "orders/test/shop.h"
#include "platform/postgres/migrations.h"

namespace osier::orders {
namespace {

using payments::Provider;
using test::euros;
using test::Shop;

using Reason = Orders::ReleaseReason;
using Outcome = Orders::ReleaseOutcome;

Task<void> settle_one(Shop& shop, payments::PaymentId id) {
  co_await shop.orders.settle(shop.stripe.report(id));
}

Task<void> release_twice(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place_and_open(shop, {.quantity = 4});
  auto outcome = co_await shop.orders.release(placed.id, Reason::canceled, "shopper");
  EXPECT_EQ(outcome, Outcome::released);
  outcome = co_await shop.orders.release(placed.id, Reason::canceled, "shopper");
  EXPECT_EQ(outcome, Outcome::not_pending);

  const auto order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.status, OrderStatus::canceled);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::voided);
  const auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.available(), 10);
  EXPECT_FALSE(shop.stripe.pay(placed.payment.id, placed.total));  // Nobody can pay any more.
  const int events = co_await test::count_events(shop, placed.id, "order.canceled");
  EXPECT_EQ(events, 1);
  const auto nobody =
      co_await shop.orders.release(OrderId{Uuid::v7(test::noon)}, Reason::canceled, "shopper");
  EXPECT_EQ(nobody, Outcome::not_pending);
  co_await test::expect_no_violation(shop);

  const auto next =
      co_await test::place(shop, {.cart_id = placed.cart_id});  // The cart is free again.
  const auto living = co_await shop.orders.living_order_of_cart(*placed.cart_id);
  EXPECT_EQ(living->id, next.id);
}

TEST(Release, GivesStockBackOnceAndClosesThePayment) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), release_twice);
}

Task<void> release_one(Shop& shop, OrderId id, int* released) {
  const auto outcome = co_await shop.orders.release(id, Reason::expired, "system");
  if (outcome == Outcome::released) ++*released;
}

Task<void> release_at_the_same_time(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place_and_open(shop, {.quantity = 4});
  int released = 0;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 6; ++i) tasks.push_back(release_one(shop, placed.id, &released));
  co_await when_all(std::move(tasks));
  EXPECT_EQ(released, 1);
  const auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, 0);
  co_await test::expect_no_violation(shop);
}

TEST(Release, HappensOnceToManyAtTheSameTime) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), release_at_the_same_time);
}

Task<void> release_what_is_paid(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place_and_open(shop, {});
  shop.stripe.pay(placed.payment.id, placed.total);  // The webhook is lost.
  co_await test::let_expire(shop, placed.id);
  const int looked_at = co_await shop.orders.expire_due(10);
  EXPECT_EQ(looked_at, 1);
  const auto order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.status, OrderStatus::placed);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::paid);
  co_await test::expect_no_violation(shop);
}

TEST(Release, PlacesAnOrderThatTurnsOutPaid) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), release_what_is_paid);
}

constexpr pg::Statement obstacle_sql{"orders_test.obstacle", R"sql(
  SELECT release_obstacle FROM orders.orders WHERE id = $1
)sql"};
constexpr pg::Statement forget_obstacle_sql{"orders_test.forget_obstacle", R"sql(
  UPDATE orders.orders SET release_tried_at = release_tried_at - interval '2 minutes'
)sql"};

Task<void> expect_obstacle(Shop& shop, OrderId id, std::string obstacle) {
  const auto row = co_await shop.database.run_one(obstacle_sql, id);
  EXPECT_EQ(row->get<std::optional<std::string>>(0), obstacle);
}

Task<void> keep_the_hold(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place_and_open(shop, {});
  co_await test::let_expire(shop, placed.id);
  shop.stripe.is_down = true;
  co_await shop.orders.expire_due(10);
  co_await expect_obstacle(shop, placed.id, "provider_unavailable");
  int looked_at = co_await shop.orders.expire_due(10);
  EXPECT_EQ(looked_at, 0);  // Not again at once.

  shop.stripe.is_down = false;
  shop.stripe.account(placed.payment.id).status = payments::PaymentStatus::processing;
  co_await database.run(forget_obstacle_sql);
  co_await shop.orders.expire_due(10);
  co_await expect_obstacle(shop, placed.id, "payment_in_flight");
  auto order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.status, OrderStatus::pending);
  auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, 1);

  shop.stripe.account(placed.payment.id).status = payments::PaymentStatus::failed;
  co_await database.run(forget_obstacle_sql);
  looked_at = co_await shop.orders.expire_due(10);
  EXPECT_EQ(looked_at, 1);
  order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.status, OrderStatus::expired);
  level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, 0);
  co_await test::expect_no_violation(shop);
}

TEST(Release, KeepsTheHoldWhileMoneyMayArrive) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), keep_the_hold);
}

Task<void> pass_by_what_fails(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto bad = co_await test::place_and_open(shop, {});
  const auto good = co_await test::place_and_open(shop, {});
  shop.stripe.accounts.erase(bad.payment.id.value());  // Closing it throws std::out_of_range.
  co_await test::let_expire(shop, bad.id);
  co_await test::let_expire(shop, good.id);
  bool has_thrown = false;
  try {
    co_await shop.orders.expire_due(1);
  } catch (const std::out_of_range&) {
    has_thrown = true;
  }
  EXPECT_TRUE(has_thrown);
  co_await expect_obstacle(shop, bad.id, "error");
  const int looked_at = co_await shop.orders.expire_due(1);
  EXPECT_EQ(looked_at, 1);
  const auto order = co_await test::get(shop, good.id);
  EXPECT_EQ(order.status, OrderStatus::expired);
}

TEST(Release, OfABadOrderKeepsNoOther) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), pass_by_what_fails);
}

// Money that arrives on an attempt we had closed, which only methods that take days can do.
void pay_late(Shop& shop, const NewOrder& order) {
  auto& account = shop.stripe.account(order.payment.id);
  account.status = payments::PaymentStatus::captured;
  account.captured = order.total;
}

Task<NewOrder> expired_order(Shop& shop, std::int32_t quantity) {
  auto placed = co_await test::place_and_open(shop, {.quantity = quantity});
  co_await test::let_expire(shop, placed.id);
  co_await shop.orders.expire_due(10);
  const auto order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.status, OrderStatus::expired);
  co_return placed;
}

Task<void> honour_late_money(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 4);
  const auto late = co_await expired_order(shop, 4);
  pay_late(shop, late);
  co_await settle_one(shop, late.payment.id);
  co_await settle_one(shop, late.payment.id);
  const auto order = co_await test::get(shop, late.id);
  EXPECT_EQ(order.status, OrderStatus::placed);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::paid);
  const auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, 4);
  co_await test::expect_no_violation(shop);
}

// Hardening 83.
TEST(LateMoney, IsHonouredIfTheUnitsAreThere) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), honour_late_money);
}

Task<void> refund_late_money(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 4);
  const auto late = co_await expired_order(shop, 4);
  co_await test::place(shop, {.quantity = 1});  // Somebody else has one of them.
  pay_late(shop, late);
  co_await settle_one(shop, late.payment.id);
  co_await settle_one(shop, late.payment.id);
  co_await test::expect_no_violation(shop);  // On its way back counts as returned.
  co_await shop.orders.poll_payments(10);
  EXPECT_EQ(shop.stripe.account(late.payment.id).refunds.size(), 1U);

  const auto order = co_await test::get(shop, late.id);
  EXPECT_EQ(order.status, OrderStatus::expired);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::refunded);
  EXPECT_EQ(order.paid, euros(0));
  const auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, 1);
  co_await test::expect_no_violation(shop);
}

// Hardening 83.
TEST(LateMoney, IsSentBackIfTheUnitsAreGone) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_late_money);
}

Task<void> refund_for_another_order(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 20);
  const auto late = co_await expired_order(shop, 2);
  co_await test::place(shop,
                       {.quantity = 2, .cart_id = late.cart_id});  // The cart was ordered again.
  const auto canceled = co_await test::place_and_open(shop, {});
  co_await shop.orders.release(canceled.id, Reason::canceled, "shopper");
  pay_late(shop, late);
  pay_late(shop, canceled);
  std::vector<payments::PaymentReport> reports{shop.stripe.report(late.payment.id),
                                               shop.stripe.report(canceled.payment.id)};
  co_await shop.orders.settle_all(std::move(reports));
  co_await shop.orders.poll_payments(10);
  for (const auto& one : {late, canceled}) {
    const auto order = co_await test::get(shop, one.id);
    EXPECT_EQ(order.payment_status, OrderPaymentStatus::refunded);
  }
  co_await test::expect_no_violation(shop);
}

TEST(LateMoney, IsSentBackIfTheCartHasAnotherOrderOrItWasCanceled) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_for_another_order);
}

// Two orders of one cart expired, and both are paid late in one batch of reports.
Task<void> honour_one_per_cart(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 20);
  const auto first = co_await expired_order(shop, 2);
  auto second = co_await test::place_and_open(shop, {.quantity = 2, .cart_id = first.cart_id});
  co_await test::let_expire(shop, second.id);
  co_await shop.orders.expire_due(10);
  pay_late(shop, first);
  pay_late(shop, second);
  std::vector<payments::PaymentReport> reports{shop.stripe.report(first.payment.id),
                                               shop.stripe.report(second.payment.id)};
  co_await shop.orders.settle_all(std::move(reports));
  co_await shop.orders.poll_payments(10);
  const auto one = co_await test::get(shop, first.id);
  const auto two = co_await test::get(shop, second.id);
  EXPECT_EQ(one.status, OrderStatus::placed);
  EXPECT_EQ(two.status, OrderStatus::expired);
  EXPECT_EQ(two.payment_status, OrderPaymentStatus::refunded);
  co_await test::expect_no_violation(shop);
}

TEST(LateMoney, IsHonouredForOneOrderOfACart) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), honour_one_per_cart);
}

Task<void> expire(Shop& shop, OrderId id) {
  co_await shop.orders.release(id, Reason::expired, "system");
}

Task<void> pay_and_report(Shop& shop, NewOrder order, bool* is_paid) {
  co_await sleep_for(Duration(order.id.value().bytes()[15] % 20 * 1000));
  *is_paid = shop.stripe.pay(order.payment.id, order.total);
  if (*is_paid) co_await settle_one(shop, order.payment.id);
}

// Expiry and payment at the same instant: one wins, the money has a home, and no unit is lost.
Task<void> race_expiry_and_payment(pg::Database& database) {
  Shop shop(database);
  shop.stripe.latency = 10ms;
  co_await test::stock_up(shop, 40);
  std::vector<NewOrder> orders;
  for (int i = 0; i < 20; ++i) {
    auto order = co_await test::place_and_open(shop, {});
    co_await test::let_expire(shop, order.id);
    orders.push_back(std::move(order));
  }
  std::array<bool, 20> paid{};
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    tasks.push_back(expire(shop, orders[i].id));
    tasks.push_back(pay_and_report(shop, orders[i], &paid[i]));
  }
  co_await when_all(std::move(tasks));
  int sold = 0;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto order = co_await test::get(shop, orders[i].id);
    const bool is_paid = paid[i];
    EXPECT_EQ(order.status, is_paid ? OrderStatus::placed : OrderStatus::expired);
    if (is_paid) ++sold;
  }
  const auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, sold);
  co_await test::expect_no_violation(shop);
}

// Hardening 82.
TEST(Release, RacesWithPaymentAndOneWins) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), race_expiry_and_payment);
}

constexpr pg::Statement poll_now_sql{"orders_test.poll_now", R"sql(
  UPDATE payments.payments SET next_poll_at = clock_timestamp() WHERE next_poll_at IS NOT NULL
)sql"};

Task<void> poll_for_lost_webhooks(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await test::place_and_open(shop, {});
  const auto open = co_await test::place_and_open(shop, {});
  shop.stripe.pay(paid.payment.id, paid.total);
  int booked = co_await shop.orders.poll_payments(10);
  EXPECT_EQ(booked, 0);  // Not within the first minute.
  co_await database.run(poll_now_sql);
  shop.stripe.is_down = true;
  booked = co_await shop.orders.poll_payments(10);
  EXPECT_EQ(booked, 0);
  shop.stripe.is_down = false;
  co_await database.run(poll_now_sql);
  booked = co_await shop.orders.poll_payments(10);
  EXPECT_EQ(booked, 2);
  const auto order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.status, OrderStatus::placed);
  const auto other = co_await test::get(shop, open.id);
  EXPECT_EQ(other.status, OrderStatus::pending);
  co_await test::expect_no_violation(shop);
}

TEST(Polling, FindsThePaymentWhoseWebhookWasLost) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), poll_for_lost_webhooks);
}

}  // namespace
}  // namespace osier::orders
