// The receipt of a withdrawal on a durable medium: what was declared, and when it arrived
// (Directive 2011/83/EU, article 11a(4)). One to whoever declared it, one to the shop.

#pragma once

#include "orders/order_mail.h"
#include "orders/withdrawal_pages.h"
#include "platform/jobs/outbox.h"
#include "platform/mail/mail.h"
#include "platform/telemetry/log.h"

namespace osier::orders {

struct WithdrawalMailView {
  std::string language;
  std::string direction;
  std::string shop_name;
  std::string subject{};
  std::string title{};
  std::string greeting{};  // Empty: to the shop.
  std::string message{};
  std::vector<WithdrawalPageView::Row> rows{};
  std::string seller_name;
  std::string seller_address;
  std::string seller_email;
  std::string seller_phone;
  std::string seller_vat_id;
  std::vector<web::LinkView> links;

  static constexpr auto fields() {
    using View = WithdrawalMailView;
    return html::fields<View>(
        html::field("language", &View::language), html::field("direction", &View::direction),
        html::field("shop_name", &View::shop_name), html::field("subject", &View::subject),
        html::field("title", &View::title), html::field("greeting", &View::greeting),
        html::field("message", &View::message), html::field("rows", &View::rows),
        html::field("seller_name", &View::seller_name),
        html::field("seller_address", &View::seller_address),
        html::field("seller_email", &View::seller_email),
        html::field("seller_phone", &View::seller_phone),
        html::field("seller_vat_id", &View::seller_vat_id), html::field("links", &View::links));
  }
};

class WithdrawalMail {
 public:
  // All outlive the object. Throws std::invalid_argument if `mail_from` is no address,
  // html::TemplateError if a template is wrong.
  WithdrawalMail(const Withdrawals& withdrawals, mail::Mailer& mailer,
                 const catalog::Storefront& storefront, std::string mail_from, telemetry::Log& log);

  // Listens to order.withdrawn. A repeat sends the same mails, by their ids. What no server will
  // ever take is logged and given up; throws mail::Unreachable and pg::Error where another try may
  // help.
  Task<void> send(jobs::Event event);

 private:
  Task<void> send_one(mail::Address to, WithdrawalMailView view, std::string message_id,
                      const locale::Messages& texts);

  const Withdrawals& withdrawals_;
  mail::Mailer& mailer_;
  const catalog::Storefront& storefront_;
  mail::Address from_;
  telemetry::Log& log_;
  html::Page<WithdrawalMailView> html_;
  html::Page<WithdrawalMailView> text_;
};

}  // namespace osier::orders
