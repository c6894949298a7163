#include "payments/bookkeeping.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace osier::payments {
namespace {

constexpr Currency eur = Currency::of("EUR");
constexpr Currency usd = Currency::of("USD");

Money euros(std::int64_t minor) { return Money::minor(minor, eur); }

Payment payment_of(std::int64_t amount) {
  Payment payment;
  payment.amount = euros(amount);
  payment.authorized = payment.captured = payment.refunded = euros(0);
  payment.status = PaymentStatus::requires_action;
  return payment;
}

PaymentReport captured_report(std::int64_t amount) {
  PaymentReport report;
  report.status = PaymentStatus::captured;
  report.authorized = report.captured = euros(amount);
  report.refunded = euros(0);
  report.provider_payment_id = "pi_1";
  report.capture_reference = "ch_1";
  return report;
}

std::vector<std::string> words_of(const Booking& booking) {
  std::vector<std::string> words;
  for (const auto& transaction : booking.transactions) {
    words.push_back(std::string(to_string(transaction.kind)) + " " +
                    std::to_string(transaction.amount.amount_minor()) + " " +
                    transaction.provider_reference);
  }
  return words;
}

using Words = std::vector<std::string>;

TEST(Bookkeeping, BooksACapture) {
  const auto booking = book(payment_of(1000), {}, captured_report(1000));
  EXPECT_EQ(booking.payment.status, PaymentStatus::captured);
  EXPECT_EQ(booking.newly_captured, euros(1000));
  EXPECT_EQ(words_of(booking), (Words{"authorization 1000 pi_1", "capture 1000 ch_1"}));
  EXPECT_TRUE(booking.brings_money);
  EXPECT_EQ(booking.payment.provider_payment_id, "pi_1");
}

TEST(Bookkeeping, ChangesNothingAtARepeat) {
  const auto first = book(payment_of(1000), {}, captured_report(1000));
  const auto again = book(first.payment, first.transactions, captured_report(1000));
  EXPECT_FALSE(again.is_changed);
  EXPECT_FALSE(again.brings_money);
  EXPECT_TRUE(again.transactions.empty());
  EXPECT_EQ(again.newly_captured, euros(0));
}

TEST(Bookkeeping, BooksEachRefundOnceByItsReference) {
  auto first = book(payment_of(1000), {}, captured_report(1000));
  auto report = captured_report(1000);
  report.refunds = {{"re_1", euros(300)}, {"re_1", euros(300)}, {"re_2", euros(200)}};
  report.refunded = euros(500);
  const auto booking = book(first.payment, first.transactions, report);
  EXPECT_EQ(words_of(booking), (Words{"refund 300 re_1", "refund 200 re_2"}));
  EXPECT_EQ(booking.payment.refunded, euros(500));
  EXPECT_EQ(booking.newly_refunded, euros(500));
  EXPECT_FALSE(booking.brings_money);
  EXPECT_EQ(booking.payment.status, PaymentStatus::captured);
}

TEST(Bookkeeping, BooksATotalOfRefundsWithoutParts) {
  auto first = book(payment_of(1000), {}, captured_report(1000));
  auto report = captured_report(1000);
  report.refunded = euros(1000);
  const auto booking = book(first.payment, first.transactions, report);
  EXPECT_EQ(booking.payment.refunded, euros(1000));
  const auto again = book(booking.payment, booking.transactions, report);
  EXPECT_FALSE(again.is_changed);
}

TEST(Bookkeeping, DoesNotBookMoreRefundsThanCaptures) {
  auto report = captured_report(1000);
  report.refunds = {{"re_1", euros(1001)}};
  const auto booking = book(payment_of(1000), {}, report);
  EXPECT_EQ(booking.mismatch, Mismatch::refunds);
  EXPECT_EQ(booking.payment.captured, euros(1000));
  EXPECT_EQ(booking.payment.refunded, euros(0));
}

TEST(Bookkeeping, BooksNothingOfAnotherCurrency) {
  auto report = captured_report(1000);
  report.captured = report.authorized = Money::minor(1000, usd);
  const auto booking = book(payment_of(1000), {}, report);
  EXPECT_EQ(booking.mismatch, Mismatch::currency);
  EXPECT_FALSE(booking.is_changed);
  EXPECT_TRUE(booking.transactions.empty());
}

TEST(Bookkeeping, TakesNothingInAnyCurrencyForNothing) {
  PaymentReport report;
  report.status = PaymentStatus::processing;  // Its amounts are the empty Money.
  const auto booking = book(payment_of(1000), {}, report);
  EXPECT_FALSE(booking.mismatch);
  EXPECT_EQ(booking.payment.status, PaymentStatus::processing);
}

TEST(Bookkeeping, BooksACaptureInParts) {
  auto report = captured_report(1000);
  report.captured = euros(400);
  auto first = book(payment_of(1000), {}, report);
  const auto second = book(first.payment, first.transactions, captured_report(1000));
  EXPECT_EQ(words_of(second), (Words{"capture 600 ch_1#2"}));
}

TEST(Bookkeeping, VoidsAnAuthorizationThatEnds) {
  auto authorized = captured_report(1000);
  authorized.status = PaymentStatus::authorized;
  authorized.captured = euros(0);
  const auto first = book(payment_of(1000), {}, authorized);
  EXPECT_TRUE(first.brings_money);
  PaymentReport canceled;
  canceled.status = PaymentStatus::canceled;
  const auto booking = book(first.payment, first.transactions, canceled);
  EXPECT_EQ(booking.payment.status, PaymentStatus::canceled);
  EXPECT_EQ(words_of(booking), (Words{"void 1000 void"}));
}

TEST(Bookkeeping, KeepsTheReasonOfAFailureUntilThereIsMoney) {
  PaymentReport failed;
  failed.status = PaymentStatus::requires_action;
  failed.failure_reason = "card_declined";
  const auto declined = book(payment_of(1000), {}, failed);
  EXPECT_EQ(declined.payment.failure_reason, "card_declined");
  const auto paid = book(declined.payment, {}, captured_report(1000));
  EXPECT_FALSE(paid.payment.failure_reason);
}

TEST(PaymentStatusOnTheWay, NeverGoesBack) {
  using enum PaymentStatus;
  EXPECT_EQ(advance(processing, requires_action), processing);
  EXPECT_EQ(advance(captured, canceled), captured);
  EXPECT_EQ(advance(captured, authorized), captured);
  EXPECT_EQ(advance(canceled, processing), canceled);
  EXPECT_EQ(advance(canceled, expired), canceled);
  EXPECT_EQ(advance(expired, captured), captured);  // Late money.
  EXPECT_EQ(advance(created, failed), failed);
  EXPECT_EQ(advance(authorized, processing), authorized);
}

// However the reports of a payment's life are shuffled and repeated, the books end the same.
TEST(Bookkeeping, EndsTheSameInAnyOrderOfReports) {
  const bool holds = rc::check([] {
    std::vector<PaymentReport> life;
    for (const auto status :
         {PaymentStatus::created, PaymentStatus::requires_action, PaymentStatus::processing}) {
      PaymentReport report;
      report.status = status;
      life.push_back(report);
    }
    life.push_back(captured_report(1000));
    auto refunded = captured_report(1000);
    refunded.refunds = {{"re_1", euros(300)}};
    life.push_back(refunded);
    refunded.refunds.emplace_back("re_2", euros(700));
    life.push_back(refunded);

    const auto order = *rc::gen::container<std::vector<std::size_t>>(
        rc::gen::inRange<std::size_t>(0, life.size()));
    Payment payment = payment_of(1000);
    std::vector<PaymentTransaction> known;
    const auto take = [&](const PaymentReport& report) {
      const auto booking = book(payment, known, report);
      known.insert(known.end(), booking.transactions.begin(), booking.transactions.end());
      RC_ASSERT(booking.payment.refunded <= booking.payment.captured);
      RC_ASSERT(booking.payment.captured <= booking.payment.authorized);
      payment = booking.payment;
    };
    for (const auto i : order) take(life[i]);
    take(life.back());

    RC_ASSERT(payment.status == PaymentStatus::captured);
    RC_ASSERT(payment.captured == euros(1000));
    RC_ASSERT(payment.refunded == euros(1000));
    Money captured = euros(0), refunds = euros(0);
    for (const auto& transaction : known) {
      if (transaction.kind == TransactionKind::capture) captured += transaction.amount;
      if (transaction.kind == TransactionKind::refund) refunds += transaction.amount;
    }
    RC_ASSERT(captured == payment.captured);
    RC_ASSERT(refunds == payment.refunded);
  });
  EXPECT_TRUE(holds);
}

TEST(PaymentWords, AreTheSameBothWays) {
  for (const auto word : {"created", "requires_action", "processing", "authorized", "captured",
                          "failed", "canceled", "expired"}) {
    const auto status = parse_payment_status(word);
    ASSERT_TRUE(status);
    EXPECT_EQ(to_string(*status), word);
  }
  EXPECT_FALSE(parse_payment_status("paid"));
}

PaymentReport with_refund(const std::string& reference, std::int64_t amount) {
  PaymentReport report = captured_report(1000);
  report.refunds = {{reference, euros(amount)}};
  report.refunded = euros(amount);
  return report;
}

TEST(Bookkeeping, TakesARefundBackThatFailedAfterAll) {
  auto first = book(payment_of(1000), {}, with_refund("re_1", 400));
  PaymentReport failed = captured_report(1000);
  failed.failed_refunds = {"re_1"};
  auto known = first.transactions;
  const auto back = book(first.payment, known, failed);
  EXPECT_EQ(back.payment.refunded, euros(0));
  EXPECT_EQ(back.newly_reversed, euros(400));
  EXPECT_EQ(words_of(back), (Words{"refund_reversal 400 re_1"}));

  known.insert(known.end(), back.transactions.begin(), back.transactions.end());
  const auto again = book(back.payment, known, failed);
  EXPECT_FALSE(again.is_changed);
  const auto late = book(back.payment, known, with_refund("re_1", 400));
  EXPECT_FALSE(late.is_changed);
}

TEST(Bookkeeping, HasNothingToTakeBackOfARefundItNeverBooked) {
  PaymentReport failed = captured_report(1000);
  failed.failed_refunds = {"re_1"};
  const auto booking = book(payment_of(1000), {}, failed);
  EXPECT_EQ(booking.payment.refunded, euros(0));
  EXPECT_EQ(booking.newly_reversed, euros(0));
}

TEST(Bookkeeping, BooksTheNextRefundWithTheFailureOfTheLast) {
  const auto first = book(payment_of(1000), {}, with_refund("re_1", 1000));
  PaymentReport next = with_refund("re_2", 1000);
  next.failed_refunds = {"re_1"};
  const auto booking = book(first.payment, first.transactions, next);
  EXPECT_FALSE(booking.mismatch);
  EXPECT_EQ(booking.payment.refunded, euros(1000));
  EXPECT_EQ(booking.newly_refunded, euros(1000));
  EXPECT_EQ(booking.newly_reversed, euros(1000));
}

}  // namespace
}  // namespace osier::payments
