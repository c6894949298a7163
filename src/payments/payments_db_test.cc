#include <gtest/gtest.h>

#include "payments/payments.h"
#include "payments/test/fake_provider.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/postgres/test/violations.h"

namespace osier::payments {
namespace {

constexpr Currency eur = Currency::of("EUR");
constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

Money euros(std::int64_t minor) { return Money::minor(minor, eur); }

// Payments with a provider in memory.
struct Till {
  explicit Till(pg::Database& database_of_test) : database(database_of_test) {}
  pg::Database& database;
  SystemClock clock;
  test::FakeProvider stripe;
  Payments payments{database, clock, &stripe};
};

Task<PaymentId> new_payment(Till& till, std::int64_t amount, Provider provider = Provider::stripe) {
  const PaymentId id{Uuid::v7(noon)};
  const bool is_manual = provider == Provider::manual;
  const NewPayment payment{
      .id = id,
      .payable_id = PayableId{Uuid::v7(noon)},
      .provider = provider,
      .method = is_manual ? PaymentMethod::transfer : PaymentMethod::hosted_page,
      .amount = euros(amount)};
  pg::Batch batch;
  till.payments.add_open(batch, {payment});
  auto transaction = co_await till.database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return id;
}

Task<Result<Payment, OpenRefusal>> open(Till& till, PaymentId id, std::int64_t amount) {
  Purchase purchase;
  purchase.payment_id = id;
  purchase.amount = euros(amount);
  co_return co_await till.payments.open_at_provider(std::move(purchase));
}

Task<PaymentId> opened_payment(Till& till, std::int64_t amount) {
  const auto id = co_await new_payment(till, amount);
  const auto opened = co_await open(till, id, amount);
  EXPECT_TRUE(opened.has_value());
  co_return id;
}

Task<std::vector<Payments::Recorded>> record(Till& till, std::vector<PaymentReport> reports) {
  auto transaction = co_await till.database.begin();
  auto recorded = co_await till.payments.record(transaction, std::move(reports));
  co_await transaction.commit();
  co_return recorded;
}

Task<Payment> get(Till& till, PaymentId id) {
  const auto payment = co_await till.payments.find(id);
  co_return payment.value();
}

Task<void> expect_no_violation(Till& till) {
  const auto lines = co_await pg::test::violations(till.database, invariants());
  EXPECT_EQ(lines, std::vector<std::string>{});
}

Task<void> open_once(pg::Database& database) {
  Till till(database);
  const auto id = co_await new_payment(till, 1000);
  const auto first = co_await open(till, id, 1000);
  const auto again = co_await open(till, id, 1000);
  EXPECT_EQ(first->url, "https://pay.example/cs_" + id.value().to_hex());
  EXPECT_EQ(again->url, first->url);
  EXPECT_EQ(first->status, PaymentStatus::requires_action);
  EXPECT_EQ(till.stripe.open_calls, 1);
  const auto found = co_await till.payments.find_by_provider_id(*first->provider_session_id);
  EXPECT_EQ(found->id, id);

  till.stripe.refuses = true;
  const auto other = co_await new_payment(till, 10);
  const auto refused = co_await open(till, other, 10);
  EXPECT_EQ(refused.error(), OpenRefusal::provider_refused);
}

TEST(Payments, AreOpenedAtTheProviderOnce) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), open_once);
}

Task<void> record_one(Till& till, PaymentReport report, int* captures) {
  std::vector<PaymentReport> one{std::move(report)};
  const auto recorded = co_await record(till, std::move(one));
  if (recorded[0].newly_captured.amount_minor() > 0) ++*captures;
}

Task<void> record_ten_times(pg::Database& database) {
  Till till(database);
  const auto id = co_await opened_payment(till, 1000);
  till.stripe.pay(id, euros(1000));
  int captures = 0;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(record_one(till, till.stripe.report(id), &captures));
  co_await when_all(std::move(tasks));
  EXPECT_EQ(captures, 1);
  const auto payment = co_await get(till, id);
  EXPECT_EQ(payment.captured, euros(1000));
  EXPECT_EQ(payment.status, PaymentStatus::captured);
  co_await expect_no_violation(till);

  auto unknown = till.stripe.report(id);
  unknown.payment_id = PaymentId{Uuid::v7(noon)};
  std::vector<PaymentReport> reports{unknown, till.stripe.report(id), till.stripe.report(id)};
  const auto recorded = co_await record(till, std::move(reports));
  EXPECT_EQ(recorded.size(), 2U);  // The unknown one is left out.
  EXPECT_FALSE(recorded[0].is_changed);
}

