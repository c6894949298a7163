#include <algorithm>
#include <array>
#include <charconv>

#include "identity/staff_member.h"
#include "identity/step_up.h"
#include "orders/amount.h"
#include "orders/staff_order_view.h"
#include "orders/staff_orders.h"

namespace osier::orders {

using web::AdminContext;
using web::AdminPortal;

namespace {

constexpr const char* order_list_path = "/admin/orders";
constexpr int page_size = 50;
constexpr int pages_max = 10'000;
constexpr std::size_t reason_max = 300;

constexpr std::array every_status{OrderStatus::pending, OrderStatus::placed, OrderStatus::completed,
                                  OrderStatus::expired, OrderStatus::canceled};
constexpr std::array every_payment_status{OrderPaymentStatus::unpaid,
                                          OrderPaymentStatus::pending,
                                          OrderPaymentStatus::authorized,
                                          OrderPaymentStatus::partially_paid,
                                          OrderPaymentStatus::paid,
                                          OrderPaymentStatus::overpaid,
                                          OrderPaymentStatus::partially_refunded,
                                          OrderPaymentStatus::refunded,
                                          OrderPaymentStatus::voided,
                                          OrderPaymentStatus::failed};

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      read.ec == std::errc{} && read.ptr == text.data() + text.size() && number > 0;
  return is_number ? std::optional(number) : std::nullopt;
}

// One line that ends up in a mail and on pages; nothing for anything else.
std::optional<std::string> line_of(const http::Parameters& form, std::string_view name) {
  const std::string text(form.get(name).value_or(""));
  const bool is_plain = text.find_first_of(std::string_view("\r\n\t\0\x1b", 5)) == text.npos;
  if (text.find_first_not_of(' ') == text.npos || text.size() > reason_max || !is_plain)
    return std::nullopt;
  return text;
}

class StaffOrderPages {
 public:
  StaffOrderPages(const AdminPortal& portal, StaffOrderParts parts)
      : portal_(portal),
        parts_(parts),
        list_(portal.engine().page<StaffOrdersView>("admin_orders.html")),
        order_(portal.engine().page<StaffOrderView>("admin_order.html")) {}

  Task<http::Response> show_list(AdminContext context, http::Request request) const;
  Task<http::Response> show(AdminContext context, http::Request request) const;
  Task<http::Response> reveal(AdminContext context, http::Parameters form,
                              http::Request request) const;
  Task<http::Response> refund(AdminContext context, http::Parameters form,
                              http::Request request) const;
  Task<http::Response> cancel(AdminContext context, http::Parameters form,
                              http::Request request) const;
  Task<http::Response> capture(AdminContext context, http::Parameters form,
                               http::Request request) const;
  Task<http::Response> note_refunded(AdminContext context, http::Parameters form,
                                     http::Request request) const;

 private:
  Task<std::optional<OrderWithPayments>> find(http::Request request) const;
  Task<http::Response> show_order(AdminContext context, http::Request request,
                                  OrderWithPayments order, Contacts contacts,
                                  std::vector<web::LinkView> errors, int status) const;
  Task<http::Response> tell(AdminContext context, http::Request request, OrderWithPayments order,
                            std::optional<StaffRefusal> refusal, std::string done) const;
  Task<http::Response> ask_for(AdminContext context, http::Request request, OrderWithPayments order,
                               std::string field, std::string text_key) const;
  static audit::Actor actor_of(const http::Request& request) {
    return identity::StaffActor::of(request).audit;
  }

