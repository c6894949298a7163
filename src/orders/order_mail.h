// What the mails about an order share: from whom, to whom, and who signs. Internal to orders.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/storefront.h"
#include "orders/order.h"
#include "platform/mail/mail.h"

namespace osier::orders {

// Who writes: the seller as the law wants them named, and the shop's legal pages.
struct Letterhead {
  std::string language;
  std::string direction;
  std::string shop_name;
  std::string seller_name;
  std::string seller_address;
  std::string seller_email;
  std::string seller_phone;
  std::string seller_vat_id;
  std::vector<web::LinkView> links;  // Absolute.
};
// `base_url` is the shop's public address without a slash at its end.
Letterhead letterhead_of(const catalog::PageContext& context, const std::string& base_url);

// Throws std::invalid_argument if it is no address.
mail::Address mail_sender(const std::string& mail_from);
// With the name if it can stand there, else the bare address; nothing if that is none.
std::optional<mail::Address> mail_receiver(const Contact& contact);
std::string_view to_string(mail::MailRefusal refusal);

}  // namespace osier::orders
