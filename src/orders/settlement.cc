#include "orders/settlement.h"

#include <algorithm>

namespace osier::orders {

namespace {

using payments::Booking;
using payments::Payment;
using payments::PaymentStatus;

bool has_money(const Payment& payment) {
  if (payment.status == PaymentStatus::authorized) return true;
  return payment.status == PaymentStatus::captured &&
         (payment.captured > payment.refunded || payment.amount.amount_minor() == 0);
}

std::string text_of(const Money& money) {
  return money.to_decimal() + " " + money.currency().code();
}

// The payment that had covered the order before the news, if there is one.
std::optional<payments::PaymentId> covered_before(const OrderFacts& facts) {
  for (const Payment& payment : facts.payments) {
    const bool is_news = std::ranges::any_of(facts.news, [&](const Booking& booking) {
      return booking.payment.id == payment.id && booking.brings_money;
    });
    if (has_money(payment) && !is_news) return payment.id;
  }
  return std::nullopt;
}

class Decision {
 public:
  explicit Decision(const OrderFacts& facts)
      : facts_(facts), status_(facts.status), covered_by_(covered_before(facts)) {}

  void take(const Booking& booking) {
    if (booking.mismatch) take_mismatch(booking);
    take_failed_refunds(booking);
    if (!booking.brings_money) return;
    switch (status_) {
      case OrderStatus::draft:
      case OrderStatus::pending:
        return cover(booking);
      case OrderStatus::expired:
        return facts_.can_be_honoured ? cover(booking) : give_back(booking, "late_payment");
      case OrderStatus::canceled:
        return give_back(booking, "order_canceled");
      case OrderStatus::placed:
      case OrderStatus::completed:
        if (covered_by_ && *covered_by_ != booking.payment.id)
          return give_back(booking, "duplicate_payment");
        covered_by_ = booking.payment.id;
        if (booking.payment.captured > facts_.total) hold_for_amount(booking);
        return;
    }
  }

  Settlement settlement() { return std::move(settlement_); }

 private:
  void cover(const Booking& booking) {
    place(booking.payment.id);
    const Money& money = booking.payment.captured.amount_minor() > 0 ? booking.payment.captured
                                                                     : booking.payment.authorized;
    if (money != facts_.total) hold_for_amount(booking);
  }

  void place(payments::PaymentId payment_id) {
    settlement_.is_placed = true;
    status_ = OrderStatus::placed;
    covered_by_ = payment_id;
  }

  // An authorization alone has nothing to send back.
  void give_back(const Booking& booking, const char* reason) {
    if (booking.newly_captured.amount_minor() <= 0) return;
    settlement_.refunds.push_back({booking.payment.id, booking.newly_captured, reason});
  }

  void hold_for_amount(const Booking& booking) {
    hold("amount_mismatch", "authorized " + text_of(booking.payment.authorized) + ", captured " +
                                text_of(booking.payment.captured) + " of " + text_of(facts_.total));
  }

  // The money of another currency is at the provider, though our books cannot hold it: the order is
  // kept for staff.
  void take_mismatch(const Booking& booking) {
    if (*booking.mismatch == payments::Mismatch::refunds) {
      hold("report_mismatch", "the provider refunded more than it captured");
      return;
    }
    hold("currency_mismatch",
         "the provider speaks of another currency than " + facts_.total.currency().code());
    if (status_ == OrderStatus::pending) place(booking.payment.id);
  }

  // The money is ours again, or has never left: how the shopper gets it is for staff to decide.
  void take_failed_refunds(const Booking& booking) {
    for (const auto& failed : booking.refunds_failed)
      hold("refund_failed", "a refund of " + text_of(failed.amount) + " failed: " + failed.reason);
    if (booking.newly_reversed.amount_minor() > 0)
      hold("refund_failed", text_of(booking.newly_reversed) + " came back from the provider");
  }

  void hold(std::string reason, std::string detail) {
    if (!settlement_.hold)
      settlement_.hold = Settlement::Hold{std::move(reason), std::move(detail)};
  }

  const OrderFacts& facts_;
  OrderStatus status_;
  std::optional<payments::PaymentId> covered_by_;
  Settlement settlement_;
};

}  // namespace

Settlement decide_settlement(const OrderFacts& facts) {
  Decision decision(facts);
  for (const Booking& booking : facts.news) decision.take(booking);
  return decision.settlement();
}

}  // namespace osier::orders
