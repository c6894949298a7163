#include "orders/orders.h"

#include <unordered_map>

#include "orders/hold_origins.h"
#include "orders/order_moves.h"
#include "orders/order_status.h"
#include "orders/order_store.h"
#include "orders/refund_store.h"
#include "orders/refunds.h"
#include "orders/settling.h"
#include "platform/jobs/outbox.h"

namespace osier::orders {

Orders::Orders(pg::Database& database, inventory::Inventory& inventory,
               payments::Payments& payments, const Clock& clock, Loop& settle_loop,
               AlsoHeld* also_held)
    : database_(database),
      inventory_(inventory),
      payments_(payments),
      clock_(clock),
      also_held_(also_held),
      settling_(
          std::make_unique<Settling>(database, inventory, payments, clock, settle_loop, also_held)),
      refunds_(
          std::make_unique<Refunds>(database, inventory, payments, clock, *settling_, also_held)),
      reads_(settle_loop, reads_max, waiting_max,
             [this](std::vector<OrderId> ids) { return find_group(std::move(ids)); }) {}

Orders::~Orders() = default;

void Orders::watch_stages(jobs::StageWatch watch) { settling_->watch_stages(std::move(watch)); }

std::size_t Orders::add_find_existing(pg::Batch& batch, const std::vector<Uuid>& carts,
                                      const std::vector<std::string>& idempotency_keys) const {
  return add_select_existing(batch, carts, idempotency_keys);
}

std::vector<ExistingOrder> Orders::existing_of(const pg::Rows& rows) {
  std::vector<ExistingOrder> orders;
  for (const pg::Row& row : rows) orders.push_back(existing_order_of(row));
  return orders;
}

std::size_t Orders::add_count_holds(pg::Batch& batch, const std::vector<NewOrder>& orders) const {
  return orders::add_count_holds(batch, orders);
}

HoldCounts Orders::hold_counts_of(const pg::Rows& rows) { return orders::hold_counts_of(rows); }

std::size_t Orders::add_insert(pg::Batch& batch, const std::vector<NewOrder>& orders) const {
  const auto numbers = add_insert_orders(batch, orders);
  std::vector<payments::NewPayment> payments;
  std::vector<jobs::Event> events;
  for (const NewOrder& order : orders) {
    payments.push_back(order.payment);
    events.push_back({.id = Uuid::v7(clock_.now()),
                      .topic = "order.submitted",
                      .aggregate_id = order.id.value(),
                      .payload = event_payload(order.id)});
  }
  payments_.add_open(batch, payments);
  add_hold_origins(batch, orders);
  jobs::add_events(batch, events);
  return numbers;
}

Task<void> Orders::settle(payments::PaymentReport report) {
  co_await settling_->settle(std::move(report));
}

Task<void> Orders::settle_all(std::vector<payments::PaymentReport> reports) {
  co_await settling_->settle_all(std::move(reports));
}

Task<Result<void, Orders::AcceptRefusal>> Orders::accept_manual_payment(OrderId id) {
  co_return co_await settling_->accept(id);
}

Task<Result<OrderRefund, StaffRefusal>> Orders::refund(RefundCommand command) {
  co_return co_await refunds_->refund(std::move(command));
}

Task<Result<OrderRefund, StaffRefusal>> Orders::cancel_placed(CancelCommand command) {
  co_return co_await refunds_->cancel(std::move(command));
}

Task<Result<void, StaffRefusal>> Orders::note_capture(CaptureCommand command) {
  co_return co_await refunds_->capture(std::move(command));
}

Task<Result<void, StaffRefusal>> Orders::note_refunded(RefundedCommand command) {
  co_return co_await refunds_->refunded(std::move(command));
}

Task<std::vector<OrderRefund>> Orders::refunds_of(OrderId id) {
  co_return co_await select_order_refunds(database_, id);
}

Task<std::optional<Order>> Orders::find_by_number(std::int64_t number) {
  const auto id = co_await select_id_by_number(database_, number);
  if (!id) co_return std::nullopt;
  co_return co_await find(*id);
}

Task<std::vector<Orders::Found>> Orders::find_group(std::vector<OrderId> ids) {
  auto orders = co_await select_orders(database_, payments_, ids);
  std::unordered_map<OrderId, Found> of_id;
  for (auto& order : orders) {
    const OrderId id = order.order.id;
    of_id.emplace(id, std::make_shared<const OrderWithPayments>(std::move(order)));
  }
  std::vector<Found> found;
  found.reserve(ids.size());
  for (const OrderId id : ids) {
    const auto order = of_id.find(id);
    found.push_back(order == of_id.end() ? nullptr : order->second);
  }
  co_return found;
}

Task<std::optional<Order>> Orders::find(OrderId id) {
  const auto found = co_await reads_.add(id);
  if (!found) co_return std::nullopt;
  co_return found->order;
}

Task<std::optional<OrderWithPayments>> Orders::find_with_payments(OrderId id) {
  const auto found = co_await reads_.add(id);
  if (!found) co_return std::nullopt;
  co_return *found;
}

Task<std::optional<Order>> Orders::find_by_access_token(std::string token) {
  const auto id = co_await select_id_by_token(database_, std::move(token));
  if (!id) co_return std::nullopt;
  co_return co_await find(*id);
}

Task<std::optional<ExistingOrder>> Orders::living_order_of_cart(Uuid cart_id) {
  pg::Batch batch;
  add_select_existing(batch, {cart_id}, {});
  auto transaction = co_await database_.begin();
  const auto results = co_await transaction.run_all_and_commit(std::move(batch));
  if (results[0].empty()) co_return std::nullopt;
  co_return existing_order_of(results[0][0]);
}

payments::Purchase Orders::purchase_of(const Order& order, payments::PaymentId payment_id,
                                       std::string success_url, std::string cancel_url) const {
  payments::Purchase purchase;
  purchase.payment_id = payment_id;
  purchase.payable_id = payments::PayableId{order.id.value()};
  purchase.order_number = std::to_string(order.number);
  purchase.amount = order.total;
  for (const OrderLine& line : order.lines) {
    const bool has_options = !line.variant_title.empty();
    purchase.lines.push_back(
        {.title = has_options ? line.title + ", " + line.variant_title : line.title,
         .quantity = line.quantity,
         .total = line.total});
  }
  for (const OrderShipping& line : order.shipping) {
    purchase.lines.push_back({.title = line.title, .quantity = 1, .total = line.total});
  }
  purchase.email = order.contact.email;
  purchase.locale = order.locale;
  purchase.success_url = std::move(success_url);
  purchase.cancel_url = std::move(cancel_url);
  purchase.expires_at = order.expires_at.value_or(order.created_at);
  return purchase;
}

}  // namespace osier::orders
