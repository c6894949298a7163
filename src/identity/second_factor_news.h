// What a person is told by mail about their second factors: that something about them has changed,
// so that whoever did not do it learns of it. The worker writes and sends it.

#pragma once

#include <optional>
#include <string_view>

#include "identity/account.h"
#include "platform/jobs/outbox.h"
#include "platform/postgres/database.h"

namespace osier::identity {

inline constexpr const char* second_factor_news_topic = "identity.second_factor_news";

enum class SecondFactorNews {
  app_added,
  app_removed,
  passkey_added,
  passkey_removed,
  recovery_codes_made,
  recovery_code_used,
  codes_locked,   // Too many wrong ones (hardening 36).
  factors_reset,  // By somebody who runs the shop.
};
std::string_view to_string(SecondFactorNews news);

struct SecondFactorNotice {
  AccountRef account;
  SecondFactorNews news = SecondFactorNews::app_added;
};

// Adds the event that has it sent. Counts when the caller commits.
void add_news(pg::Batch& batch, AccountRef account, SecondFactorNews news, Instant now);
// Nothing for an event that is none of these.
std::optional<SecondFactorNotice> notice_of(const jobs::Event& event);

}  // namespace osier::identity
