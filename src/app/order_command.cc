// osier order: what staff do with an order.

#include <fmt/format.h>

#include <charconv>

#include "app/cli.h"
#include "app/command_database.h"
#include "checkout/coupon_holds.h"
#include "orders/amount.h"
#include "orders/orders.h"
#include "promotions/promotions.h"

namespace osier::app {

namespace {

using orders::OrderRefund;
using orders::StaffRefusal;

const audit::Actor actor{audit::ActorKind::command, "osier order"};

std::string sentence_for(StaffRefusal refusal) {
  switch (refusal) {
    case StaffRefusal::unknown_order:
      return "there is no order with this number";
    case StaffRefusal::key_reused:
      return "this --key belongs to another command: name another one";
    case StaffRefusal::wrong_status:
      return "the order is not placed yet, or is over";
    case StaffRefusal::nothing_to_refund:
      return "there is nothing to give back: name --all, --line, --shipping or --amount, and see "
             "'osier order show' for what is left";
    case StaffRefusal::more_than_paid:
      return "that is more than is left of what was paid: see 'osier order show', and name a "
             "smaller --amount";
    case StaffRefusal::unknown_line:
      return "the order has no line of this SKU";
    case StaffRefusal::units_not_there:
      return "the order has fewer such units that are still to be sent";
    case StaffRefusal::shipping_refunded:
      return "what was paid for delivery has been refunded already";
    case StaffRefusal::amount_invalid:
      return "--amount must be more than nothing, in the order's currency, such as 12.34";
    case StaffRefusal::not_on_hand:
      return "units that are not on hand cannot be written off: use --restock";
    case StaffRefusal::provider_cannot:
      return "the payment provider cannot send this amount: name an --amount that ends in 0";
    case StaffRefusal::already_sent:
      return "some units have been sent: refund the others by --line";
    case StaffRefusal::payment_under_way:
      return "a payment of the order is under way at the provider: try again in a few minutes";
    case StaffRefusal::no_manual_payment:
      return "the order is not paid by transfer";
    case StaffRefusal::unknown_refund:
      return "no such refund waits to be carried out by hand: 'osier order show' lists them; one "
             "that failed has to be named by --refund";
    case StaffRefusal::several_refunds:
      return "several refunds wait: name one by --refund";
    case StaffRefusal::reference_known:
      return "this --reference has been noted before";
  }
}

std::string text_of(const Money& money) {
  return money.to_decimal() + " " + money.currency().code();
}

std::string_view word_of(OrderRefund::Status status) {
  switch (status) {
    case OrderRefund::Status::under_way:
      return "under way";
    case OrderRefund::Status::done:
      return "done";
    case OrderRefund::Status::failed:
      return "failed";
  }
}

// --- Show.

void print_refund(const orders::Order& order, const OrderRefund& refund) {
  fmt::print("refund {}: {}, {}, by {}: {}\n", to_rfc3339(refund.at), text_of(refund.amount),
             word_of(refund.status()), refund.actor, refund.reason);
  for (const auto& part : refund.lines) {
    for (const auto& line : order.lines) {
      if (line.id != part.line_id) continue;
      fmt::print("  {} = {}: {} ({})\n", line.sku, part.quantity, text_of(part.amount),
                 to_string(refund.units));
    }
  }
  if (refund.shipping.amount_minor() > 0) fmt::print("  delivery: {}\n", text_of(refund.shipping));
  for (const auto& payment : refund.payments) {
    fmt::print("  {} {} {}: {}\n", payment.refund_id.value().to_string(),
               payments::to_string(payment.provider), payments::to_string(payment.status),
               text_of(payment.amount));
  }
}

void print_order(const orders::Order& order, const std::vector<payments::Payment>& attempts,
                 const std::vector<OrderRefund>& refunds) {
  fmt::print("order {}: {}, {}, {}\n", order.number, to_string(order.status),
             to_string(order.payment_status), order.fulfilment_status);
  fmt::print("total {}, paid {}\n", text_of(order.total), text_of(order.paid));
  for (const auto& line : order.lines) {
    fmt::print("line {} = {}: {}", line.sku, line.quantity, text_of(line.total));
    if (line.canceled > 0) fmt::print(" ({} taken out)", line.canceled);
    fmt::print("\n");
  }
  for (const auto& line : order.shipping)
    fmt::print("delivery {}: {}\n", line.title, text_of(line.total));
  for (const auto& payment : attempts) {
    fmt::print("payment {}: {} {}, captured {}, refunded {}\n", payment.id.value().to_string(),
               payments::to_string(payment.provider), payments::to_string(payment.status),
               text_of(payment.captured), text_of(payment.refunded));
  }
  for (const auto& refund : refunds) print_refund(order, refund);
}

// --- The services, and the order that is meant.

struct Desk {
  Desk(const std::string& connection, Loop& loop)
      // People wait for a busy database, rather than trying again.
      : database({.connection = connection,
                  .connections_per_loop = 2,
                  .acquire_timeout = 10s,
                  .connect_timeout = 10s,
                  .statement_timeout = 20s,
                  .lock_timeout = 5s},
                 {&loop}),
        inventory(database),
        payments(database, clock, nullptr),
        promotions(database, clock),
        coupon_holds(promotions),
        orders(database, inventory, payments, clock, loop, &coupon_holds) {}

