#include <gtest/gtest.h>

#include "orders/test/shop.h"
#include "platform/postgres/migrations.h"

namespace osier::orders {
namespace {

using payments::Provider;
using test::euros;
using test::Shop;
using test::Wish;

Task<void> read_back(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place(shop, {.quantity = 2});
  const auto order = co_await test::get(shop, placed.id);
  EXPECT_GE(order.number, 1001);
  EXPECT_EQ(order.status, OrderStatus::pending);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::unpaid);
  EXPECT_EQ(order.total, euros(2500));
  EXPECT_EQ(order.tax, euros(400));
  EXPECT_EQ(order.lines.at(0).title, "Mug");
  EXPECT_EQ(order.lines.at(0).total, euros(2000));
  EXPECT_EQ(order.shipping.at(0).deliver_from, placed.shipping[0].deliver_from);
  EXPECT_FALSE(order.shipping.at(0).deliver_to);
  EXPECT_EQ(order.contact, placed.contact);
  EXPECT_EQ(*order.expires_at - order.created_at, 30min);

  const auto by_token = co_await shop.orders.find_by_access_token(placed.access_token);
  EXPECT_EQ(by_token->id, placed.id);
  const auto wrong = co_await shop.orders.find_by_access_token(placed.access_token + "x");
  EXPECT_FALSE(wrong);
  const auto living = co_await shop.orders.living_order_of_cart(*placed.cart_id);
  EXPECT_EQ(living->id, placed.id);
  EXPECT_EQ(living->cart_version, 3);
  const auto other = co_await shop.orders.living_order_of_cart(Uuid::v7(test::noon));
  EXPECT_FALSE(other);

  const auto purchase = shop.orders.purchase_of(order, placed.payment.id, "s", "c");
  Money sum = euros(0);
  for (const auto& line : purchase.lines) sum += line.total;
  EXPECT_EQ(sum, purchase.amount);
  EXPECT_EQ(purchase.lines.at(0).title, "Mug, Blue");
  const int submitted = co_await test::count_events(shop, placed.id, "order.submitted");
  EXPECT_EQ(submitted, 1);
  co_await test::expect_no_violation(shop);
}

Task<void> write_with_a_wrong_clock(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  NewOrder order = test::order_of(shop, {});
  order.created_at -= 2h;
  order.expires_at -= 2h;
  pg::Batch write;
  shop.orders.add_insert(write, {order});
  auto transaction = co_await database.begin();
  co_await transaction.run_all_and_commit(std::move(write));
  const auto written = co_await test::get(shop, order.id);
  EXPECT_EQ(*written.expires_at - written.created_at, 30min);
  EXPECT_GT(*written.expires_at, shop.clock.now() + 20min);
  const int looked_at = co_await shop.orders.expire_due(10);
  EXPECT_EQ(looked_at, 0);
}

// Hardening 84.
TEST(Orders, HoldTheirUnitsByTheDatabasesClock) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), write_with_a_wrong_clock);
}

TEST(Orders, AreReadBackAsTheyWereWritten) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), read_back);
}

Task<void> find_existing(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto one = co_await test::place(shop, {});
  const auto two = co_await test::place(shop, {});
  pg::Batch batch;
  const auto at = shop.orders.add_find_existing(batch, {*one.cart_id},
                                                {one.idempotency_key, two.idempotency_key, "x"});
  auto transaction = co_await database.begin();
  const auto results = co_await transaction.run_all_and_commit(std::move(batch));
  const auto existing = Orders::existing_of(results[at]);
  EXPECT_EQ(existing.size(), 2U);  // By cart and by key, each once.
  for (const auto& order : existing) {
    EXPECT_EQ(order.total, euros(1500));
    EXPECT_FALSE(order.access_token.empty());
  }
}

TEST(Orders, AreFoundByCartAndByKey) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), find_existing);
}

