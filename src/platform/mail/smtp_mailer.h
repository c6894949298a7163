// Mails by SMTP (RFC 5321), by libcurl. Each mail has a connection and a deadline of its own.
//
// libcurl waits for the answer to the end of the mail, and to QUIT, without giving control back,
// also under its non-blocking interface. So mails are sent by a few threads of the mailer's own,
// and loops only wait for the outcome.

#pragma once

#include <memory>
#include <string>

#include "platform/base/secret.h"
#include "platform/base/time.h"
#include "platform/mail/mail.h"

namespace osier::mail {

struct SmtpSettings {
  enum class StartTls { when_offered, required };

  std::string url{};  // smtp://host:587 or smtps://host:465.
  std::string user{};
  Secret password{};
  // A password never crosses a network in the clear: with a user, a server that is not on loopback
  // must offer STARTTLS. To a server on loopback there is nothing to encrypt, unless it is
  // required.
  StartTls starttls = StartTls::when_offered;
  std::string ca_file{};         // Empty: the system's certificates.
  Duration timeout_total = 20s;  // May be passed by a second.
  Duration timeout_connect = 5s;
};

class SmtpMailer final : public Mailer {
 public:
  // `clock` outlives the mailer.
  SmtpMailer(const Clock& clock, SmtpSettings settings);
  // Waits for mails that are under way, each until its deadline at most. Goes before the
  // loops that use it.
  ~SmtpMailer() override;

  // From any loop.
  Task<Result<void, MailRefusal>> send(Message message) override;

 private:
  struct Threads;
  SmtpSettings settings_;
  const Clock& clock_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace osier::mail
