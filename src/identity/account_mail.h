// The mails about an account: links that prove an address or set a new password, and news of what
// has changed, so that whoever did not do it learns of it. Links are built from the shop's
// configured address, never from a request (hardening 40).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "identity/account_events.h"
#include "identity/customer_store.h"
#include "identity/second_factor_news.h"
#include "platform/mail/mail.h"
#include "platform/telemetry/log.h"

namespace osier::identity {

struct AccountMailView {
  std::string language;
  std::string direction;
  std::string shop_name;
  std::string subject;
  std::string title;
  std::string greeting;
  std::string message;
  std::string button;      // Empty: nothing is to be done.
  std::string button_url;  // All addresses are absolute.
  std::string after;       // What to do if it was not them.
  std::string seller_name;
  std::string seller_address;
  std::string seller_email;
  std::vector<web::LinkView> links;  // The shop's legal pages.

  static constexpr auto fields() {
    using View = AccountMailView;
    return html::fields<View>(
        html::field("language", &View::language), html::field("direction", &View::direction),
        html::field("shop_name", &View::shop_name), html::field("subject", &View::subject),
        html::field("title", &View::title), html::field("greeting", &View::greeting),
        html::field("message", &View::message), html::field("button", &View::button),
        html::field("button_url", &View::button_url), html::field("after", &View::after),
        html::field("seller_name", &View::seller_name),
        html::field("seller_address", &View::seller_address),
        html::field("seller_email", &View::seller_email), html::field("links", &View::links));
  }
};

class AccountMail {
 public:
  // All outlive the object. Throws std::invalid_argument if `mail_from` is no address,
  // html::TemplateError if a template is wrong.
  AccountMail(pg::Database& database, const privacy::Vault& vault, const Clock& clock,
              mail::Mailer& mailer, const catalog::Storefront& storefront, std::string mail_from,
              telemetry::Log& log);

  // Listens to account_mail_topic, and send_news() to second_factor_news_topic; the latter passes
  // over news of staff. The event's id is the message's, so that a repeat is the same mail. What no
  // server will ever take is logged and given up; throw mail::Unreachable and pg::Error where
  // another try may help.
  Task<void> send(jobs::Event event);
  Task<void> send_news(jobs::Event event);

 private:
  // What is to be said to whom.
  struct Letter {
    std::string key;  // Of its texts: "account.mail.verify".
    std::string to;
    Customer customer;   // Whose account it is.
    std::string path{};  // Of the button; empty: none.
    std::string after{"account.mail.after_change"};
  };

  Task<std::optional<Letter>> letter_for(AccountMailEvent event);
  Task<std::optional<Letter>> verification(AccountMailEvent event, Customer customer);
  Task<std::optional<Letter>> forgotten(AccountMailEvent event);
  Task<std::optional<Letter>> changing(AccountMailEvent event, Customer customer);
  Task<void> deliver(Letter letter, Uuid event);
  AccountMailView view_of(const Letter& letter, const catalog::PageContext& context) const;

  pg::Database& database_;
  const Clock& clock_;
  mail::Mailer& mailer_;
  const catalog::Storefront& storefront_;
  mail::Address from_;
  telemetry::Log& log_;
  CustomerStore store_;
  EmailTokens tokens_;
  html::Page<AccountMailView> html_;
  html::Page<AccountMailView> text_;
};

}  // namespace osier::identity
