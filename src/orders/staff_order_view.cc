#include "orders/staff_order_view.h"

namespace osier::orders {

using web::AdminContext;

StatusView status_view(OrderStatus status, const AdminContext& context) {
  std::string kind;
  if (status == OrderStatus::placed || status == OrderStatus::completed) kind = "good";
  if (status == OrderStatus::pending) kind = "warn";
  if (status == OrderStatus::canceled || status == OrderStatus::expired) kind = "bad";
  return {.label = context.text("staff_order.status." + std::string(to_string(status))),
          .kind = std::move(kind)};
}

StatusView status_view(OrderPaymentStatus status, const AdminContext& context) {
  std::string kind = "warn";
  if (status == OrderPaymentStatus::paid) kind = "good";
  if (status == OrderPaymentStatus::failed) kind = "bad";
  if (status == OrderPaymentStatus::refunded || status == OrderPaymentStatus::voided) kind = "";
  return {.label = context.text("staff_order.payment." + std::string(to_string(status))),
          .kind = std::move(kind)};
}

std::string path_of_order(std::int64_t number) { return "/admin/orders/" + std::to_string(number); }

StaffOrdersView::Row row_view(const ListedOrder& order, const AdminContext& context) {
  return {.url = path_of_order(order.number),
          .number = std::to_string(order.number),
          .at = context.time(order.created_at),
          .market = order.market_code,
          .total = context.money(order.total),
          .status = status_view(order.status, context),
          .payment = status_view(order.payment_status, context)};
}

// --- Personal data.

std::string masked(const std::string& text) { return text.empty() ? "" : "•••"; }

std::string masked_email(const std::string& email) {
  const auto at = email.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == email.size()) return masked(email);
  const auto first_of = [](std::string_view text) {
    std::size_t size = 1;  // The whole first character, however many bytes it has.
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
    return std::string(text.substr(0, size));
  };
  const std::string_view domain = std::string_view(email).substr(at + 1);
  const auto dot = domain.rfind('.');
  const std::string end = dot == std::string_view::npos ? "" : std::string(domain.substr(dot));
  return first_of(email) + "•••@" + first_of(domain) + "•••" + end;
}

namespace {

std::string joined(std::initializer_list<std::string> parts) {
  std::string line;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    line += (line.empty() ? "" : " ") + part;
  }
  return line;
}

// Masked: to which country, and nothing else.
std::vector<std::string> address_lines(const Address& address, Contacts contacts) {
  std::vector<std::string> lines;
  const auto add = [&lines](std::string line) {
    if (!line.empty()) lines.push_back(std::move(line));
  };
  if (contacts == Contacts::masked) {
    add(masked(address.name));
    add(address.country);
    return lines;
  }
  add(address.name);
  add(address.company);
  add(address.line1);
  add(address.line2);
  add(joined({address.postal_code, address.city, address.province}));
  add(address.country);
  add(address.phone);
  return lines;
}

std::vector<StaffOrderView::Sum> sums_of(const Order& order, const AdminContext& context) {
  std::vector<StaffOrderView::Sum> sums;
  const auto add = [&](const char* key, Money amount, bool is_total = false) {
    sums.push_back(
        {.label = context.text(key), .amount = context.money(amount), .is_total = is_total});
  };
  add("staff_order.items", order.items);
  if (order.discount.amount_minor() > 0) add("staff_order.discount", order.discount);
  add("staff_order.delivery", order.shipping_net);
  add("staff_order.tax", order.tax);
  add("staff_order.total", order.total, true);
  add("staff_order.paid", order.paid);
  return sums;
}

StaffOrderView::Refund refund_view(const OrderRefund& refund, const AdminContext& context) {
  StatusView status{.label = context.text("staff_order.refund.done"), .kind = "good"};
  if (refund.status() == OrderRefund::Status::under_way)
    status = {.label = context.text("staff_order.refund.under_way"), .kind = "warn"};
  if (refund.status() == OrderRefund::Status::failed)
    status = {.label = context.text("staff_order.refund.failed"), .kind = "bad"};
  return {.at = context.time(refund.at),
          .amount = context.money(refund.amount),
          .status = std::move(status),
          .reason = refund.reason};
}

bool is_awaited_transfer(const payments::Payment& payment) {
  return payment.provider == payments::Provider::manual && payment.captured < payment.amount;
}

}  // namespace

