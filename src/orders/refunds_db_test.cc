#include <gtest/gtest.h>

#include <algorithm>

#include "orders/test/shop.h"
#include "platform/postgres/migrations.h"

namespace osier::orders {
namespace {

using payments::Provider;
using test::euros;
using test::Shop;
using test::Wish;

// An order of mugs at 10.00 with delivery at 5.00, paid by card.
Task<NewOrder> paid_order(Shop& shop, std::int32_t quantity) {
  const Wish wish{.quantity = quantity};
  auto order = co_await test::place_and_open(shop, wish);
  shop.stripe.pay(order.payment.id, order.total);
  co_await shop.orders.settle(shop.stripe.report(order.payment.id));
  co_return order;
}

// The same, to be paid by transfer.
Task<NewOrder> transfer_order(Shop& shop, std::int32_t quantity) {
  const Wish wish{.quantity = quantity, .provider = Provider::manual};
  auto order = co_await test::place(shop, wish);
  const auto accepted = co_await shop.orders.accept_manual_payment(order.id);
  EXPECT_TRUE(accepted.has_value());
  co_return order;
}

RefundCommand refund_of(const NewOrder& order, std::string key) {
  return {.order_id = order.id,
          .what = {},
          .reason = "broken",
          .actor = {audit::ActorKind::staff, "test"},
          .key = std::move(key)};
}
RefundCommand everything_of(const NewOrder& order, std::string key) {
  RefundCommand command = refund_of(order, std::move(key));
  command.what.scope = RefundRequest::Scope::everything;
  return command;
}
RefundCommand units_of(const NewOrder& order, std::int32_t quantity, std::string key) {
  RefundCommand command = refund_of(order, std::move(key));
  command.what.lines = {{order.lines[0].id, quantity}};
  return command;
}
RefundCommand amount_of(const NewOrder& order, std::int64_t minor, std::string key) {
  RefundCommand command = refund_of(order, std::move(key));
  command.what.amount = euros(minor);
  return command;
}
CancelCommand cancel_of(const NewOrder& order, std::string key) {
  return {.order_id = order.id,
          .reason = "changed my mind",
          .actor = {audit::ActorKind::staff, "test"},
          .key = std::move(key)};
}
CaptureCommand capture_of(const NewOrder& order, std::int64_t minor, std::string reference) {
  return {.order_id = order.id,
          .amount = euros(minor),
          .reference = reference,
          .actor = {audit::ActorKind::staff, "test"},
          .key = "capture-" + reference};
}
RefundedCommand refunded_of(const NewOrder& order, std::string reference) {
  return {.order_id = order.id,
          .refund_id = {},
          .reference = reference,
          .actor = {audit::ActorKind::staff, "test"},
          .key = "refunded-" + reference};
}

constexpr pg::Statement refunds_due_sql{"refunds_test.refunds_due",
                                        "UPDATE payments.refunds SET next_attempt_at = now()"};

Task<void> let_the_worker_run(Shop& shop) {
  co_await shop.database.run(refunds_due_sql);
  (void)co_await shop.orders.poll_payments(100);
}

Task<StaffRefusal> refusal_of(Shop& shop, RefundCommand command) {
  const auto refund = co_await shop.orders.refund(std::move(command));
  EXPECT_FALSE(refund.has_value());
  co_return refund ? StaffRefusal::unknown_order : refund.error();
}

// --- Refunds.

Task<void> refund_everything(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 3);
  const auto refund = co_await shop.orders.refund(everything_of(paid, "a"));
  EXPECT_TRUE(refund.has_value());
  EXPECT_EQ(refund->amount, euros(3500));
  EXPECT_EQ(refund->status(), OrderRefund::Status::under_way);
  auto stock = co_await test::mugs(shop);
  EXPECT_EQ(stock.on_hand, 10);
  EXPECT_EQ(stock.committed, 0);
  auto order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::paid);  // Until the money has gone.
  EXPECT_EQ(order.lines[0].canceled, 3);
  EXPECT_EQ(order.fulfilment_status, "canceled");
  co_await test::expect_no_violation(shop);

