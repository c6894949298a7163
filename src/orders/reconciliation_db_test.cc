// The provider's books and ours, differing in every way they can.

#include "orders/reconciliation.h"
#include "orders/test/shop.h"
#include "payments/test/fake_books.h"
#include "platform/postgres/migrations.h"

namespace osier::orders {
namespace {

using payments::FindingKind;
using payments::PaymentStatus;
using payments::ProviderPayment;
using Mode = ReconcileOptions::Mode;
using Undo = ReconcileOptions::Undo;
using test::euros;
using test::Shop;

// A shop with its provider's books.
struct Office {
  explicit Office(pg::Database& database) : shop(database) {}

  Shop shop;
  payments::test::FakeBooks books{shop.stripe};
  Reconciliation reconciliation{shop.database, shop.payments, shop.orders, books, shop.clock};
};

Task<void> open_office(Office& office) {
  office.books.shop_id = co_await payments::shop_id(office.shop.database);
  co_await test::stock_up(office.shop, 50);
}

Task<ReconcileOutcome> run(Office& office, Mode mode = Mode::carry_out, Undo undo = Undo::never) {
  ReconcileOptions options{.since = std::chrono::hours(24 * 3650),
                           .mode = mode,
                           .undo = undo,
                           .actor = {audit::ActorKind::command, "osier reconcile"}};
  co_return co_await office.reconciliation.run(std::move(options));
}

// Paid at the provider, and nobody has told us.
Task<NewOrder> paid_in_silence(Office& office) {
  const auto order = co_await test::place_and_open(office.shop, {});
  office.shop.stripe.pay(order.payment.id, order.total);
  office.books.asked_for.emplace(order.payment.id.value(), order.total);
  co_return order;
}

Task<NewOrder> paid_and_booked(Office& office) {
  const auto order = co_await paid_in_silence(office);
  co_await office.shop.orders.settle(office.shop.stripe.report(order.payment.id));
  co_return order;
}

ProviderPayment stranger(Office& office, std::string id, Money captured) {
  return {.id = std::move(id),
          .shop_id = office.books.shop_id,
          .payment_id = payments::PaymentId{Uuid::v7(test::noon)},
          .status = captured.amount_minor() > 0 ? PaymentStatus::captured
                                                : PaymentStatus::requires_action,
          .amount = euros(1500),
          .captured = captured,
          .refunded = euros(0)};
}

std::vector<std::string> kinds_of(const std::vector<payments::Finding>& findings) {
  std::vector<std::string> kinds;
  for (const auto& finding : findings) kinds.emplace_back(to_string(finding.kind));
  return kinds;
}
const std::vector<std::string> nothing;

using Work = Task<void> (*)(Office&);

Task<void> open_and_work(pg::Database& database, Work work) {
  Office office(database);
  co_await open_office(office);
  co_await work(office);
}

void in_an_office(Work work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(),
                [work](pg::Database& database) { return open_and_work(database, work); });
}

// --- News that nobody told us.

Task<void> lose_all_news(Office& office) {
  std::vector<NewOrder> orders;
  for (int i = 0; i < 5; ++i) orders.push_back(co_await paid_in_silence(office));
  const auto planned = co_await run(office, Mode::dry_run);
  EXPECT_EQ(planned.acts.size(), 5U);
  EXPECT_EQ((co_await test::get(office.shop, orders[0].id)).status, OrderStatus::pending);

  const auto done = co_await run(office);
  EXPECT_EQ(done.payments_seen, 5);
  EXPECT_EQ(kinds_of(done.findings), nothing);
  EXPECT_EQ(done.shortfall, "");
  for (const NewOrder& order : orders) {
    const auto now = co_await test::get(office.shop, order.id);
    EXPECT_EQ(now.status, OrderStatus::placed);
    EXPECT_EQ(now.paid, order.total);
  }
  const auto again = co_await run(office);
  EXPECT_EQ(again.acts, nothing) << "a repeat has nothing to do";
  co_await test::expect_no_violation(office.shop);
}

TEST(Reconciliation, BooksPaymentsThatNoWebhookToldOf) { in_an_office(lose_all_news); }

Task<void> refund_at_the_provider(Office& office) {
  const auto order = co_await paid_and_booked(office);
  office.shop.stripe.account(order.payment.id).refunds.emplace_back("re_by_hand", euros(500));
  const auto done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), nothing);
  const auto now = co_await test::get(office.shop, order.id);
  EXPECT_EQ(now.paid, order.total - euros(500));
  EXPECT_EQ(now.payment_status, OrderPaymentStatus::partially_refunded);
  co_await test::expect_no_violation(office.shop);
}

