// Money back, as page and mail tell it.

#include <algorithm>
#include <array>

#include "orders/order_view.h"

namespace osier::orders {

namespace {

const char* key_of(OrderRefund::Status status) {
  switch (status) {
    case OrderRefund::Status::under_way:
      return "order.refund_under_way";
    case OrderRefund::Status::done:
      return "order.refund_done";
    case OrderRefund::Status::failed:
      return "order.refund_failed";
  }
}

std::string title_of(const OrderLine& line, std::int32_t quantity,
                     const catalog::PageContext& context) {
  std::string title = locale::format_number(quantity, context.locale) + " × " + line.title;
  return line.variant_title.empty() ? title : title + ", " + line.variant_title;
}

}  // namespace

std::string refund_reason(const std::string& reason, const catalog::PageContext& context) {
  static constexpr auto words =
      std::to_array<std::string_view>({"late_payment", "order_canceled", "duplicate_payment"});
  const bool is_ours = std::ranges::find(words, reason) != words.end();
  return is_ours ? context.text("order.refund_reason_" + reason) : reason;
}

RefundView refund_view_of(const OrderRefund& refund, const Order& order,
                          const catalog::PageContext& context) {
  RefundView view;
  view.date = locale::format_date(refund.at, context.locale, context.market().time_zone);
  view.amount = context.money(refund.amount);
  const bool is_money = refund.amount.amount_minor() > 0;
  view.message =
      is_money ? context.text(key_of(refund.status()), {{"amount", std::string_view(view.amount)}})
               : context.text("order.refund_units");
  view.reason = refund_reason(refund.reason, context);
  for (const OrderRefund::Line& part : refund.lines) {
    const auto line = std::ranges::find(order.lines, part.line_id, &OrderLine::id);
    if (line == order.lines.end()) continue;
    view.lines.push_back(
        {.title = title_of(*line, part.quantity, context), .amount = context.money(part.amount)});
  }
  if (refund.shipping.amount_minor() > 0)
    view.lines.push_back(
        {.title = context.text("order.delivery"), .amount = context.money(refund.shipping)});
  return view;
}

}  // namespace osier::orders