  co_await let_the_worker_run(shop);
  order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::refunded);
  EXPECT_EQ(order.paid, euros(0));
  const auto refunds = co_await shop.orders.refunds_of(paid.id);
  EXPECT_EQ(refunds.size(), 1U);
  EXPECT_EQ(refunds[0].status(), OrderRefund::Status::done);
  EXPECT_EQ(refunds[0].shipping, euros(500));
  EXPECT_EQ(refunds[0].reason, "broken");
  EXPECT_EQ(refunds[0].lines.at(0).amount, euros(3000));
  EXPECT_EQ(shop.stripe.refund_calls, 1);
  const int decided = co_await test::count_events(shop, paid.id, "order.refund_decided");
  const int done = co_await test::count_events(shop, paid.id, "order.refunded");
  EXPECT_EQ(decided, 1);
  EXPECT_EQ(done, 1);
  const auto again = co_await refusal_of(shop, everything_of(paid, "b"));
  EXPECT_EQ(again, StaffRefusal::nothing_to_refund);
  co_await test::expect_no_violation(shop);
}

TEST(Refunds, GiveEverythingBackOnce) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_everything);
}

Task<void> refund_in_parts(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 3);
  const auto first = co_await shop.orders.refund(units_of(paid, 1, "a"));
  EXPECT_EQ(first->amount, euros(1000));
  RefundCommand lost = units_of(paid, 1, "b");
  lost.what.units = RefundedUnits::written_off;
  const auto second = co_await shop.orders.refund(lost);
  EXPECT_EQ(second->units, RefundedUnits::written_off);
  auto stock = co_await test::mugs(shop);
  EXPECT_EQ(stock.on_hand, 9);
  EXPECT_EQ(stock.committed, 1);
  co_await test::expect_no_violation(shop);

  const auto gesture = co_await shop.orders.refund(amount_of(paid, 250, "c"));
  EXPECT_EQ(gesture->units, RefundedUnits::none);
  RefundCommand delivery = refund_of(paid, "d");
  delivery.what.with_shipping = true;
  const auto third = co_await shop.orders.refund(delivery);
  EXPECT_EQ(third->amount, euros(500));
  co_await let_the_worker_run(shop);
  const auto order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::partially_refunded);
  EXPECT_EQ(order.paid, euros(750));
  EXPECT_EQ(order.fulfilment_status, "unfulfilled");

  delivery.key = "e";
  auto refusal = co_await refusal_of(shop, delivery);
  EXPECT_EQ(refusal, StaffRefusal::shipping_refunded);
  refusal = co_await refusal_of(shop, units_of(paid, 2, "f"));
  EXPECT_EQ(refusal, StaffRefusal::units_not_there);
  refusal = co_await refusal_of(shop, units_of(paid, 1, "g"));
  EXPECT_EQ(refusal, StaffRefusal::more_than_paid);  // 2.50 of it went back as a gesture.
  refusal = co_await refusal_of(shop, amount_of(paid, 751, "h"));
  EXPECT_EQ(refusal, StaffRefusal::more_than_paid);
  const auto rest = co_await shop.orders.refund(everything_of(paid, "i"));
  EXPECT_EQ(rest->amount, euros(750));
  EXPECT_EQ(rest->lines.at(0).amount, euros(750));
  stock = co_await test::mugs(shop);
  EXPECT_EQ(stock.on_hand, 9);
  EXPECT_EQ(stock.committed, 0);
  co_await test::expect_no_violation(shop);
}

TEST(Refunds, GoInPartsUpToWhatWasPaid) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_in_parts);
}

constexpr pg::Statement oversell_sql{"refunds_test.oversell", R"sql(
  WITH explained AS (
    INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, oversell_limit_delta)
    SELECT variant_id, location_id, 'damaged', -9, 9 FROM inventory.stock_levels)
  UPDATE inventory.stock_levels SET on_hand = on_hand - 9, oversell_limit = 9
)sql"};

