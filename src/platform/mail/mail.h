// Mails: what one is, its text on the wire (RFC 5322, MIME), and the port through which it leaves.
//
// A retried mail is the same mail: its message id is the key of the job that sends it, so receivers
// can tell a repeat. Two adapters: SmtpMailer (smtp_mailer.h) for the world, FolderMailer
// (folder_mailer.h) for development.

#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/async/task.h"
#include "platform/base/result.h"
#include "platform/base/time.h"

namespace osier::mail {

// One mailbox: "shop@example.org" or "The Shop <shop@example.org>". Always a single valid one, in
// ASCII after the display name; a line break, a second address or a group cannot be in it.
class Address {
 public:
  static std::optional<Address> parse(std::string_view text);
  // Any display name is fit for writing, once it has no control characters; nothing if it has or
  // the e-mail is not one.
  static std::optional<Address> named(std::string name, std::string_view email);

  const std::string& name() const { return name_; }
  const std::string& email() const { return email_; }
  std::string domain() const { return email_.substr(email_.rfind('@') + 1); }

  friend bool operator==(const Address&, const Address&) = default;

 private:
  Address(std::string name, std::string email) : name_(std::move(name)), email_(std::move(email)) {}

  std::string name_;
  std::string email_;
};

struct Message {
  Address from;
  Address to;
  std::string subject{};
  std::string html{};
  std::string text{};
  // The key that makes a repeat recognisable: letters, digits and .-_; the sender's domain is added
  // if it has no @.
  std::string message_id{};
  // More headers, e.g. List-Unsubscribe. Not those that this header already names.
  std::vector<std::pair<std::string, std::string>> headers{};
};

enum class MailRefusal {
  line_break_in_header,  // Or another control character, in the subject or a header.
  header_invalid,  // No header's name, one that is ours to write, or a word too long for a line.
  message_id_invalid,
  empty_body,          // Neither HTML nor text.
  rejected_by_server,  // For good: SMTP 5xx about this sender, receiver or content.
};

// The whole mail as it stands on the wire and in an .eml file: CRLF line ends, lines folded under
// 78 characters, subject and names as RFC 2047 encoded words where they need it, bodies in UTF-8 as
// base64, text before HTML in multipart/alternative. The same input gives the same bytes.
Result<std::string, MailRefusal> to_mime(const Message& message, Instant now);

// The server cannot be reached, hung, or said "later" (4xx), or does not let us in: try again
// another time.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The port.
class Mailer {
 public:
  virtual ~Mailer() = default;

  // Hands over one mail. A refusal is final; throws Unreachable where another try may help. After a
  // lost connection the mail may have left all the same.
  virtual Task<Result<void, MailRefusal>> send(Message message) = 0;
};

}  // namespace osier::mail