TEST(Payments, AreRecordedOnceHoweverOftenTheyAreReported) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), record_ten_times);
}

Task<void> close_all_kinds(pg::Database& database) {
  Till till(database);
  const auto unopened = co_await new_payment(till, 1000);
  auto outcome = co_await till.payments.close(unopened);
  EXPECT_EQ(outcome, CloseOutcome::closed);
  const auto late = co_await open(till, unopened, 1000);
  EXPECT_EQ(late.error(), OpenRefusal::payment_ended);

  const auto opened = co_await opened_payment(till, 1000);
  outcome = co_await till.payments.close(opened);
  EXPECT_EQ(outcome, CloseOutcome::closed);
  EXPECT_FALSE(till.stripe.pay(opened, euros(1000)));
  outcome = co_await till.payments.close(opened);
  EXPECT_EQ(outcome, CloseOutcome::closed);

  const auto paid = co_await opened_payment(till, 1000);
  till.stripe.pay(paid, euros(1000));
  outcome = co_await till.payments.close(paid);
  EXPECT_EQ(outcome, CloseOutcome::already_paid);

  const auto manual = co_await new_payment(till, 1000, Provider::manual);
  outcome = co_await till.payments.close(manual);
  EXPECT_EQ(outcome, CloseOutcome::closed);

  const auto stuck = co_await opened_payment(till, 1000);
  till.stripe.is_down = true;
  bool is_unavailable = false;
  try {
    co_await till.payments.close(stuck);
  } catch (const ProviderUnavailable&) {
    is_unavailable = true;
  }
  EXPECT_TRUE(is_unavailable);
  const auto payment = co_await get(till, stuck);
  EXPECT_EQ(payment.status, PaymentStatus::requires_action);
}

TEST(Payments, AreClosedOnlyWhenTheProviderSaysSo) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), close_all_kinds);
}

Task<void> open_slowly(Till& till, PaymentId id, bool* is_shown) {
  const auto opened = co_await open(till, id, 1000);
  *is_shown = opened.has_value();
}

Task<void> close_soon(Till& till, PaymentId id) {
  co_await sleep_for(20ms);
  const auto outcome = co_await till.payments.close(id);
  EXPECT_EQ(outcome, CloseOutcome::closed);
}

// The session is made at the provider while the order is given up.
Task<void> close_while_opening(pg::Database& database) {
  Till till(database);
  till.stripe.latency = 100ms;
  const auto id = co_await new_payment(till, 1000);
  bool is_shown = true;
  std::vector<Task<void>> tasks;
  tasks.push_back(open_slowly(till, id, &is_shown));
  tasks.push_back(close_soon(till, id));
  co_await when_all(std::move(tasks));
  EXPECT_FALSE(is_shown);
  EXPECT_FALSE(till.stripe.pay(id, euros(1000)));  // Closed at the provider, too.
}

TEST(Payments, CannotBePaidAfterTheyWereClosedWhileOpening) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), close_while_opening);
}

constexpr pg::Statement age_sql{"payments_test.age", R"sql(
  UPDATE payments.payments SET created_at = created_at - $1 * interval '1 minute', next_poll_at = clock_timestamp()
   WHERE next_poll_at IS NOT NULL
)sql"};
constexpr pg::Statement next_poll_sql{"payments_test.next_poll", R"sql(
  SELECT round(extract(epoch FROM next_poll_at - clock_timestamp()) / 60)::integer FROM payments.payments
)sql"};