Task<void> refuse_the_rest(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const Wish wish{.quantity = 1};
  const auto pending = co_await test::place_and_open(shop, wish);
  auto refusal = co_await refusal_of(shop, everything_of(pending, "a"));
  EXPECT_EQ(refusal, StaffRefusal::wrong_status);
  NewOrder unknown = pending;
  unknown.id = OrderId{Uuid::v7(test::noon)};
  refusal = co_await refusal_of(shop, everything_of(unknown, "a"));
  EXPECT_EQ(refusal, StaffRefusal::unknown_order);

  const auto paid = co_await paid_order(shop, 2);
  refusal = co_await refusal_of(shop, units_of(pending, 1, "a"));
  EXPECT_EQ(refusal, StaffRefusal::wrong_status);
  RefundCommand foreign = refund_of(paid, "a");
  foreign.what.lines = {{pending.lines[0].id, 1}};
  refusal = co_await refusal_of(shop, foreign);
  EXPECT_EQ(refusal, StaffRefusal::unknown_line);

  co_await database.run(oversell_sql);  // One mug is in the house, two are promised to this order.
  RefundCommand lost = units_of(paid, 2, "a");
  lost.what.units = RefundedUnits::written_off;
  refusal = co_await refusal_of(shop, lost);
  EXPECT_EQ(refusal, StaffRefusal::not_on_hand);
  const auto refunds = co_await shop.orders.refunds_of(paid.id);
  EXPECT_TRUE(refunds.empty());
  const auto taken = co_await shop.orders.refund(amount_of(paid, 1, "a"));
  EXPECT_TRUE(taken.has_value());  // What was refused has not used up the key.
  co_await test::expect_no_violation(shop);
}

TEST(Refunds, AreRefusedWithAReason) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refuse_the_rest);
}

Task<void> repeat_a_key(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 3);
  const auto first = co_await shop.orders.refund(units_of(paid, 1, "key"));
  const auto again = co_await shop.orders.refund(units_of(paid, 1, "key"));
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->amount, first->amount);
  EXPECT_EQ(again->payments.size(), 1U);
  auto refusal = co_await refusal_of(shop, units_of(paid, 2, "key"));
  EXPECT_EQ(refusal, StaffRefusal::key_reused);
  const auto other = co_await paid_order(shop, 1);
  refusal = co_await refusal_of(shop, units_of(other, 1, "key"));
  EXPECT_EQ(refusal, StaffRefusal::key_reused);
  const auto canceled = co_await shop.orders.cancel_placed(cancel_of(paid, "key"));
  EXPECT_EQ(canceled.error(), StaffRefusal::key_reused);
  const auto refunds = co_await shop.orders.refunds_of(paid.id);
  EXPECT_EQ(refunds.size(), 1U);
  co_await test::expect_no_violation(shop);
}

TEST(Refunds, AreDecidedOncePerKey) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), repeat_a_key);
}

Task<void> refund_one(Shop& shop, RefundCommand command, std::vector<Uuid>* decided) {
  const auto refund = co_await shop.orders.refund(std::move(command));
  if (refund) decided->push_back(refund->id.value());
}

Task<void> refund_at_the_same_time(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 3);
  std::vector<Uuid> decided;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 6; ++i)
    tasks.push_back(refund_one(shop, everything_of(paid, "same"), &decided));
  for (int i = 0; i < 6; ++i)
    tasks.push_back(refund_one(shop, everything_of(paid, "key" + std::to_string(i)), &decided));
  co_await when_all(std::move(tasks));
  EXPECT_FALSE(decided.empty());
  EXPECT_TRUE(std::ranges::all_of(decided, [&](const Uuid& id) { return id == decided[0]; }));
  const auto refunds = co_await shop.orders.refunds_of(paid.id);
  EXPECT_EQ(refunds.size(), 1U);
  const auto stock = co_await test::mugs(shop);
  EXPECT_EQ(stock.committed, 0);
  co_await test::expect_no_violation(shop);
}

TEST(Refunds, OfOneOrderAtTheSameTimeAreOne) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_at_the_same_time);
}