// A whole batch with everything it writes, in one transaction.
Task<void> insert_many(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 300);
  std::vector<NewOrder> orders;
  std::vector<inventory::HolderDemand> holders;
  for (int i = 0; i < 256; ++i) {
    orders.push_back(test::order_of(shop, {}));
    holders.push_back({inventory::HolderId{orders.back().id.value()}, {{shop.mug, 1}}});
  }
  auto transaction = co_await database.begin();
  pg::Batch load;
  const auto at = shop.inventory.add_lock_levels(load, {shop.mug});
  const auto loaded = co_await transaction.run_all(std::move(load));
  const auto levels = inventory::Inventory::levels_of(loaded[at]);
  std::vector<inventory::Commitment> commitments;
  for (const auto& one : inventory::decide_commitments(levels, holders)) {
    commitments.insert(commitments.end(), one->begin(), one->end());
  }
  pg::Batch write;
  shop.inventory.add_commit_units(write, levels, commitments);
  const auto numbers = shop.orders.add_insert(write, orders);
  EXPECT_LE(write.calls().size(), 11U);
  const auto results = co_await transaction.run_all_and_commit(std::move(write));
  EXPECT_EQ(results[numbers].size(), 256);
  co_await test::expect_no_violation(shop);
}

TEST(Orders, AreWrittenInAHandfulOfStatements) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), insert_many);
}

Task<void> settle_one(Shop& shop, payments::PaymentId id) {
  co_await shop.orders.settle(shop.stripe.report(id));
}

Task<void> settle_ten_times(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place_and_open(shop, {});
  shop.stripe.pay(placed.payment.id, placed.total);
  std::vector<Task<void>> webhooks;
  for (int i = 0; i < 10; ++i) webhooks.push_back(settle_one(shop, placed.payment.id));
  co_await when_all(std::move(webhooks));
  std::vector<payments::PaymentReport> again{shop.stripe.report(placed.payment.id)};
  co_await shop.orders.settle_all(std::move(again));

  const auto order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.status, OrderStatus::placed);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::paid);
  EXPECT_EQ(order.paid, placed.total);
  EXPECT_TRUE(order.placed_at);
  const int events = co_await test::count_events(shop, placed.id, "order.placed");
  EXPECT_EQ(events, 1);
  const auto level = co_await test::mugs(shop);
  EXPECT_EQ(level.committed, 1);
  co_await test::expect_no_violation(shop);
}

TEST(Settling, PlacesAnOrderOnceHoweverManyReportsCome) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), settle_ten_times);
}

Task<void> settle_on_its_own(Shop& shop, payments::PaymentId id) {
  std::vector<payments::PaymentReport> one{shop.stripe.report(id)};
  co_await shop.orders.settle_all(std::move(one));
}

// Not through the batcher: as from ten processes.
Task<void> settle_from_ten_processes(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place_and_open(shop, {});
  shop.stripe.pay(placed.payment.id, placed.total);
  std::vector<Task<void>> webhooks;
  for (int i = 0; i < 10; ++i) webhooks.push_back(settle_on_its_own(shop, placed.payment.id));
  co_await when_all(std::move(webhooks));
  const int events = co_await test::count_events(shop, placed.id, "order.placed");
  EXPECT_EQ(events, 1);
  co_await test::expect_no_violation(shop);
}

TEST(Settling, PlacesAnOrderOnceFromManyProcesses) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), settle_from_ten_processes);
}

Task<void> refund_the_second(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await test::place_and_open(shop, {});
  payments::NewPayment second = placed.payment;
  second.id = payments::PaymentId{Uuid::v7(test::noon)};
  pg::Batch batch;
  shop.payments.add_open(batch, {second});
  auto transaction = co_await database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
  const auto order = co_await test::get(shop, placed.id);
  auto purchase = shop.orders.purchase_of(order, second.id, "s", "c");
  const auto opened = co_await shop.payments.open_at_provider(std::move(purchase));
  EXPECT_TRUE(opened.has_value());

  shop.stripe.pay(placed.payment.id, placed.total);
  co_await settle_one(shop, placed.payment.id);
  shop.stripe.pay(second.id, placed.total);
  co_await settle_one(shop, second.id);
  co_await settle_one(shop, second.id);
  auto now = co_await test::get(shop, placed.id);
  EXPECT_EQ(now.payment_status, OrderPaymentStatus::overpaid);
  co_await test::expect_no_violation(shop);

  co_await shop.orders.poll_payments(10);  // Carries the refund out.
  EXPECT_EQ(shop.stripe.account(second.id).refunds.size(), 1U);
  EXPECT_TRUE(shop.stripe.account(placed.payment.id).refunds.empty());
  now = co_await test::get(shop, placed.id);
  EXPECT_EQ(now.payment_status, OrderPaymentStatus::paid);
  EXPECT_EQ(now.paid, placed.total);
  const int refunds = co_await test::count_events(shop, placed.id, "order.refund_decided");
  EXPECT_EQ(refunds, 1);
  co_await test::expect_no_violation(shop);
}

