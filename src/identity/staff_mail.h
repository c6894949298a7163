// Mails to staff: invitations, and news of their second factors. Sent by the worker.

#pragma once

#include <functional>
#include <string>

#include "identity/staff.h"
#include "platform/html/engine.h"
#include "platform/locale/messages.h"
#include "platform/mail/mail.h"
#include "web/shell.h"

namespace osier::identity {

struct StaffMailView {
  std::string language;
  std::string direction;
  std::string shop_name;
  std::string subject;
  std::string greeting;
  std::string message;
  web::LinkView link;
  std::string note;

  static constexpr auto fields() {
    using View = StaffMailView;
    return html::fields<View>(
        html::field("language", &View::language), html::field("direction", &View::direction),
        html::field("shop_name", &View::shop_name), html::field("subject", &View::subject),
        html::field("greeting", &View::greeting), html::field("message", &View::message),
        html::field("link", &View::link), html::field("note", &View::note));
  }
};

class StaffMail {
 public:
  struct Settings {
    std::string from;        // An address.
    std::string portal_url;  // Without a slash at its end; empty: nobody can follow a link.
    std::function<std::string()> shop_name;
  };

  // All outlive it. Throws std::invalid_argument if `from` is no address, html::TemplateError if a
  // template is wrong.
  StaffMail(Staff& staff, mail::Mailer& mailer, html::Engine& engine,
            const locale::Catalogue& texts, telemetry::Log& log, Settings settings);

  // Listens to identity.staff_invited. A repeat writes a mail with another link; the former's is
  // void. Both throw mail::Unreachable and pg::Error where another try may help.
  Task<void> send_invitation(jobs::Event event);
  // Listens to identity.second_factor_news; news of customers are not for it.
  Task<void> send_news(jobs::Event event);

 private:
  Task<void> send(StaffMember to, StaffMailView view, std::string message_id);
  StaffMailView view_of(const StaffMember& member, std::string_view what) const;
  const locale::Messages& texts_for(const StaffMember& member) const;

  Staff& staff_;
  mail::Mailer& mailer_;
  const locale::Catalogue& texts_;
  telemetry::Log& log_;
  Settings settings_;
  mail::Address from_;
  html::Page<StaffMailView> html_;
  html::Page<StaffMailView> text_;
};

}  // namespace osier::identity