TEST(Reconciliation, BooksRefundsMadeAtTheProvider) { in_an_office(refund_at_the_provider); }

Task<void> bounce_days_later(Office& office) {
  const auto order = co_await paid_and_booked(office);
  office.shop.stripe.account(order.payment.id).refunds.emplace_back("re_1", euros(500));
  (void)co_await run(office);
  EXPECT_EQ((co_await test::get(office.shop, order.id)).paid, order.total - euros(500));
  office.shop.stripe.fail_refunds(order.payment.id);
  office.books.are_payments_old = true;
  ReconcileOptions last_hours{.since = -std::chrono::hours(24 * 3650),
                              .actor = {audit::ActorKind::command, "osier reconcile"}};
  const auto done = co_await office.reconciliation.run(last_hours);
  EXPECT_EQ(done.acts.size(), 1U);
  EXPECT_EQ((co_await test::get(office.shop, order.id)).paid, order.total);
  const auto again = co_await office.reconciliation.run(last_hours);
  EXPECT_EQ(again.acts, nothing);
  co_await test::expect_no_violation(office.shop);
}

TEST(Reconciliation, BooksARefundThatBouncedLongAfterItWasMade) { in_an_office(bounce_days_later); }

// A provider with a long list, or a slow one.
Task<void> read_for_long(Office& office) {
  const auto order = co_await paid_in_silence(office);
  for (int i = 0; i < 30; ++i) {
    office.books.strangers.push_back(stranger(office, "pi_" + std::to_string(i), euros(100)));
    office.books.strangers.back().shop_id.clear();
  }
  office.books.page_size = 1;
  office.books.latency = 100ms;
  ReconcileOptions options{.since = std::chrono::hours(24 * 3650),
                           .actor = {audit::ActorKind::command, "osier reconcile"},
                           .time_max = 2s};
  const auto done = co_await office.reconciliation.run(std::move(options));
  EXPECT_NE(done.shortfall, "");
  EXPECT_LT(done.payments_seen, 20);
  EXPECT_EQ((co_await test::get(office.shop, order.id)).status, OrderStatus::placed);
}

TEST(Reconciliation, LeavesTimeToBookWhatItHasRead) { in_an_office(read_for_long); }

// --- Money without an order.

constexpr pg::Statement count_audit_sql{"reconciliation_test.count_audit", R"sql(
  SELECT count(*)::integer FROM audit.entries WHERE action = $1
)sql"};
Task<int> count_audit(Office& office, std::string action) {
  const auto row = co_await office.shop.database.run_one(count_audit_sql, action);
  co_return row->get<int>(0);
}

