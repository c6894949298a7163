// Mails as files in a folder, for shops without SMTP and for the page that shows them in
// development.
//
// Each mail is two files named by a hash of its message id: the .eml as it would have left, and a
// .json beside it for reading back. The same message id replaces its file, so a retried job leaves
// one mail. Writing is atomic (a new file, renamed) and short, and is done on the calling thread.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/time.h"
#include "platform/mail/mail.h"

namespace osier::mail {

struct StoredMail {
  std::string name;  // Of the files, without extension: 32 hex digits.
  std::string from;
  std::string to;
  std::string subject;
  Instant sent_at;
  std::string html;  // Empty in lists.
  std::string text;  // Empty in lists.
};

class FolderMailer final : public Mailer {
 public:
  // Makes `folder` when the first mail comes. `clock` outlives the mailer.
  FolderMailer(std::filesystem::path folder, const Clock& clock);

  // Throws Unreachable if the folder cannot be written (full, or not ours).
  Task<Result<void, MailRefusal>> send(Message message) override;

  // The newest first.
  std::vector<StoredMail> list(std::size_t count_max = 200) const;
  // Nothing for a name that is not one of ours; no path gets through.
  std::optional<StoredMail> read(std::string_view name) const;
  // The .eml file's bytes.
  std::optional<std::string> read_eml(std::string_view name) const;

 private:
  std::filesystem::path folder_;
  const Clock& clock_;
};

}  // namespace osier::mail
