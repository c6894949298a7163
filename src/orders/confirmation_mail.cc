#include "orders/confirmation_mail.h"

#include "orders/order_mail.h"

namespace osier::orders {

ConfirmationMailView confirmation_view_of(const Order& order, const catalog::PageContext& context,
                                          const std::string& base_url) {
  const catalog::Shop& shop = context.snapshot->shop();
  ConfirmationMailView view;
  view.order = view_of(order, context);
  view.title = context.text("order.thanks.title");
  view.subject = context.text(
      "mail.confirmation.subject",
      {{"number", std::string_view(view.order.number)}, {"shop", std::string_view(shop.name)}});
  view.greeting = context.text("mail.confirmation.greeting",
                               {{"name", std::string_view(order.contact.shipping.name)}});
  // Placed without its money: it is to be transferred.
  const bool is_transfer = order.paid < order.total;
  view.message =
      context.text(is_transfer ? "mail.confirmation.transfer" : "mail.confirmation.thanks",
                   {{"number", std::string_view(view.order.number)},
                    {"total", std::string_view(view.order.total)},
                    {"seller_email", std::string_view(shop.seller.email)}});
  view.order_url = base_url + context.url(path_of(order));
  if (context.snapshot->content_page("returns") != nullptr) {
    view.withdrawal_url = base_url + context.url("/pages/returns");
  }
  Letterhead head = letterhead_of(context, base_url);
  view.language = std::move(head.language);
  view.direction = std::move(head.direction);
  view.shop_name = std::move(head.shop_name);
  view.seller_name = std::move(head.seller_name);
  view.seller_address = std::move(head.seller_address);
  view.seller_email = std::move(head.seller_email);
  view.seller_phone = std::move(head.seller_phone);
  view.seller_vat_id = std::move(head.seller_vat_id);
  view.links = std::move(head.links);
  return view;
}

ConfirmationMail::ConfirmationMail(Orders& orders, mail::Mailer& mailer,
                                   const catalog::Storefront& storefront, std::string mail_from,
                                   telemetry::Log& log)
    : orders_(orders),
      mailer_(mailer),
      storefront_(storefront),
      from_(mail_sender(mail_from)),
      log_(log),
      html_(storefront.engine().page<ConfirmationMailView>("confirmation_mail.html")),
      text_(storefront.engine().page<ConfirmationMailView>("confirmation_mail.txt")) {}

Task<void> ConfirmationMail::send(jobs::Event event) {
  const std::string order_id = event.aggregate_id.to_string();
  const auto order = co_await orders_.find(OrderId{event.aggregate_id});
  if (!order) {
    log_.error("an order to be confirmed is not there", {{"order_id", order_id}});
    co_return;
  }
  auto to = mail_receiver(order->contact);
  if (!to) {
    log_.error("an order has no address to be confirmed to", {{"order_id", order_id}});
    co_return;
  }
  const auto context = storefront_.at(order->market_code, order->locale);
  const auto view = confirmation_view_of(*order, context, storefront_.base_url());
  mail::Message message{.from = from_,
                        .to = *std::move(to),
                        .subject = view.subject,
                        .html = html_.render(view, *context.texts),
                        .text = text_.render(view, *context.texts),
                        .message_id = event.id.to_string(),
                        .headers = {{"Auto-Submitted", "auto-generated"}}};
  const auto sent = co_await mailer_.send(std::move(message));
  if (!sent) {
    log_.error("a confirmation mail cannot be delivered",
               {{"order_id", order_id}, {"refusal", to_string(sent.error())}});
  }
}

}  // namespace osier::orders