Task<void> poll_ever_more_rarely(pg::Database& database) {
  Till till(database);
  const auto id = co_await opened_payment(till, 1000);
  auto due = co_await till.payments.due_for_poll(10);
  EXPECT_TRUE(due.empty());  // The first minute belongs to the webhook.

  const std::vector<std::pair<int, int>> minutes_and_waits{{1, 1}, {2, 3}, {27, 5}, {60, 10}};
  for (const auto& [minutes, wait] : minutes_and_waits) {
    co_await database.run(age_sql, minutes);
    due = co_await till.payments.due_for_poll(10);
    EXPECT_EQ(due, std::vector<PaymentId>{id});
    const auto row = co_await database.run_one(next_poll_sql);
    EXPECT_EQ(row->get<int>(0), wait);
    due = co_await till.payments.due_for_poll(10);
    EXPECT_TRUE(due.empty());
  }

  till.stripe.pay(id, euros(1000));
  std::vector<PaymentReport> reports{till.stripe.report(id)};
  co_await record(till, std::move(reports));
  const auto row = co_await database.run_one(next_poll_sql);
  EXPECT_FALSE(row->get<std::optional<int>>(0));
}

TEST(Payments, ArePolledAfterAMinuteAndThenMoreRarely) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), poll_ever_more_rarely);
}

Task<bool> decide_refund(Till& till, PaymentId id, std::int64_t amount) {
  auto transaction = co_await till.database.begin();
  const auto refund = co_await till.payments.add_refund(transaction, id, euros(amount), "test");
  co_await transaction.commit();
  co_return refund.has_value();
}

constexpr pg::Statement refunds_due_sql{"payments_test.refunds_due",
                                        "UPDATE payments.refunds SET next_attempt_at = now()"};
constexpr pg::Statement refund_states_sql{"payments_test.refund_states", R"sql(
  SELECT count(*) FILTER (WHERE status = 'created'), count(*) FILTER (WHERE status = 'succeeded'),
         count(*) FILTER (WHERE status = 'failed')
    FROM payments.refunds
)sql"};

Task<void> refund_in_parts(pg::Database& database) {
  Till till(database);
  const auto id = co_await opened_payment(till, 1000);
  till.stripe.pay(id, euros(1000));
  std::vector<PaymentReport> paid{till.stripe.report(id)};
  co_await record(till, std::move(paid));

  const bool first = co_await decide_refund(till, id, 600);
  const bool too_much = co_await decide_refund(till, id, 401);
  const bool rest = co_await decide_refund(till, id, 400);
  EXPECT_TRUE(first);
  EXPECT_FALSE(too_much);
  EXPECT_TRUE(rest);
  co_await expect_no_violation(till);

  till.stripe.is_down = true;
  auto reports = co_await till.payments.carry_out_refunds(10);
  EXPECT_TRUE(reports.empty());
  till.stripe.is_down = false;
  co_await database.run(refunds_due_sql);
  reports = co_await till.payments.carry_out_refunds(10);
  EXPECT_EQ(reports.size(), 2U);

  // The process dies here; the next one finds the references and does not refund again.
  co_await database.run(refunds_due_sql);
  reports = co_await till.payments.carry_out_refunds(10);
  EXPECT_EQ(reports.size(), 2U);
  EXPECT_EQ(till.stripe.refund_calls, 2);
  co_await expect_no_violation(till);
  reports.push_back(till.stripe.report(id));  // And the webhook says the same.
  co_await record(till, std::move(reports));

  const auto payment = co_await get(till, id);
  EXPECT_EQ(payment.refunded, euros(1000));
  const auto states = co_await database.run_one(refund_states_sql);
  EXPECT_EQ(states->get<int>(0), 0);
  EXPECT_EQ(states->get<int>(1), 2);
  co_await database.run(refunds_due_sql);
  reports = co_await till.payments.carry_out_refunds(10);
  EXPECT_TRUE(reports.empty());
  co_await expect_no_violation(till);
}

TEST(Payments, AreRefundedOnceAndNoMoreThanWasCaptured) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), refund_in_parts);
}

