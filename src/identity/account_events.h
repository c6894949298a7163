// The events that have customers told something about their account by mail. They name ids; the job
// that sends the mail opens what is sealed (account_mail.h).

#pragma once

#include <optional>
#include <string_view>

#include "identity/email_token.h"
#include "platform/jobs/outbox.h"
#include "platform/postgres/database.h"

namespace osier::identity {

inline constexpr const char* account_mail_topic = "identity.account_mail";

enum class AccountMailKind {
  verify,            // A link to the address that was registered.
  forgot,            // A link to whoever has proved the address, if anybody has.
  change_email,      // A link to the new address.
  email_asked,       // Tells the address of now that another was asked for.
  email_changed,     // Tells the address before.
  password_changed,  // Also by a link.
};
std::string_view to_string(AccountMailKind kind);

struct AccountMailEvent {
  AccountMailKind kind = AccountMailKind::verify;
  CustomerId customer;      // Not of forgot, which does not look who it is.
  EmailTokenId token;       // Of the links, and of the change that is told of.
  pg::Bytes email_index{};  // Of forgot.
};

// Counts when the caller commits.
void add_account_mail(pg::Batch& batch, const AccountMailEvent& event, Instant now);
// Nothing for an event that is none of these.
std::optional<AccountMailEvent> account_mail_of(const jobs::Event& event);

}  // namespace osier::identity
