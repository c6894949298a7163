// The mail that says that money has gone back.

#pragma once

#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "orders/order_mail.h"
#include "orders/order_view.h"
#include "orders/orders.h"
#include "platform/jobs/outbox.h"
#include "platform/mail/mail.h"
#include "platform/telemetry/log.h"

namespace osier::orders {

struct RefundMailView {
  std::string language;
  std::string direction;
  std::string shop_name;
  std::string subject;
  std::string title;
  std::string greeting;
  std::string message;
  std::string reason;                   // May be empty.
  std::vector<RefundView::Line> lines;  // May be empty: money alone.
  std::string amount;
  std::string order_url;  // All addresses are absolute.
  std::string seller_name;
  std::string seller_address;
  std::string seller_email;
  std::string seller_phone;
  std::string seller_vat_id;
  std::vector<web::LinkView> links;

  static constexpr auto fields() {
    using View = RefundMailView;
    return html::fields<View>(
        html::field("language", &View::language), html::field("direction", &View::direction),
        html::field("shop_name", &View::shop_name), html::field("subject", &View::subject),
        html::field("title", &View::title), html::field("greeting", &View::greeting),
        html::field("message", &View::message), html::field("reason", &View::reason),
        html::field("lines", &View::lines), html::field("amount", &View::amount),
        html::field("order_url", &View::order_url), html::field("seller_name", &View::seller_name),
        html::field("seller_address", &View::seller_address),
        html::field("seller_email", &View::seller_email),
        html::field("seller_phone", &View::seller_phone),
        html::field("seller_vat_id", &View::seller_vat_id), html::field("links", &View::links));
  }
};

// What the mail is about: `refund` is the decision behind the money, null if the provider sent it
// back by itself.
RefundMailView refund_mail_view_of(const Order& order, const OrderRefund* refund, Money amount,
                                   const catalog::PageContext& context,
                                   const std::string& base_url);

class RefundMail {
 public:
  // All outlive the object. Throws std::invalid_argument if `mail_from` is no address,
  // html::TemplateError if a template is wrong.
  RefundMail(Orders& orders, mail::Mailer& mailer, const catalog::Storefront& storefront,
             std::string mail_from, telemetry::Log& log);

  // Listens to order.refunded. The event's id is the message's, so that a repeat is the same mail.
  // What no server will ever take is logged and given up; throws mail::Unreachable and pg::Error
  // where another try may help.
  Task<void> send(jobs::Event event);

 private:
  Orders& orders_;
  mail::Mailer& mailer_;
  const catalog::Storefront& storefront_;
  mail::Address from_;
  telemetry::Log& log_;
  html::Page<RefundMailView> html_;
  html::Page<RefundMailView> text_;
};

}  // namespace osier::orders