Task<void> meet_strangers(Office& office) {
  auto& strangers = office.books.strangers;
  strangers.push_back(stranger(office, "pi_paid", euros(1500)));
  strangers.push_back(stranger(office, "pi_open", euros(0)));
  strangers.push_back(stranger(office, "pi_of_another_shop", euros(900)));
  strangers.back().shop_id = Uuid::v7(test::noon).to_string();
  strangers.push_back(stranger(office, "pi_by_hand", euros(900)));
  strangers.back().shop_id.clear();
  strangers.back().payment_id.reset();

  const auto looked = co_await run(office);
  EXPECT_EQ(looked.acts, nothing);
  EXPECT_EQ(kinds_of(looked.findings),
            (std::vector<std::string>{"money_without_order", "money_without_order"}));
  const auto planned = co_await run(office, Mode::dry_run, Undo::at_once);
  EXPECT_EQ(planned.acts.size(), 2U);
  EXPECT_EQ(office.books.undone, 0);
  const auto done = co_await run(office, Mode::carry_out, Undo::at_once);
  EXPECT_EQ(done.acts.size(), 2U);
  EXPECT_EQ(kinds_of(done.findings), nothing);
  EXPECT_EQ(strangers[0].refunded, euros(1500));
  EXPECT_EQ(strangers[1].status, PaymentStatus::canceled);
  EXPECT_EQ(strangers[2].refunded, euros(0)) << "another shop's money is not ours to send back";
  EXPECT_EQ(strangers[3].refunded, euros(0)) << "what was made by hand is left alone";
  EXPECT_EQ(co_await count_audit(office, "provider_payment.undo_decided"), 2);
  const auto again = co_await run(office, Mode::carry_out, Undo::at_once);
  EXPECT_EQ(again.acts, nothing);
  EXPECT_EQ(co_await payments::count_open_findings(office.shop.database), 0);
}

TEST(Reconciliation, SendsBackThisShopsMoneyThatHasNoOrderWhenTold) {
  in_an_office(meet_strangers);
}

constexpr pg::Statement make_findings_old_sql{"reconciliation_test.make_findings_old", R"sql(
  UPDATE payments.reconciliation_findings SET first_seen = first_seen - interval '25 hours'
)sql"};

// Each run sees it again, and it stays the same finding.
Task<void> wait_a_day(Office& office) {
  office.books.strangers.push_back(stranger(office, "pi_paid", euros(1500)));
  for (int i = 0; i < 2; ++i) {
    const auto early = co_await run(office, Mode::carry_out, Undo::after_a_day);
    EXPECT_EQ(kinds_of(early.findings), std::vector<std::string>{"money_without_order"});
  }
  EXPECT_EQ(office.books.undone, 0);
  co_await office.shop.database.run(make_findings_old_sql);
  (void)co_await run(office);
  EXPECT_EQ(office.books.undone, 0) << "a plain run only tells";
  const auto late = co_await run(office, Mode::carry_out, Undo::after_a_day);
  EXPECT_EQ(kinds_of(late.findings), nothing);
  EXPECT_EQ(office.books.strangers[0].refunded, euros(1500));
}

TEST(Reconciliation, LeavesStaffADayBeforeTheScheduleSendsMoneyBack) { in_an_office(wait_a_day); }

