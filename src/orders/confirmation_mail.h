// The mail that confirms an order: what was agreed, on a durable medium (Directive 2011/83/EU
// art. 8.7).

#pragma once

#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "orders/order_view.h"
#include "orders/orders.h"
#include "platform/jobs/outbox.h"
#include "platform/mail/mail.h"
#include "platform/telemetry/log.h"

namespace osier::orders {

struct ConfirmationMailView {
  std::string language;
  std::string direction;
  std::string shop_name;
  std::string subject;
  std::string title;
  std::string greeting;
  std::string message;
  OrderView order;
  std::string order_url;       // All addresses are absolute.
  std::string withdrawal_url;  // About returns and withdrawal; empty if the shop has no such page.
  std::string seller_name;
  std::string seller_address;
  std::string seller_email;
  std::string seller_phone;
  std::string seller_vat_id;
  std::vector<web::LinkView> links;  // The shop's legal pages.

  static constexpr auto fields() {
    using View = ConfirmationMailView;
    return html::fields<View>(
        html::field("language", &View::language), html::field("direction", &View::direction),
        html::field("shop_name", &View::shop_name), html::field("subject", &View::subject),
        html::field("title", &View::title), html::field("greeting", &View::greeting),
        html::field("message", &View::message), html::field("order", &View::order),
        html::field("order_url", &View::order_url),
        html::field("withdrawal_url", &View::withdrawal_url),
        html::field("seller_name", &View::seller_name),
        html::field("seller_address", &View::seller_address),
        html::field("seller_email", &View::seller_email),
        html::field("seller_phone", &View::seller_phone),
        html::field("seller_vat_id", &View::seller_vat_id), html::field("links", &View::links));
  }
};

// `base_url` is the shop's public address without a slash at its end.
ConfirmationMailView confirmation_view_of(const Order& order, const catalog::PageContext& context,
                                          const std::string& base_url);

class ConfirmationMail {
 public:
  // All outlive the object. Throws std::invalid_argument if `mail_from` is no address,
  // html::TemplateError if a template is wrong.
  ConfirmationMail(Orders& orders, mail::Mailer& mailer, const catalog::Storefront& storefront,
                   std::string mail_from, telemetry::Log& log);

  // Listens to order.placed. The event's id is the message's, so that a repeat is the same mail.
  // What no server will ever take is logged and given up; throws mail::Unreachable and pg::Error
  // where another try may help.
  Task<void> send(jobs::Event event);

 private:
  Orders& orders_;
  mail::Mailer& mailer_;
  const catalog::Storefront& storefront_;
  mail::Address from_;
  telemetry::Log& log_;
  html::Page<ConfirmationMailView> html_;
  html::Page<ConfirmationMailView> text_;
};

}  // namespace osier::orders