  SystemClock clock;
  pg::Database database;
  inventory::Inventory inventory;
  payments::Payments payments;
  promotions::Promotions promotions;
  checkout::CouponHolds coupon_holds;
  orders::Orders orders;
};

// "SKU=2"; nothing if it is not that.
std::optional<orders::UnitsOfSku> units_of(const std::string& text) {
  const auto sign = text.rfind('=');
  if (sign == std::string::npos) return std::nullopt;
  orders::UnitsOfSku units{.sku = text.substr(0, sign)};
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + sign + 1, end, units.quantity);
  if (parsed.ec != std::errc{} || parsed.ptr != end || units.quantity <= 0) return std::nullopt;
  return units;
}

Task<int> show(Desk& desk, orders::Order order) {
  const auto attempts = co_await desk.payments.of_payable(payments::PayableId{order.id.value()});
  const auto refunds = co_await desk.orders.refunds_of(order.id);
  print_order(order, attempts, refunds);
  co_return 0;
}

int tell(const orders::Order& order, const Result<OrderRefund, StaffRefusal>& refund) {
  if (!refund) return fail(sentence_for(refund.error()));
  print_refund(order, *refund);
  return 0;
}

Task<int> refund(Desk& desk, orders::Order order, OrderOptions options) {
  orders::RefundCommand command{.order_id = order.id,
                                .what = {},
                                .reason = options.reason,
                                .actor = actor,
                                .key = options.key};
  const bool names_parts =
      !options.lines.empty() || options.with_shipping || !options.amount.empty();
  if (options.is_everything && names_parts)
    co_return fail("--all is everything: name no --line, --shipping or --amount with it");
  if (options.is_everything) command.what.scope = orders::RefundRequest::Scope::everything;
  for (const std::string& line : options.lines) {
    auto units = units_of(line);
    if (!units) co_return fail("--line must be an SKU and a number of units, such as MUG=2");
    command.what.skus.push_back(*std::move(units));
  }
  command.what.with_shipping = options.with_shipping;
  if (!options.amount.empty()) {
    command.what.amount = orders::amount_of(options.amount, order.currency);
    if (!command.what.amount) co_return fail(sentence_for(StaffRefusal::amount_invalid));
  }
  command.what.units =
      options.is_restocked ? orders::RefundedUnits::restocked : orders::RefundedUnits::written_off;
  const auto decided = co_await desk.orders.refund(std::move(command));
  co_return tell(order, decided);
}

Task<int> cancel(Desk& desk, orders::Order order, OrderOptions options) {
  const orders::CancelCommand command{.order_id = order.id,
                                      .units = options.is_restocked
                                                   ? orders::RefundedUnits::restocked
                                                   : orders::RefundedUnits::written_off,
                                      .reason = options.reason,
                                      .actor = actor,
                                      .key = options.key};
  const auto canceled = co_await desk.orders.cancel_placed(command);
  if (canceled) fmt::print("order {} is canceled\n", order.number);
  co_return tell(order, canceled);
}

Task<int> tell_sums(Desk& desk, orders::OrderId id, Result<void, StaffRefusal> noted) {
  if (!noted) co_return fail(sentence_for(noted.error()));
  const auto order = co_await desk.orders.find(id);
  fmt::print("order {}: {}, {}, paid {} of {}\n", order->number, to_string(order->status),
             to_string(order->payment_status), text_of(order->paid), text_of(order->total));
  co_return 0;
}

Task<int> capture(Desk& desk, orders::Order order, OrderOptions options) {
  const auto amount = orders::amount_of(options.amount, order.currency);
  if (!amount) co_return fail(sentence_for(StaffRefusal::amount_invalid));
  const orders::CaptureCommand command{.order_id = order.id,
                                       .amount = *amount,
                                       .reference = options.reference,
                                       .actor = actor,
                                       .key = options.key};
  const auto noted = co_await desk.orders.note_capture(command);
  co_return co_await tell_sums(desk, order.id, noted);
}

Task<int> refunded(Desk& desk, orders::Order order, OrderOptions options) {
  const auto id = Uuid::parse(options.refund);
  if (!options.refund.empty() && !id) co_return fail("--refund is no id of a refund");
  orders::RefundedCommand command{.order_id = order.id,
                                  .refund_id = {},
                                  .reference = options.reference,
                                  .actor = actor,
                                  .key = options.key};
  if (id) command.refund_id = payments::RefundId{*id};
  const auto noted = co_await desk.orders.note_refunded(std::move(command));
  co_return co_await tell_sums(desk, order.id, noted);
}

Task<int> obey(Desk& desk, OrderOptions options) {
  auto order = co_await desk.orders.find_by_number(options.number);
  if (!order) co_return fail(sentence_for(StaffRefusal::unknown_order));
  switch (options.action) {
    case OrderOptions::Action::show:
      co_return co_await show(desk, *std::move(order));
    case OrderOptions::Action::refund:
      co_return co_await refund(desk, *std::move(order), std::move(options));
    case OrderOptions::Action::cancel:
      co_return co_await cancel(desk, *std::move(order), std::move(options));
    case OrderOptions::Action::capture:
      co_return co_await capture(desk, *std::move(order), std::move(options));
    case OrderOptions::Action::refunded:
      co_return co_await refunded(desk, *std::move(order), std::move(options));
  }
}

Task<void> run_desk(Desk& desk, OrderOptions options, int& status) {
  status = co_await obey(desk, std::move(options));
}

// Texts end up in mails, pages and a terminal.
bool is_plain(const std::string& text) {
  return text.size() <= 500 && text.find_first_of(std::string_view("\r\n\t\0\x1b", 5)) == text.npos;
}

}  // namespace

int order(const config::Config& config, const OrderOptions& asked) {
  OrderOptions options = asked;
  for (const std::string* text : {&options.reason, &options.reference, &options.key}) {
    if (!is_plain(*text))
      return fail("--reason, --reference and --key are one line each, of 500 characters at most");
  }
  if (options.key.empty()) options.key = Uuid::v7(SystemClock{}.now()).to_string();
  return with_current_schema(config, [&](const std::string& connection) {
    int status = 1;
    Loop loop;
    Desk desk(connection, loop);
    run_to_end(loop, run_desk(desk, options, status));
    desk.database.close();
    return status;
  });
}

}  // namespace osier::app