Task<void> fail_while_dead(pg::Database& database) {
  Till till(database);
  const auto id = co_await opened_payment(till, 1000);
  till.stripe.pay(id, euros(1000));
  std::vector<PaymentReport> paid{till.stripe.report(id)};
  co_await record(till, std::move(paid));
  co_await decide_refund(till, id, 400);
  auto reports = co_await till.payments.carry_out_refunds(10);
  EXPECT_EQ(reports.size(), 1U);

  // The process dies before the report is booked, and the bank does not take the money.
  const auto made = till.stripe.account(id).refunds;
  till.stripe.account(id).refunds.clear();
  co_await database.run(refunds_due_sql);
  reports = co_await till.payments.carry_out_refunds(10);
  EXPECT_TRUE(reports.empty()) << "what the provider does not show is not done";
  till.stripe.account(id).refunds = made;
  till.stripe.fail_refunds(id);
  co_await database.run(refunds_due_sql);
  reports = co_await till.payments.carry_out_refunds(10);
  const auto told = co_await record(till, std::move(reports));
  EXPECT_EQ(told.at(0).refunds_failed.size(), 1U);
  EXPECT_EQ((co_await get(till, id)).refunded, euros(0));
  co_await expect_no_violation(till);

  std::vector<std::string> ids{till.stripe.report(id).provider_payment_id};
  const auto found = co_await till.payments.find_by_provider_ids(std::move(ids));
  EXPECT_TRUE(found.at(0).has_refunds) << "so that the provider is asked for them";
}

TEST(Payments, AskAboutARefundThatWasMadeBeforeTheProcessDied) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), fail_while_dead);
}

constexpr pg::Statement tired_sql{"payments_test.tired", R"sql(
  UPDATE payments.refunds SET next_attempt_at = now(), attempts = 99
)sql"};

Task<void> give_up_a_refund(pg::Database& database) {
  Till till(database);
  const auto id = co_await opened_payment(till, 1000);
  till.stripe.pay(id, euros(1000));
  std::vector<PaymentReport> paid{till.stripe.report(id)};
  co_await record(till, std::move(paid));
  co_await decide_refund(till, id, 1000);
  co_await database.run(tired_sql);
  till.stripe.is_down = true;
  auto reports = co_await till.payments.carry_out_refunds(10);
  auto states = co_await database.run_one(refund_states_sql);
  EXPECT_EQ(states->get<int>(0), 1);  // Until its owner has been told.
  const auto told = co_await record(till, std::move(reports));
  EXPECT_EQ(told.at(0).refunds_failed.at(0).amount, euros(1000));
  states = co_await database.run_one(refund_states_sql);
  EXPECT_EQ(states->get<int>(2), 1);
  co_await expect_no_violation(till);
}

TEST(Payments, LeaveARefundToStaffInTheEnd) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), give_up_a_refund);
}

Task<void> take_a_refund_back(pg::Database& database) {
  Till till(database);
  const auto id = co_await opened_payment(till, 1000);
  till.stripe.pay(id, euros(1000));
  std::vector<PaymentReport> paid{till.stripe.report(id)};
  co_await record(till, std::move(paid));
  co_await decide_refund(till, id, 400);
  auto reports = co_await till.payments.carry_out_refunds(10);
  const auto done = reports;
  auto told = co_await record(till, std::move(reports));
  EXPECT_EQ(told.at(0).refunds_done.size(), 1U);
  EXPECT_EQ(told.at(0).newly_refunded, euros(400));

  till.stripe.fail_refunds(id);
  for (int i = 0; i < 2; ++i) {
    std::vector<PaymentReport> failed{till.stripe.report(id)};
    told = co_await record(till, std::move(failed));
    EXPECT_EQ(told.at(0).refunds_failed.size(), i == 0 ? 1U : 0U);
    EXPECT_EQ(told.at(0).newly_reversed, euros(i == 0 ? 400 : 0));
    // Old news that come late change nothing.
    auto late = done;
    told = co_await record(till, std::move(late));
    EXPECT_TRUE(told.at(0).refunds_done.empty());
  }
  const auto payment = co_await get(till, id);
  EXPECT_EQ(payment.refunded, euros(0));
  EXPECT_TRUE(payment.has_refunds);
  const auto states = co_await database.run_one(refund_states_sql);
  EXPECT_EQ(states->get<int>(2), 1);
  co_await expect_no_violation(till);
}

TEST(Payments, TakeARefundBackThatFailedLater) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), take_a_refund_back);
}

