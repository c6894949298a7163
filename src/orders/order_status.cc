#include "orders/order_status.h"

#include <algorithm>
#include <array>

namespace osier::orders {

bool may_move(OrderStatus from, OrderStatus to) {
  switch (from) {
    case OrderStatus::draft:
      return to == OrderStatus::pending;
    case OrderStatus::pending:
      return to == OrderStatus::placed || to == OrderStatus::expired || to == OrderStatus::canceled;
    case OrderStatus::placed:
      return to == OrderStatus::completed || to == OrderStatus::canceled;
    case OrderStatus::expired:
      return to == OrderStatus::placed;
    case OrderStatus::completed:
    case OrderStatus::canceled:
      return false;
  }
  return false;
}

bool holds_stock(OrderStatus status) {
  return status == OrderStatus::pending || status == OrderStatus::placed;
}

Money paid_of(Currency currency, const std::vector<payments::Payment>& payments) {
  Money paid = Money::zero(currency);
  for (const auto& payment : payments) {
    if (payment.amount.currency() == currency) paid += payment.captured - payment.refunded;
  }
  return paid;
}

static OrderPaymentStatus status_of_money(Money total, Money paid, Money refunded) {
  if (paid > total) return OrderPaymentStatus::overpaid;
  if (paid == total) return OrderPaymentStatus::paid;
  const bool has_refund = refunded.amount_minor() > 0;
  if (paid.amount_minor() == 0 && has_refund) return OrderPaymentStatus::refunded;
  return has_refund ? OrderPaymentStatus::partially_refunded : OrderPaymentStatus::partially_paid;
}

OrderPaymentStatus derive_payment_status(Money total,
                                         const std::vector<payments::Payment>& payments) {
  using payments::PaymentStatus;
  Money captured = Money::zero(total.currency());
  Money refunded = Money::zero(total.currency());
  for (const auto& payment : payments) {
    if (payment.amount.currency() != total.currency()) continue;
    captured += payment.captured;
    refunded += payment.refunded;
  }
  if (captured.amount_minor() > 0) return status_of_money(total, captured - refunded, refunded);

  const auto any = [&](auto... statuses) {
    return std::ranges::any_of(
        payments, [&](const auto& payment) { return ((payment.status == statuses) || ...); });
  };
  if (any(PaymentStatus::authorized, PaymentStatus::captured)) {
    return total.amount_minor() == 0 ? OrderPaymentStatus::paid : OrderPaymentStatus::authorized;
  }
  if (any(PaymentStatus::requires_action, PaymentStatus::processing))
    return OrderPaymentStatus::pending;
  if (payments.empty() || any(PaymentStatus::created)) return OrderPaymentStatus::unpaid;
  return any(PaymentStatus::failed) ? OrderPaymentStatus::failed : OrderPaymentStatus::voided;
}

namespace {

template <class Word, std::size_t count>
using Words = std::array<std::pair<Word, std::string_view>, count>;

constexpr Words<OrderStatus, 6> statuses{{{OrderStatus::draft, "draft"},
                                          {OrderStatus::pending, "pending"},
                                          {OrderStatus::placed, "placed"},
                                          {OrderStatus::completed, "completed"},
                                          {OrderStatus::expired, "expired"},
                                          {OrderStatus::canceled, "canceled"}}};

constexpr Words<OrderPaymentStatus, 10> payment_statuses{
    {{OrderPaymentStatus::unpaid, "unpaid"},
     {OrderPaymentStatus::pending, "pending"},
     {OrderPaymentStatus::authorized, "authorized"},
     {OrderPaymentStatus::partially_paid, "partially_paid"},
     {OrderPaymentStatus::paid, "paid"},
     {OrderPaymentStatus::overpaid, "overpaid"},
     {OrderPaymentStatus::partially_refunded, "partially_refunded"},
     {OrderPaymentStatus::refunded, "refunded"},
     {OrderPaymentStatus::voided, "voided"},
     {OrderPaymentStatus::failed, "failed"}}};

constexpr Words<Channel, 3> channels{{{Channel::storefront, "storefront"},
                                      {Channel::store_api, "store_api"},
                                      {Channel::admin, "admin"}}};

template <class Word, std::size_t count>
std::string_view word_of(const Words<Word, count>& words, Word wanted) {
  const auto found = std::ranges::find(words, wanted, &std::pair<Word, std::string_view>::first);
  require(found != words.end(), "every enumerator has its word");
  return found->second;
}

template <class Word, std::size_t count>
std::optional<Word> parse(const Words<Word, count>& words, std::string_view wanted) {
  const auto found = std::ranges::find(words, wanted, &std::pair<Word, std::string_view>::second);
  if (found == words.end()) return std::nullopt;
  return found->first;
}

}  // namespace

std::string_view to_string(OrderStatus status) { return word_of(statuses, status); }
std::string_view to_string(OrderPaymentStatus status) { return word_of(payment_statuses, status); }
std::string_view to_string(Channel channel) { return word_of(channels, channel); }
std::optional<OrderStatus> parse_order_status(std::string_view word) {
  return parse(statuses, word);
}
std::optional<OrderPaymentStatus> parse_order_payment_status(std::string_view word) {
  return parse(payment_statuses, word);
}
std::optional<Channel> parse_channel(std::string_view word) { return parse(channels, word); }

}  // namespace osier::orders
