#include "orders/order_mail.h"

#include <stdexcept>

namespace osier::orders {

Letterhead letterhead_of(const catalog::PageContext& context, const std::string& base_url) {
  const catalog::Shop& shop = context.snapshot->shop();
  Letterhead head{.language = context.shell->locale,
                  .direction = context.shell->direction,
                  .shop_name = shop.name,
                  .seller_name = shop.seller.name,
                  .seller_address = shop.seller.address,
                  .seller_email = shop.seller.email,
                  .seller_phone = shop.seller.phone,
                  .seller_vat_id = shop.seller.vat_id,
                  .links = {}};
  for (const web::LinkView& link : context.shell->legal)
    head.links.push_back({base_url + link.url, link.label, false});
  return head;
}

mail::Address mail_sender(const std::string& mail_from) {
  auto address = mail::Address::parse(mail_from);
  if (!address) throw std::invalid_argument("OSIER_MAIL_FROM is not one e-mail address");
  return *std::move(address);
}

std::optional<mail::Address> mail_receiver(const Contact& contact) {
  auto address = mail::Address::named(contact.shipping.name, contact.email);
  return address ? address : mail::Address::named("", contact.email);
}

std::string_view to_string(mail::MailRefusal refusal) {
  switch (refusal) {
    case mail::MailRefusal::line_break_in_header:
      return "line_break_in_header";
    case mail::MailRefusal::header_invalid:
      return "header_invalid";
    case mail::MailRefusal::message_id_invalid:
      return "message_id_invalid";
    case mail::MailRefusal::empty_body:
      return "empty_body";
    case mail::MailRefusal::rejected_by_server:
      return "rejected_by_server";
  }
}

}  // namespace osier::orders
