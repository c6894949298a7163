#include "orders/order_page.h"

#include <algorithm>

namespace osier::orders {

using payments::Payment;
using payments::PaymentMethod;
using payments::PaymentStatus;
using payments::Provider;

const Payment* payable_payment(const std::vector<Payment>& payments) {
  // The newest, if there are several.
  for (auto payment = payments.rbegin(); payment != payments.rend(); ++payment) {
    const bool is_hosted =
        payment->provider == Provider::stripe && payment->method == PaymentMethod::hosted_page;
    if (is_hosted && payments::is_open(payment->status)) return &*payment;
  }
  return nullptr;
}

namespace {

bool is_transfer(const std::vector<Payment>& payments) {
  return std::ranges::any_of(payments, [](const Payment& payment) {
    return payment.provider == Provider::manual && payment.status != PaymentStatus::captured &&
           !payments::is_ended(payment.status);
  });
}

bool is_paid(const Order& order) {
  switch (order.payment_status) {
    case OrderPaymentStatus::paid:
    case OrderPaymentStatus::overpaid:
    case OrderPaymentStatus::partially_refunded:
    case OrderPaymentStatus::refunded:
      return true;
    case OrderPaymentStatus::unpaid:
    case OrderPaymentStatus::pending:
    case OrderPaymentStatus::authorized:
    case OrderPaymentStatus::partially_paid:
    case OrderPaymentStatus::voided:
    case OrderPaymentStatus::failed:
      return false;
  }
}

OrderPageState pending_state(const std::vector<Payment>& payments, bool has_returned) {
  const Payment* payable = payable_payment(payments);
  if (payable != nullptr) {
    const bool is_on_its_way = payable->status == PaymentStatus::processing;
    return has_returned || is_on_its_way ? OrderPageState::confirming : OrderPageState::to_pay;
  }
  const bool is_open = std::ranges::any_of(
      payments, [](const Payment& payment) { return !payments::is_ended(payment.status); });
  return is_open ? OrderPageState::waiting : OrderPageState::unpayable;
}

}  // namespace

OrderPageState state_of(const Order& order, const std::vector<Payment>& payments,
                        bool has_returned) {
  switch (order.status) {
    case OrderStatus::draft:
      return OrderPageState::waiting;
    case OrderStatus::pending:
      return pending_state(payments, has_returned);
    case OrderStatus::placed:
    case OrderStatus::completed:
      return is_transfer(payments) ? OrderPageState::transfer : OrderPageState::thanks;
    case OrderStatus::expired:
      return OrderPageState::expired;
    case OrderStatus::canceled:
      return OrderPageState::canceled;
  }
}

OrderPageQuery read_order_page_query(const http::Request& request) {
  OrderPageQuery query;
  const auto parameters = request.parameters();
  if (!parameters) return query;
  query.has_returned = parameters->get("paid") == "1";
  const auto look = parameters->get("n");
  for (int n = 1; n <= looks_max; ++n) {
    if (look == std::to_string(n)) query.look = n;
  }
  const auto problem = parameters->get("problem");
  const bool is_unavailable =
      problem == "provider_unavailable" || parameters->get("unavailable") == "1";
  if (is_unavailable) query.problem = OrderProblem::provider_unavailable;
  if (problem == "provider_refused") query.problem = OrderProblem::provider_refused;
  if (problem == "cancel_unavailable") query.problem = OrderProblem::cancel_unavailable;
  return query;
}

namespace {

const char* key_of(OrderPageState state) {
  switch (state) {
    case OrderPageState::to_pay:
      return "order.to_pay";
    case OrderPageState::confirming:
      return "order.confirming";
    case OrderPageState::waiting:
      return "order.waiting";
    case OrderPageState::unpayable:
      return "order.unpayable";
    case OrderPageState::thanks:
      return "order.thanks";
    case OrderPageState::transfer:
      return "order.transfer";
    case OrderPageState::expired:
      return "order.expired";
    case OrderPageState::canceled:
      return "order.canceled";
  }
}

const char* key_of(OrderProblem problem) {
  switch (problem) {
    case OrderProblem::provider_unavailable:
      return "order.problem_unavailable";
    case OrderProblem::provider_refused:
      return "order.problem_refused";
    case OrderProblem::cancel_unavailable:
      return "order.problem_cancel";
  }
}

void add_steps(OrderPageView& view, const Order& order, const catalog::PageContext& context) {
  const bool is_placed =
      order.status == OrderStatus::placed || order.status == OrderStatus::completed;
  const std::string& parcels = order.fulfilment_status;
  const bool is_delivered = parcels == "delivered";
  const bool is_sent = is_delivered || parcels == "fulfilled" || parcels == "partially_delivered";
  view.steps.push_back({context.text("order.step_received"), true});
  view.steps.push_back({context.text("order.step_paid"), is_placed && is_paid(order)});
  view.steps.push_back({context.text("order.step_sent"), is_sent});
  view.steps.push_back({context.text("order.step_delivered"), is_delivered});
}

void add_problem(OrderPageView& view, const std::vector<Payment>& payments,
                 const OrderPageQuery& query, OrderPageState state,
                 const catalog::PageContext& context) {
  if (query.problem) {
    view.problem = context.text(key_of(*query.problem));
    view.problem_class = "warn";
    return;
  }
  const Payment* payable = payable_payment(payments);
  if (state == OrderPageState::to_pay && payable != nullptr && payable->failure_reason) {
    view.problem = context.text("order.problem_declined");
    view.problem_class = "bad";
  }
}

std::string held_until(Instant expires_at, const catalog::PageContext& context) {
  const std::string when = locale::format_date(
      expires_at, context.locale, context.market().time_zone, locale::DateStyle::date_time);
  return context.text("order.held_until", {{"when", std::string_view(when)}});
}

// Nothing is said of money while none has come and none is awaited.
std::string payment_text(const Order& order, const catalog::PageContext& context) {
  switch (order.payment_status) {
    case OrderPaymentStatus::unpaid:
    case OrderPaymentStatus::pending:
    case OrderPaymentStatus::voided:
    case OrderPaymentStatus::failed:
      return {};
    case OrderPaymentStatus::authorized:
    case OrderPaymentStatus::partially_paid:
    case OrderPaymentStatus::paid:
    case OrderPaymentStatus::overpaid:
    case OrderPaymentStatus::partially_refunded:
    case OrderPaymentStatus::refunded:
      break;
  }
  const std::string paid = context.money(order.paid);
  const std::string total = context.money(order.total);
  return context.text("order.payment." + std::string(to_string(order.payment_status)),
                      {{"paid", std::string_view(paid)}, {"total", std::string_view(total)}});
}

}  // namespace

OrderPageView page_view_of(const Order& order, const std::vector<Payment>& payments,
                           const OrderPageQuery& query, const catalog::PageContext& context,
                           const std::vector<OrderRefund>& refunds) {
  const auto state = state_of(order, payments, query.has_returned);
  const std::string key = key_of(state);
  OrderPageView view;
  view.shell = context.shell;
  view.order = view_of(order, context);
  const std::string& seller_email = context.snapshot->shop().seller.email;
  const std::initializer_list<locale::Argument> words = {
      {"number", std::string_view(view.order.number)},
      {"email", std::string_view(view.order.email)},
      {"total", std::string_view(view.order.total)},
      {"seller_email", std::string_view(seller_email)}};
  view.title = context.text(key + ".title", words);
  view.message = context.text(key + ".message", words);
  if (order.payment_status == OrderPaymentStatus::refunded)
    view.message += " " + context.text("order.refunded");
  view.head.title = view.title + " · " + context.shell->shop_name;
  view.head.is_indexed = false;
  add_problem(view, payments, query, state, context);
  view.payment = payment_text(order, context);
  for (const OrderRefund& refund : refunds)
    view.refunds.push_back(refund_view_of(refund, order, context));

  const bool is_over = state == OrderPageState::expired || state == OrderPageState::canceled;
  const std::string path = context.url(path_of(order));
  if (!is_over) add_steps(view, order, context);
  if (state == OrderPageState::to_pay) view.pay_url = path + "/pay";
  const bool is_unpaid = state == OrderPageState::to_pay || state == OrderPageState::waiting;
  if (is_unpaid && order.expires_at) view.held_until = held_until(*order.expires_at, context);
  const bool can_cancel = state == OrderPageState::to_pay || state == OrderPageState::waiting ||
                          state == OrderPageState::unpayable;
  if (can_cancel) view.cancel_url = path + "/cancel";
  if (state == OrderPageState::confirming && query.look == looks_max) {
    view.message = context.text("order.confirming_long", words);
    view.look_url = path;
  }
  if (is_over || state == OrderPageState::unpayable) view.again_url = context.url("/cart");
  const bool is_bought = state == OrderPageState::thanks || state == OrderPageState::transfer;
  if (is_bought && context.snapshot->content_page("returns") != nullptr) {
    view.withdrawal_url = context.url("/pages/returns");
  }
  return view;
}

}  // namespace osier::orders