Task<void> meet_a_crowd(Office& office) {
  const auto count = static_cast<int>(Reconciliation::undo_max) + 1;
  for (int i = 0; i < count; ++i)
    office.books.strangers.push_back(
        stranger(office, "pi_" + std::to_string(i), euros(i % 2 * 100)));  // Half are open.
  const auto done = co_await run(office, Mode::carry_out, Undo::at_once);
  EXPECT_EQ(office.books.undone, 0);
  EXPECT_EQ(done.findings.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(co_await payments::count_open_findings(office.shop.database), count);

  office.books.strangers.resize(1);  // Somebody has looked.
  const auto next = co_await run(office, Mode::carry_out, Undo::at_once);
  EXPECT_EQ(office.books.undone, 1);
  EXPECT_EQ(kinds_of(next.findings), nothing);
  EXPECT_EQ(co_await payments::count_open_findings(office.shop.database), 0);
}

TEST(Reconciliation, UndoesNothingIfTooManyPaymentsAreUnknown) { in_an_office(meet_a_crowd); }

constexpr pg::Statement forget_order_sql{"reconciliation_test.forget_order", R"sql(
  UPDATE payments.payments SET payable_id = gen_random_uuid()
)sql"};
constexpr pg::Statement select_refunds_sql{"reconciliation_test.select_refunds", R"sql(
  SELECT amount_minor, reason FROM payments.refunds
)sql"};

Task<void> lose_the_order(Office& office) {
  const auto order = co_await paid_in_silence(office);
  co_await office.shop.database.run(forget_order_sql);
  (void)co_await run(office);
  const auto again = co_await run(office);
  EXPECT_EQ(kinds_of(again.findings), nothing);
  const auto refunds = co_await office.shop.database.run(select_refunds_sql);
  EXPECT_EQ(refunds.size(), 1) << "decided once";
  if (refunds.size() == 1) {
    EXPECT_EQ(refunds[0].get<std::int64_t>("amount_minor"), order.total.amount_minor());
  }
  EXPECT_EQ(co_await count_audit(office, "payment.refund_decided"), 1);
  (void)co_await office.shop.orders.poll_payments(10);
  EXPECT_EQ(office.shop.stripe.account(order.payment.id).refunds.size(), 1U);
}

TEST(Reconciliation, RefundsAPaymentWhoseOrderDoesNotExist) { in_an_office(lose_the_order); }

// --- What only people can judge.

constexpr pg::Statement count_resolved_sql{"reconciliation_test.count_resolved", R"sql(
  SELECT count(*)::integer FROM payments.reconciliation_findings WHERE resolved_at IS NOT NULL
)sql"};

Task<void> hide_a_capture(Office& office) {
  const auto order = co_await paid_and_booked(office);
  office.books.asked_for.clear();
  const auto done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), std::vector<std::string>{"captured_unknown_at_provider"});
  (void)co_await run(office);
  EXPECT_EQ(co_await payments::count_open_findings(office.shop.database), 1) << "one row";

  office.books.is_down = true;
  const auto in_the_dark = co_await run(office);
  EXPECT_NE(in_the_dark.shortfall, "");
  EXPECT_EQ(co_await payments::count_open_findings(office.shop.database), 1)
      << "what could not be looked at has not ended";

  office.books.is_down = false;
  office.books.asked_for.emplace(order.payment.id.value(), order.total);
  (void)co_await run(office);
  EXPECT_EQ(co_await payments::count_open_findings(office.shop.database), 0);
  const auto resolved = co_await office.shop.database.run_one(count_resolved_sql);
  EXPECT_EQ(resolved->get<int>(0), 1);
}

TEST(Reconciliation, FindsCapturesThatTheProviderDoesNotKnowUntilItDoes) {
  in_an_office(hide_a_capture);
}

Task<void> tell_less_than_we_have(Office& office) {
  const auto order = co_await paid_and_booked(office);
  office.books.asked_for.at(order.payment.id.value()) = order.total + euros(1);
  auto done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), std::vector<std::string>{"amount_differs"});

  office.books.asked_for.at(order.payment.id.value()) = order.total;
  office.shop.stripe.account(order.payment.id).captured = order.total - euros(1);
  done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), std::vector<std::string>{"captured_more_than_provider"});

  office.shop.stripe.account(order.payment.id).captured = order.total;
  auto& refunds = office.shop.stripe.account(order.payment.id).refunds;
  refunds.emplace_back("re_taken_back", euros(100));
  done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), nothing);
  refunds.clear();
  done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), std::vector<std::string>{"refunded_more_than_provider"});

  office.books.asked_for.at(order.payment.id.value()) =
      Money::minor(order.total.amount_minor(), Currency::of("USD"));
  done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), std::vector<std::string>{"currency_differs"});
}

TEST(Reconciliation, FindsOtherAmountsCurrenciesAndRefunds) {
  in_an_office(tell_less_than_we_have);
}

constexpr pg::Statement other_id_sql{"reconciliation_test.other_id", R"sql(
  UPDATE payments.payments SET provider_payment_id = 'pi_other'
)sql"};

Task<void> mix_up_ids(Office& office) {
  (void)co_await paid_and_booked(office);
  co_await office.shop.database.run(other_id_sql);
  const auto done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings),
            (std::vector<std::string>{"money_without_order", "captured_unknown_at_provider"}));
  EXPECT_EQ(office.books.undone, 0);
}