// Hardening 101.
TEST(Settling, SendsASecondPaymentBack) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_the_second);
}

constexpr pg::Statement count_holds_sql{"orders_test.count_holds", R"sql(
  SELECT count(*) FROM orders.order_holds WHERE order_id = $1 AND reason = $2
)sql"};

Task<void> hold_for_staff(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto less = co_await test::place_and_open(shop, {});
  shop.stripe.pay(less.payment.id, less.total - euros(1));
  co_await settle_one(shop, less.payment.id);
  auto order = co_await test::get(shop, less.id);
  EXPECT_EQ(order.status, OrderStatus::placed);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::partially_paid);
  EXPECT_EQ(order.fulfilment_status, "on_hold");

  const auto dollars = co_await test::place_and_open(shop, {});
  shop.stripe.pay(dollars.payment.id, Money::minor(1500, Currency::of("USD")));
  co_await settle_one(shop, dollars.payment.id);
  co_await settle_one(shop, dollars.payment.id);
  order = co_await test::get(shop, dollars.id);
  EXPECT_EQ(order.fulfilment_status, "on_hold");
  const auto holds = co_await database.run_one(count_holds_sql, dollars.id, "currency_mismatch");
  EXPECT_EQ(holds->get<int>(0), 1);
  co_await test::expect_no_violation(shop);
}

TEST(Settling, HoldsForStaffWhatDoesNotMatch) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), hold_for_staff);
}

Task<void> settle_the_unknown(pg::Database& database) {
  Shop shop(database);
  payments::PaymentReport report;
  report.payment_id = payments::PaymentId{Uuid::v7(test::noon)};
  report.status = payments::PaymentStatus::captured;
  report.captured = report.authorized = euros(1);
  co_await shop.orders.settle(report);
  co_await test::expect_no_violation(shop);
}

TEST(Settling, PassesOverAPaymentThatIsNotOurs) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), settle_the_unknown);
}

Task<void> accept_one(Shop& shop, OrderId id, int* accepted) {
  const auto outcome = co_await shop.orders.accept_manual_payment(id);
  if (outcome) ++*accepted;
}

Task<void> accept_manual(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 60);
  std::vector<NewOrder> orders;
  for (int i = 0; i < 20; ++i) {
    auto order = co_await test::place(shop, {.provider = Provider::manual});
    orders.push_back(std::move(order));
  }
  int accepted = 0;
  std::vector<Task<void>> tasks;
  for (const auto& order : orders) {
    tasks.push_back(accept_one(shop, order.id, &accepted));
    tasks.push_back(accept_one(shop, order.id, &accepted));  // A repeat is accepted again.
  }
  co_await when_all(std::move(tasks));
  EXPECT_EQ(accepted, 40);
  for (const auto& placed : orders) {
    const auto order = co_await test::get(shop, placed.id);
    EXPECT_EQ(order.status, OrderStatus::placed);
    EXPECT_EQ(order.payment_status, OrderPaymentStatus::authorized);
    const int events = co_await test::count_events(shop, placed.id, "order.placed");
    EXPECT_EQ(events, 1);
  }

  const auto by_card = co_await test::place(shop, {});
  const auto refused = co_await shop.orders.accept_manual_payment(by_card.id);
  EXPECT_EQ(refused.error(), Orders::AcceptRefusal::not_pending);
  const auto unknown = co_await shop.orders.accept_manual_payment(OrderId{Uuid::v7(test::noon)});
  EXPECT_EQ(unknown.error(), Orders::AcceptRefusal::unknown_order);
  co_await test::expect_no_violation(shop);
}

TEST(ManualPayment, PlacesTheOrderOnConsent) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), accept_manual);
}

}  // namespace
}  // namespace osier::orders