StaffOrderView staff_order_view(const OrderWithPayments& found,
                                const std::vector<OrderRefund>& refunds, Contacts contacts,
                                const AdminContext& context) {
  const Order& order = found.order;
  StaffOrderView view;
  view.at = context.time(order.created_at);
  view.market = order.market_code;
  view.status = status_view(order.status, context);
  view.payment = status_view(order.payment_status, context);
  view.fulfilment = context.text("staff_order.fulfilment." + order.fulfilment_status);
  for (const OrderLine& line : order.lines) {
    const std::int32_t left = line.quantity - line.canceled;
    view.lines.push_back(
        {.id = line.id.value().to_string(),
         .title = line.title,
         .variant = line.variant_title,
         .sku = line.sku,
         .quantity = line.canceled == 0 ? std::to_string(line.quantity)
                                        : context.text("staff_order.taken_out",
                                                       {{"quantity", std::int64_t{line.quantity}},
                                                        {"canceled", std::int64_t{line.canceled}}}),
         .unit_price = context.money(line.unit_price),
         .total = context.money(line.total),
         .left = left});
  }
  view.sums = sums_of(order, context);
  bool is_transfer_awaited = false;
  for (const payments::Payment& payment : found.payments) {
    view.payments.push_back({.provider = std::string(to_string(payment.provider)),
                             .status = std::string(to_string(payment.status)),
                             .amount = context.money(payment.amount),
                             .captured = context.money(payment.captured),
                             .refunded = context.money(payment.refunded)});
    is_transfer_awaited = is_transfer_awaited || is_awaited_transfer(payment);
  }
  bool waits_for_hand = false;
  for (const OrderRefund& refund : refunds) {
    view.refunds.push_back(refund_view(refund, context));
    waits_for_hand = waits_for_hand || refund.status() != OrderRefund::Status::done;
  }
  const bool is_masked = contacts == Contacts::masked;
  const Contact& contact = order.contact;
  view.contact = {is_masked ? masked_email(contact.email) : contact.email};
  if (!contact.phone.empty())
    view.contact.push_back(is_masked ? masked(contact.phone) : contact.phone);
  view.shipping = address_lines(contact.shipping, contacts);
  view.billing = address_lines(contact.billing, contacts);
  view.is_revealed = !is_masked;
  view.can_reveal = is_masked && context.may("customers.reveal");
  const bool is_placed =
      order.status == OrderStatus::placed || order.status == OrderStatus::completed;
  view.can_refund = is_placed && order.paid.amount_minor() > 0 && context.may("orders.refund");
  view.can_cancel = order.status == OrderStatus::placed && context.may("orders.cancel");
  view.can_capture = is_placed && is_transfer_awaited && context.may("orders.capture");
  view.can_note_refund = waits_for_hand && context.may("orders.capture");
  view.currency = order.currency.code();
  if (context.may("audit.read"))
    view.record_url = "/admin/audit?object=order%3A" + order.id.value().to_string();
  return view;
}

std::string words_for(StaffRefusal refusal, const AdminContext& context) {
  switch (refusal) {
    case StaffRefusal::unknown_order:
    case StaffRefusal::unknown_line:
      return context.text("staff_order.refused.unknown");
    case StaffRefusal::key_reused:
      return context.text("staff_order.refused.key_reused");
    case StaffRefusal::wrong_status:
      return context.text("staff_order.refused.wrong_status");
    case StaffRefusal::nothing_to_refund:
      return context.text("staff_order.refused.nothing_to_refund");
    case StaffRefusal::more_than_paid:
      return context.text("staff_order.refused.more_than_paid");
    case StaffRefusal::units_not_there:
      return context.text("staff_order.refused.units_not_there");
    case StaffRefusal::shipping_refunded:
      return context.text("staff_order.refused.shipping_refunded");
    case StaffRefusal::amount_invalid:
      return context.text("staff_order.refused.amount_invalid");
    case StaffRefusal::not_on_hand:
      return context.text("staff_order.refused.not_on_hand");
    case StaffRefusal::provider_cannot:
      return context.text("staff_order.refused.provider_cannot");
    case StaffRefusal::already_sent:
      return context.text("staff_order.refused.already_sent");
    case StaffRefusal::payment_under_way:
      return context.text("staff_order.refused.payment_under_way");
    case StaffRefusal::no_manual_payment:
      return context.text("staff_order.refused.no_manual_payment");
    case StaffRefusal::unknown_refund:
      return context.text("staff_order.refused.unknown_refund");
    case StaffRefusal::several_refunds:
      return context.text("staff_order.refused.several_refunds");
    case StaffRefusal::reference_known:
      return context.text("staff_order.refused.reference_known");
  }
}

}  // namespace osier::orders