  const AdminPortal& portal_;
  StaffOrderParts parts_;
  html::Page<StaffOrdersView> list_;
  html::Page<StaffOrderView> order_;
};

// --- The list.

template <class Status, std::size_t size>
std::vector<web::OptionView> choices(const std::array<Status, size>& all,
                                     const std::optional<Status>& chosen,
                                     const AdminContext& context) {
  std::vector<web::OptionView> options{
      {.value = "", .label = context.text("staff_order.any"), .is_chosen = !chosen}};
  for (const Status status : all) {
    options.push_back({.value = std::string(to_string(status)),
                       .label = status_view(status, context).label,
                       .is_chosen = chosen == status});
  }
  return options;
}

std::string list_url(const OrderFilter& filter, int page) {
  std::string url = std::string(order_list_path) + "?page=" + std::to_string(page);
  if (filter.status) url += "&status=" + std::string(to_string(*filter.status));
  if (filter.payment_status) url += "&payment=" + std::string(to_string(*filter.payment_status));
  return url;
}

Task<http::Response> StaffOrderPages::show_list(AdminContext context, http::Request request) const {
  const auto parameters = request.parameters();
  if (!parameters) co_return portal_.error_page(request, 400);
  const auto typed = [&](std::string_view name) {
    return std::string(parameters->get(name).value_or(""));
  };
  StaffOrdersView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff_order.title"));
  view.number = typed("number");
  OrderFilter filter{.status = parse_order_status(typed("status")),
                     .payment_status = parse_order_payment_status(typed("payment")),
                     .number = number_of(view.number)};
  if (!view.number.empty() && !filter.number)
    view.head.errors.push_back({.url = "#number", .label = context.text("staff_order.no_number")});
  const auto asked = number_of(typed("page")).value_or(1);
  const int page = static_cast<int>(std::min<std::int64_t>(asked, pages_max));
  const auto listed =
      co_await list_orders(parts_.database, filter, page_size, (page - 1) * page_size);
  // A number that somebody typed leads to its order.
  if (filter.number && listed.orders.size() == 1)
    co_return http::redirect(path_of_order(*filter.number));
  view.statuses = choices(every_status, filter.status, context);
  view.payments = choices(every_payment_status, filter.payment_status, context);
  for (const ListedOrder& order : listed.orders) view.rows.push_back(row_view(order, context));
  view.count = context.text("staff_order.count", {{"count", listed.count}});
  if (page > 1) view.newer_url = list_url(filter, page - 1);
  if (page * std::int64_t{page_size} < listed.count) view.older_url = list_url(filter, page + 1);
  co_return AdminPortal::page(view.head.errors.empty() ? 200 : 422, list_, view, context);
}

// --- One order.

Task<std::optional<OrderWithPayments>> StaffOrderPages::find(http::Request request) const {
  const auto number = number_of(request.path_value(0));
  if (!number) co_return std::nullopt;
  const auto order = co_await parts_.orders.find_by_number(*number);
  if (!order) co_return std::nullopt;
  co_return co_await parts_.orders.find_with_payments(order->id);
}

Task<http::Response> StaffOrderPages::show_order(AdminContext context, http::Request request,
                                                 OrderWithPayments order, Contacts contacts,
                                                 std::vector<web::LinkView> errors,
                                                 int status) const {
  const auto refunds = co_await parts_.orders.refunds_of(order.order.id);
  auto view = staff_order_view(order, refunds, contacts, context);
  const std::string number = std::to_string(order.order.number);
  view.shell = context.shell;
  view.head = context.head(context.text("staff_order.one", {{"number", std::string_view(number)}}),
                           {{.url = order_list_path, .label = context.text("staff_order.title")}});
  view.head.errors = std::move(errors);
  if (view.head.errors.empty()) view.head.notice = AdminPortal::notice(context, request);
  view.form_token = context.shell->form_token;
  view.url = path_of_order(order.order.number);
  view.key = Uuid::v7(context.now).to_string();
  co_return AdminPortal::page(status, order_, view, context);
}

Task<http::Response> StaffOrderPages::show(AdminContext context, http::Request request) const {
  auto order = co_await find(request);
  if (!order) co_return portal_.error_page(request, 404);
  co_return co_await show_order(std::move(context), std::move(request), *std::move(order),
                                Contacts::masked, {}, 200);
}

// A form that lacks something: the page again, with the place that lacks it.
Task<http::Response> StaffOrderPages::ask_for(AdminContext context, http::Request request,
                                              OrderWithPayments order, std::string field,
                                              std::string text_key) const {
  web::LinkView error{.url = "#" + field, .label = context.text(text_key)};
  co_return co_await show_order(std::move(context), std::move(request), std::move(order),
                                Contacts::masked, {std::move(error)}, 422);
}

Task<http::Response> StaffOrderPages::tell(AdminContext context, http::Request request,
                                           OrderWithPayments order,
                                           std::optional<StaffRefusal> refusal,
                                           std::string done) const {
  if (!refusal) co_return AdminPortal::done(path_of_order(order.order.number), done);
  web::LinkView error{.url = "", .label = words_for(*refusal, context)};
  co_return co_await show_order(std::move(context), std::move(request), std::move(order),
                                Contacts::masked, {std::move(error)}, 409);
}

Task<http::Response> StaffOrderPages::reveal(AdminContext context, http::Parameters form,
                                             http::Request request) const {
  auto order = co_await find(request);
  if (!order) co_return portal_.error_page(request, 404);
  if (auto asked =
          identity::ask_staff_to_confirm(request, context.now, path_of_order(order->order.number)))
    co_return *std::move(asked);
  auto reason = line_of(form, "reveal_reason");
  if (!reason) {
    co_return co_await ask_for(std::move(context), std::move(request), *std::move(order),
                               "reveal-reason", "staff_order.reason_missing");
  }
  audit::Entry entry{.actor = actor_of(request),
                     .action = "order.revealed",
                     .object_kind = "order",
                     .object_id = order->order.id.value().to_string(),
                     .reason = *std::move(reason)};
  pg::Batch batch;
  audit::add_entries(batch, {std::move(entry)}, parts_.clock.now());
  auto transaction = co_await parts_.database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return co_await show_order(std::move(context), std::move(request), *std::move(order),
                                Contacts::revealed, {}, 200);
}

// --- Money.

std::string key_of(const http::Parameters& form, const http::Request& request) {
  const auto key = Uuid::parse(form.get("key").value_or(""));
  return "staff:" + (key ? key->to_string() : request.id);
}

// The units of lines that were typed; nothing if one is no number.
std::optional<std::vector<UnitsOfLine>> units_of(const http::Parameters& form, const Order& order) {
  std::vector<UnitsOfLine> units;
  for (const OrderLine& line : order.lines) {
    const std::string_view typed = form.get("units_" + line.id.value().to_string()).value_or("");
    if (typed.empty() || typed == "0") continue;
    const auto quantity = number_of(typed);
    if (!quantity || *quantity > 9'999) return std::nullopt;
    units.push_back({.line_id = line.id, .quantity = static_cast<std::int32_t>(*quantity)});
  }
  return units;
}

RefundedUnits fate_of_units(const http::Parameters& form) {
  return form.get("written_off") ? RefundedUnits::written_off : RefundedUnits::restocked;
}

Task<http::Response> StaffOrderPages::refund(AdminContext context, http::Parameters form,
                                             http::Request request) const {
  auto order = co_await find(request);
  if (!order) co_return portal_.error_page(request, 404);
  if (auto asked =
          identity::ask_staff_to_confirm(request, context.now, path_of_order(order->order.number)))
    co_return *std::move(asked);
  auto reason = line_of(form, "reason");
  if (!reason) {
    co_return co_await ask_for(std::move(context), std::move(request), *std::move(order),
                               "refund-reason", "staff_order.reason_missing");
  }
  RefundCommand command{.order_id = order->order.id,
                        .what = {},
                        .reason = *std::move(reason),
                        .actor = actor_of(request),
                        .key = key_of(form, request)};
  command.what.units = fate_of_units(form);
  if (form.get("everything")) {
    command.what.scope = RefundRequest::Scope::everything;
  } else {
    auto units = units_of(form, order->order);
    const std::string_view typed = form.get("amount").value_or("");
    if (!typed.empty()) command.what.amount = amount_of(typed, order->order.currency);
    if (!units || (!typed.empty() && !command.what.amount)) {
      co_return co_await ask_for(std::move(context), std::move(request), *std::move(order),
                                 "amount", "staff_order.refused.amount_invalid");
    }
    command.what.lines = *std::move(units);
    command.what.with_shipping = form.get("with_shipping").has_value();
  }
  const auto decided = co_await parts_.orders.refund(std::move(command));
  std::optional<StaffRefusal> refusal;
  if (!decided) refusal = decided.error();
  co_return co_await tell(std::move(context), std::move(request), *std::move(order), refusal,
                          "refund_decided");
}

Task<http::Response> StaffOrderPages::cancel(AdminContext context, http::Parameters form,
                                             http::Request request) const {
  auto order = co_await find(request);
  if (!order) co_return portal_.error_page(request, 404);
  if (auto asked =
          identity::ask_staff_to_confirm(request, context.now, path_of_order(order->order.number)))
    co_return *std::move(asked);
  auto reason = line_of(form, "reason");
  if (!reason) {
    co_return co_await ask_for(std::move(context), std::move(request), *std::move(order),
                               "cancel-reason", "staff_order.reason_missing");
  }
  CancelCommand command{.order_id = order->order.id,
                        .units = fate_of_units(form),
                        .reason = *std::move(reason),
                        .actor = actor_of(request),
                        .key = key_of(form, request)};
  const auto canceled = co_await parts_.orders.cancel_placed(std::move(command));
  std::optional<StaffRefusal> refusal;
  if (!canceled) refusal = canceled.error();
  co_return co_await tell(std::move(context), std::move(request), *std::move(order), refusal,
                          "order_canceled");
}

Task<http::Response> StaffOrderPages::capture(AdminContext context, http::Parameters form,
                                              http::Request request) const {
  auto order = co_await find(request);
  if (!order) co_return portal_.error_page(request, 404);
  if (auto asked =
          identity::ask_staff_to_confirm(request, context.now, path_of_order(order->order.number)))
    co_return *std::move(asked);
  const auto amount = amount_of(form.get("amount").value_or(""), order->order.currency);
  auto reference = line_of(form, "reference");
  if (!amount || !reference) {
    co_return co_await ask_for(std::move(context), std::move(request), *std::move(order),
                               "captured", "staff_order.capture_missing");
  }
  CaptureCommand command{.order_id = order->order.id,
                         .amount = *amount,
                         .reference = *std::move(reference),
                         .actor = actor_of(request),
                         .key = key_of(form, request)};
  const auto noted = co_await parts_.orders.note_capture(std::move(command));
  std::optional<StaffRefusal> refusal;
  if (!noted) refusal = noted.error();
  co_return co_await tell(std::move(context), std::move(request), *std::move(order), refusal,
                          "saved");
}

Task<http::Response> StaffOrderPages::note_refunded(AdminContext context, http::Parameters form,
                                                    http::Request request) const {
  auto order = co_await find(request);
  if (!order) co_return portal_.error_page(request, 404);
  if (auto asked =
          identity::ask_staff_to_confirm(request, context.now, path_of_order(order->order.number)))
    co_return *std::move(asked);
  auto reference = line_of(form, "reference");
  if (!reference) {
    co_return co_await ask_for(std::move(context), std::move(request), *std::move(order),
                               "refunded-reference", "staff_order.capture_missing");
  }
  RefundedCommand command{.order_id = order->order.id,
                          .refund_id = {},
                          .reference = *std::move(reference),
                          .actor = actor_of(request),
                          .key = key_of(form, request)};
  const auto noted = co_await parts_.orders.note_refunded(std::move(command));
  std::optional<StaffRefusal> refusal;
  if (!noted) refusal = noted.error();
  co_return co_await tell(std::move(context), std::move(request), *std::move(order), refusal,
                          "saved");
}

}  // namespace

void add_staff_order_pages(http::Router& router, const AdminPortal& portal, StaffOrderParts parts) {
  using http::Access;
  const web::AdminRoutes<StaffOrderPages> routes(
      router, portal, std::make_shared<const StaffOrderPages>(portal, parts));
  routes.page("/admin/orders", Access::staff("orders.read"), &StaffOrderPages::show_list);
  const std::string order = "/admin/orders/{number}";
  routes.page(order, Access::staff("orders.read"), &StaffOrderPages::show);
  routes.form(order + "/reveal", Access::staff("customers.reveal"), &StaffOrderPages::reveal);
  routes.form(order + "/refund", Access::staff("orders.refund"), &StaffOrderPages::refund);
  routes.form(order + "/cancel", Access::staff("orders.cancel"), &StaffOrderPages::cancel);
  routes.form(order + "/capture", Access::staff("orders.capture"), &StaffOrderPages::capture);
  routes.form(order + "/refunded", Access::staff("orders.capture"),
              &StaffOrderPages::note_refunded);
}

}  // namespace osier::orders