Task<void> refund_by_sku(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 2);
  RefundCommand command = refund_of(paid, "a");
  command.what.skus = {{"MUG", 2}};
  const auto first = co_await shop.orders.refund(command);
  EXPECT_EQ(first->amount, euros(2000));
  const auto again = co_await shop.orders.refund(command);
  EXPECT_EQ(again->id, first->id);
  command.key = "b";
  auto refusal = co_await refusal_of(shop, command);
  EXPECT_EQ(refusal, StaffRefusal::units_not_there);
  command.what.skus = {{"JUG", 1}};
  refusal = co_await refusal_of(shop, command);
  EXPECT_EQ(refusal, StaffRefusal::unknown_line);
  co_await test::expect_no_violation(shop);
}

TEST(Refunds, FindTheLinesOfAnSku) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_by_sku);
}

constexpr pg::Statement audited_sql{"refunds_test.audited", R"sql(
  SELECT count(*) FROM audit.entries WHERE object_id = $1::text AND action = $2
)sql"};

Task<int> audited(Shop& shop, OrderId id, std::string action) {
  const auto row = co_await shop.database.run_one(audited_sql, id.value().to_string(), action);
  co_return row->get<int>(0);
}

// --- Refunds that fail.

constexpr pg::Statement open_hold_sql{"refunds_test.open_hold", R"sql(
  SELECT count(*) FROM orders.order_holds WHERE order_id = $1 AND reason = 'refund_failed' AND released_at IS NULL
)sql"};

Task<int> failure_holds(Shop& shop, OrderId id) {
  const auto row = co_await shop.database.run_one(open_hold_sql, id);
  co_return row->get<int>(0);
}

Task<void> fail_later(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 3);
  const auto canceled = co_await shop.orders.cancel_placed(cancel_of(paid, "a"));
  EXPECT_TRUE(canceled.has_value());
  co_await let_the_worker_run(shop);
  auto order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::refunded);

  shop.stripe.fail_refunds(paid.payment.id);
  for (int i = 0; i < 3; ++i)  // The news come three times.
    co_await shop.orders.settle(shop.stripe.report(paid.payment.id));
  order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::paid);
  EXPECT_EQ(order.paid, euros(3500));
  int holds = co_await failure_holds(shop, paid.id);
  EXPECT_EQ(holds, 1);
  const int failed = co_await test::count_events(shop, paid.id, "order.refund_failed");
  EXPECT_EQ(failed, 1);
  auto refunds = co_await shop.orders.refunds_of(paid.id);
  EXPECT_EQ(refunds.at(0).status(), OrderRefund::Status::failed);
  co_await test::expect_no_violation(shop);

  // Staff try again; it works this time.
  const auto again = co_await shop.orders.refund(everything_of(paid, "b"));
  EXPECT_EQ(again->amount, euros(3500));
  EXPECT_TRUE(again->lines.empty());
  holds = co_await failure_holds(shop, paid.id);
  EXPECT_EQ(holds, 0);
  co_await let_the_worker_run(shop);
  co_await shop.orders.settle(shop.stripe.report(paid.payment.id));
  order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::refunded);
  refunds = co_await shop.orders.refunds_of(paid.id);
  EXPECT_EQ(refunds.at(1).status(), OrderRefund::Status::done);
  co_await test::expect_no_violation(shop);
}

TEST(RefundsThatFail, PutTheMoneyBackIntoTheBooksAndTellStaff) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), fail_later);
}

// Decided here, and sent back once more in the provider's dashboard before it was carried out.
Task<void> send_back_twice(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 1);
  const auto decided = co_await shop.orders.refund(amount_of(paid, 100, "a"));
  EXPECT_TRUE(decided.has_value());
  shop.stripe.account(paid.payment.id).refunds.emplace_back("re_by_hand", paid.total);
  co_await shop.orders.settle(shop.stripe.report(paid.payment.id));
  const auto more = co_await shop.orders.refund(amount_of(paid, 100, "b"));
  EXPECT_EQ(more.error(), StaffRefusal::more_than_paid);
  const auto rest = co_await shop.orders.refund(everything_of(paid, "c"));
  EXPECT_EQ(rest->amount, euros(0)) << "units alone";
}

