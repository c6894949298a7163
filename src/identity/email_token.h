// Links in mails, which prove that somebody reads them: for one customer, one address, and the
// credentials of the moment in which they were asked for. Each counts once (hardening 40).
//
// A link's token is not kept: it is made from the id of its row and a key that is not in the
// database, so that the job that mails it makes the same one at every try. Only its hash is stored.

#pragma once

#include <optional>
#include <string>

#include "identity/account.h"
#include "platform/postgres/database.h"
#include "privacy/vault.h"

namespace osier::identity {

using EmailTokenId = Strong<struct EmailTokenTag, Uuid>;

enum class EmailPurpose { verify, reset, change_email };
std::string_view to_string(EmailPurpose purpose);

// A day to verify or change an address, half an hour to reset a password.
Duration lifetime_of(EmailPurpose purpose);

struct EmailTokenRow {
  EmailTokenId id;
  CustomerId customer;
  EmailPurpose purpose = EmailPurpose::verify;
  pg::Bytes email_index;  // Of the address that it is mailed to.
  std::string new_email;  // Where purpose is change_email.
  std::int64_t credentials_version = 0;
};

class EmailTokens {
 public:
  // Outlives this.
  explicit EmailTokens(const privacy::Vault& vault) : vault_(vault) {}

  // For the link.
  std::string token_of(EmailTokenId id) const;

  // Nothing happens if it is there already. `keys` are the customer's. Counts when the caller
  // commits.
  void add(pg::Batch& batch, const EmailTokenRow& token, const privacy::Keys& keys,
           Instant now) const;

  // One that still counts. Throws pg::Error.
  Task<std::optional<EmailTokenRow>> find(pg::Database& database, EmailPurpose purpose,
                                          std::string token, Instant now) const;
  // The same, and it counts no more; the customer's row is locked. Counts when the caller commits.
  Task<std::optional<EmailTokenRow>> use(pg::Transaction& transaction, EmailPurpose purpose,
                                         std::string token, Instant now) const;

  // The addresses of a change, for the mails about it; nothing if the row or its key is gone.
  struct Change {
    CustomerId customer;
    std::string new_email;
    std::string former_email;  // Empty until it has changed.
  };
  Task<std::optional<Change>> change_of(pg::Database& database, EmailTokenId id) const;
  Task<void> keep_former(pg::Transaction& transaction, EmailTokenRow token,
                         std::string email) const;

  // Forgets those that ended more than 30 days ago; how many. For a schedule.
  Task<std::int64_t> trim(pg::Database& database, Instant now) const;

 private:
  EmailTokenRow row_of(const pg::Row& row) const;

  const privacy::Vault& vault_;
};

}  // namespace osier::identity
