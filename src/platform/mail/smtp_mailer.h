// Mails by SMTP (RFC 5321), by libcurl on a loop. Each mail has its own deadline.

#pragma once

#include <memory>
#include <string>

#include "platform/async/loop.h"
#include "platform/base/secret.h"
#include "platform/base/time.h"
#include "platform/mail/mail.h"

namespace osier::http_client {
class CurlMulti;
}

namespace osier::mail {

struct SmtpSettings {
  enum class StartTls { when_offered, required };

  std::string url{};  // smtp://host:587 or smtps://host:465.
  std::string user{};
  Secret password{};
  // A password never crosses a network in the clear: with a user, a server that is not on loopback
  // must offer STARTTLS.
  StartTls starttls = StartTls::when_offered;
  std::string ca_file{};  // Empty: the system's certificates.
  Duration timeout_total = 60s;
  Duration timeout_connect = 10s;
};

class SmtpMailer final : public Mailer {
 public:
  // `loop` and `clock` outlive the mailer, which is used on the loop's thread only.
  SmtpMailer(Loop& loop, const Clock& clock, SmtpSettings settings);
  ~SmtpMailer() override;

  Task<Result<void, MailRefusal>> send(Message message) override;

 private:
  SmtpSettings settings_;
  const Clock& clock_;
  std::unique_ptr<http_client::CurlMulti> multi_;
};

}  // namespace osier::mail