TEST(Reconciliation, SendsNoMoneyBackForAPaymentThatItKnowsByAnotherId) {
  in_an_office(mix_up_ids);
}

RefundCommand part_of(const NewOrder& order, std::string key) {
  RefundCommand command;
  command.order_id = order.id;
  command.what.amount = euros(500);
  command.reason = "a gesture";
  command.actor = {audit::ActorKind::staff, "staff"};
  command.key = std::move(key);
  return command;
}

constexpr pg::Statement tire_refunds_sql{"reconciliation_test.tire_refunds", R"sql(
  UPDATE payments.refunds SET attempts = 5, next_attempt_at = now() WHERE status = 'created'
)sql"};

// The provider would not make a refund; staff end that in one way or the other.
Task<void> help_oneself(Office& office) {
  std::vector<NewOrder> orders;
  std::vector<OrderRefund> refunds;
  office.shop.stripe.refuses_refunds = true;
  for (int i = 0; i < 2; ++i) {
    orders.push_back(co_await paid_and_booked(office));
    auto refund = co_await office.shop.orders.refund(part_of(orders.back(), std::to_string(i)));
    refunds.push_back(*std::move(refund));
  }
  co_await office.shop.database.run(tire_refunds_sql);
  (void)co_await office.shop.orders.poll_payments(10);
  const auto failed = co_await run(office);
  EXPECT_EQ(kinds_of(failed.findings),
            (std::vector<std::string>{"refund_overdue", "refund_overdue"}));

  office.shop.stripe.refuses_refunds = false;
  const auto anew = co_await office.shop.orders.refund(part_of(orders[0], "again"));
  EXPECT_TRUE(anew.has_value());
  (void)co_await office.shop.orders.poll_payments(10);
  RefundedCommand by_hand{.order_id = orders[1].id,
                          .refund_id = refunds[1].payments.at(0).refund_id,
                          .reference = "bank-1",
                          .actor = {audit::ActorKind::staff, "staff"},
                          .key = "by hand"};
  const auto noted = co_await office.shop.orders.note_refunded(std::move(by_hand));
  EXPECT_TRUE(noted.has_value());
  const auto done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), nothing);
  EXPECT_EQ(co_await payments::count_open_findings(office.shop.database), 0);
  EXPECT_EQ((co_await run(office)).acts, nothing);
}

TEST(Reconciliation, FindsARefundThatFailedUntilStaffHaveHelpedThemselves) {
  in_an_office(help_oneself);
}

constexpr pg::Statement old_refund_sql{"reconciliation_test.old_refund", R"sql(
  INSERT INTO payments.refunds (id, payment_id, amount_minor, reason, status, next_attempt_at, created_at)
  SELECT gen_random_uuid(), id, 100, 'test', 'created', clock_timestamp() + interval '1 day',
         clock_timestamp() - interval '7 hours'
    FROM payments.payments
)sql"};
constexpr pg::Statement forgotten_order_sql{"reconciliation_test.forgotten_order", R"sql(
  WITH ended AS (UPDATE payments.payments SET status = 'expired' WHERE captured_minor = 0 RETURNING payable_id)
  UPDATE orders.orders SET expires_at = clock_timestamp() - interval '1 hour'
   WHERE id IN (SELECT payable_id FROM ended)
)sql"};

Task<void> be_late(Office& office) {
  (void)co_await paid_and_booked(office);
  co_await office.shop.database.run(old_refund_sql);
  (void)co_await test::place(office.shop, {});
  co_await office.shop.database.run(forgotten_order_sql);
  const auto done = co_await run(office);
  EXPECT_EQ(kinds_of(done.findings), (std::vector<std::string>{"refund_overdue", "order_overdue"}));
}

TEST(Reconciliation, FindsRefundsAndOrdersThatAreOverdue) { in_an_office(be_late); }

}  // namespace
}  // namespace osier::orders