Task<void> list_refunds(pg::Database& database) {
  Till till(database);
  const auto id = co_await opened_payment(till, 1000);
  till.stripe.pay(id, euros(1000));
  till.stripe.account(id).refunds.emplace_back("re_dashboard", euros(100));
  std::vector<PaymentReport> paid{till.stripe.report(id)};
  co_await record(till, std::move(paid));
  co_await decide_refund(till, id, 300);
  const auto payment = co_await get(till, id);
  const auto refunds = co_await till.payments.refunds_of(payment.payable_id);
  EXPECT_EQ(refunds.size(), 2U);
  EXPECT_EQ(refunds.at(0).reason, "provider");
  EXPECT_EQ(refunds.at(0).status, RefundStatus::succeeded);
  EXPECT_EQ(refunds.at(1).amount, euros(300));
  EXPECT_EQ(refunds.at(1).status, RefundStatus::created);

  // The webhook is faster than the answer to our own call, and names the refund.
  auto report = till.stripe.report(id);
  report.refunds.emplace_back("re_own", euros(300));
  report.own_refunds.emplace_back("re_own", refunds.at(1).id);
  std::vector<PaymentReport> news{std::move(report)};
  const auto told = co_await record(till, std::move(news));
  EXPECT_EQ(told.at(0).refunds_done.at(0).id, refunds.at(1).id);
  const auto due = co_await till.payments.carry_out_refunds(10);
  EXPECT_TRUE(due.empty());
  co_await expect_no_violation(till);
}

TEST(Payments, ListRefundsWhoeverDecidedThem) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), list_refunds);
}

Task<void> offer_by_amount(pg::Database& database) {
  Till till(database);
  using Providers = std::vector<Provider>;
  const Providers both{Provider::stripe, Provider::manual};
  const Providers manual{Provider::manual};
  constexpr Currency kwd = Currency::of("KWD");
  EXPECT_EQ(till.payments.available(euros(1234)), both);
  EXPECT_EQ(till.payments.available(Money::minor(1230, kwd)), both);
  EXPECT_EQ(till.payments.available(Money::minor(1234, kwd)), manual);
  EXPECT_TRUE(Payments::can_refund(Provider::stripe, Money::minor(10, kwd)));
  EXPECT_FALSE(Payments::can_refund(Provider::stripe, Money::minor(11, kwd)));
  EXPECT_TRUE(Payments::can_refund(Provider::manual, Money::minor(11, kwd)));
  co_return;
}

TEST(Payments, AreOfferedAtStripeOnlyInAmountsThatItTakes) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), offer_by_amount);
}

constexpr pg::Statement drop_checks_sql{"payments_test.drop_checks", R"sql(
  ALTER TABLE payments.payments DROP CONSTRAINT money_in_order
)sql"};
constexpr pg::Statement plant_sums_sql{"payments_test.plant_sums", R"sql(
  UPDATE payments.payments SET captured_minor = 5, refunded_minor = 7
)sql"};
constexpr pg::Statement plant_transaction_sql{"payments_test.plant_transaction", R"sql(
  INSERT INTO payments.payment_transactions (id, payment_id, kind, amount_minor, currency, provider_reference)
  SELECT gen_random_uuid(), id, 'capture', 1, 'USD', 'ch_9' FROM payments.payments
)sql"};
constexpr pg::Statement plant_refund_sql{"payments_test.plant_refund", R"sql(
  INSERT INTO payments.refunds (id, payment_id, amount_minor, reason, status)
  SELECT gen_random_uuid(), id, 100, 'test', wanted FROM payments.payments, unnest(ARRAY['created', 'succeeded']) AS wanted
)sql"};

constexpr pg::Statement plant_reversal_sql{"payments_test.plant_reversal", R"sql(
  INSERT INTO payments.payment_transactions (id, payment_id, kind, amount_minor, currency, provider_reference)
  SELECT gen_random_uuid(), id, 'refund_reversal', 1, 'EUR', 're_9' FROM payments.payments
)sql"};

Task<void> plant_violations(pg::Database& database) {
  Till till(database);
  co_await new_payment(till, 1000);
  co_await expect_no_violation(till);
  co_await database.run(drop_checks_sql);
  co_await database.run(plant_sums_sql);
  co_await database.run(plant_transaction_sql);
  co_await database.run(plant_refund_sql);
  co_await database.run(plant_reversal_sql);
  const auto names = co_await pg::test::violated(database, invariants());
  EXPECT_EQ(names.size(), invariants().size());
}

TEST(PaymentsInvariants, EachFindsItsViolation) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), plant_violations);
}

}  // namespace
}  // namespace osier::payments