TEST(Refunds, FindNoMoneyInAPaymentThatIsOverdrawn) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), send_back_twice);
}

constexpr pg::Statement tired_sql{"refunds_test.tired", "UPDATE payments.refunds SET attempts = 5"};

Task<void> fail_at_once(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 1);
  const auto decided = co_await shop.orders.refund(amount_of(paid, 700, "a"));
  shop.stripe.refuses_refunds = true;
  co_await let_the_worker_run(shop);
  int holds = co_await failure_holds(shop, paid.id);
  EXPECT_EQ(holds, 0);  // It is tried a few times.
  co_await database.run(tired_sql);
  co_await let_the_worker_run(shop);
  holds = co_await failure_holds(shop, paid.id);
  EXPECT_EQ(holds, 1);
  auto order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.fulfilment_status, "on_hold");
  co_await test::expect_no_violation(shop);

  // Staff transfer the money themselves.
  RefundedCommand by_hand = refunded_of(paid, "bank-1");
  auto noted = co_await shop.orders.note_refunded(by_hand);
  EXPECT_EQ(noted.error(), StaffRefusal::unknown_refund);  // It has to be named.
  by_hand.refund_id = decided->payments.at(0).refund_id;
  noted = co_await shop.orders.note_refunded(by_hand);
  EXPECT_TRUE(noted.has_value());
  order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.paid, euros(800));
  EXPECT_EQ(order.fulfilment_status, "unfulfilled");
  holds = co_await failure_holds(shop, paid.id);
  EXPECT_EQ(holds, 0);
  co_await shop.orders.settle(
      shop.stripe.report(paid.payment.id));  // The provider knows nothing of it.
  order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.paid, euros(800));
  co_await test::expect_no_violation(shop);
}

TEST(RefundsThatFail, AreGivenUpSoonAndCanBeCarriedOutByHand) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), fail_at_once);
}

// --- Canceling.

Task<void> cancel_paid(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto paid = co_await paid_order(shop, 3);
  const auto part = co_await shop.orders.refund(units_of(paid, 1, "part"));
  EXPECT_TRUE(part.has_value());
  const auto canceled = co_await shop.orders.cancel_placed(cancel_of(paid, "a"));
  EXPECT_EQ(canceled->amount, euros(2500));
  const auto again = co_await shop.orders.cancel_placed(cancel_of(paid, "a"));
  EXPECT_EQ(again->id, canceled->id);
  const auto other = co_await shop.orders.cancel_placed(cancel_of(paid, "b"));
  EXPECT_EQ(other.error(), StaffRefusal::wrong_status);
  auto order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.status, OrderStatus::canceled);
  EXPECT_EQ(order.fulfilment_status, "canceled");
  const auto stock = co_await test::mugs(shop);
  EXPECT_EQ(stock.committed, 0);
  EXPECT_EQ(stock.on_hand, 10);
  co_await test::expect_no_violation(shop);
  co_await let_the_worker_run(shop);
  order = co_await test::get(shop, paid.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::refunded);
  const int events = co_await test::count_events(shop, paid.id, "order.canceled");
  EXPECT_EQ(events, 1);
  const int cancellations = co_await audited(shop, paid.id, "order.canceled");
  const int refunds = co_await audited(shop, paid.id, "order.refunded");
  EXPECT_EQ(cancellations, 1);  // Not what was refused or repeated.
  EXPECT_EQ(refunds, 1);
  co_await test::expect_no_violation(shop);
}

TEST(Canceling, GivesUnitsAndMoneyBack) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), cancel_paid);
}

Task<void> cancel_unpaid(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto order = co_await transfer_order(shop, 2);
  CancelCommand command = cancel_of(order, "a");
  command.units = RefundedUnits::written_off;
  const auto canceled = co_await shop.orders.cancel_placed(command);
  EXPECT_EQ(canceled->amount, euros(0));
  EXPECT_EQ(canceled->lines.size(), 1U);
  auto now = co_await test::get(shop, order.id);
  EXPECT_EQ(now.status, OrderStatus::canceled);
  EXPECT_EQ(now.payment_status, OrderPaymentStatus::voided);
  auto stock = co_await test::mugs(shop);
  EXPECT_EQ(stock.on_hand, 8);
  co_await test::expect_no_violation(shop);

  // The transfer comes all the same: it is to go back.
  const auto captured = co_await shop.orders.note_capture(capture_of(order, 2500, "late"));
  EXPECT_TRUE(captured.has_value());
  const auto refunds = co_await shop.orders.refunds_of(order.id);
  EXPECT_EQ(refunds.size(), 2U);
  EXPECT_EQ(refunds[1].reason, "order_canceled");
  co_await test::expect_no_violation(shop);
  const auto sent = co_await shop.orders.note_refunded(refunded_of(order, "out-1"));
  EXPECT_TRUE(sent.has_value());
  now = co_await test::get(shop, order.id);
  EXPECT_EQ(now.payment_status, OrderPaymentStatus::refunded);
  co_await test::expect_no_violation(shop);
}

TEST(Canceling, GivesAnAwaitedTransferUp) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), cancel_unpaid);
}

// --- Transfers.

Task<void> take_transfers(pg::Database& database) {
  Shop shop(database);
  co_await test::stock_up(shop, 10);
  const auto placed = co_await transfer_order(shop, 2);
  auto noted = co_await shop.orders.note_capture(capture_of(placed, 1000, "bank-1"));
  EXPECT_TRUE(noted.has_value());
  auto order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::partially_paid);
  noted = co_await shop.orders.note_capture(capture_of(placed, 1000, "bank-1"));
  EXPECT_TRUE(noted.has_value());  // The same command again.
  CaptureCommand same_reference = capture_of(placed, 1000, "bank-1");
  same_reference.key = "another";
  noted = co_await shop.orders.note_capture(same_reference);
  EXPECT_EQ(noted.error(), StaffRefusal::reference_known);
  noted = co_await shop.orders.note_capture(capture_of(placed, 0, "bank-2"));
  EXPECT_EQ(noted.error(), StaffRefusal::amount_invalid);
  noted = co_await shop.orders.note_capture(capture_of(placed, 1500, "bank-2"));
  EXPECT_TRUE(noted.has_value());
  order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::paid);
  EXPECT_EQ(order.paid, euros(2500));
  co_await test::expect_no_violation(shop);

  const auto refund = co_await shop.orders.refund(amount_of(placed, 400, "r"));
  EXPECT_TRUE(refund.has_value());
  co_await let_the_worker_run(shop);
  order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.paid, euros(2500));  // It waits for staff.
  noted = co_await shop.orders.note_refunded(refunded_of(placed, "out-1"));
  EXPECT_TRUE(noted.has_value());
  noted = co_await shop.orders.note_refunded(refunded_of(placed, "out-1"));
  EXPECT_TRUE(noted.has_value());
  order = co_await test::get(shop, placed.id);
  EXPECT_EQ(order.paid, euros(2100));
  EXPECT_EQ(order.payment_status, OrderPaymentStatus::partially_refunded);
  const int noted_in = co_await audited(shop, placed.id, "order.transfer_noted");
  const int noted_out = co_await audited(shop, placed.id, "order.refund_noted");
  EXPECT_EQ(noted_in, 2);
  EXPECT_EQ(noted_out, 1);
  noted = co_await shop.orders.note_refunded(refunded_of(placed, "out-2"));
  EXPECT_EQ(noted.error(), StaffRefusal::unknown_refund);
  co_await test::expect_no_violation(shop);

  const auto by_card = co_await paid_order(shop, 1);
  noted = co_await shop.orders.note_capture(capture_of(by_card, 1000, "bank-3"));
  EXPECT_EQ(noted.error(), StaffRefusal::no_manual_payment);
}

TEST(Transfers, AreNotedAndPaidBackByStaff) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), take_transfers);
}

}  // namespace
}  // namespace osier::orders
