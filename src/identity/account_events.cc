#include "identity/account_events.h"

#include <array>

#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::identity {

std::string_view to_string(AccountMailKind kind) {
  switch (kind) {
    case AccountMailKind::verify:
      return "verify";
    case AccountMailKind::forgot:
      return "forgot";
    case AccountMailKind::change_email:
      return "change_email";
    case AccountMailKind::email_asked:
      return "email_asked";
    case AccountMailKind::email_changed:
      return "email_changed";
    case AccountMailKind::password_changed:
      return "password_changed";
  }
}

void add_account_mail(pg::Batch& batch, const AccountMailEvent& event, Instant now) {
  const bool is_forgot = event.kind == AccountMailKind::forgot;
  json::Object payload{{"mail", std::string(to_string(event.kind))},
                       {"token", event.token.value().to_string()}};
  if (is_forgot) payload["email_index"] = crypto::to_hex(event.email_index);
  const Uuid id = Uuid::v7(now);
  jobs::add_events(batch, {{.id = id,
                            .topic = account_mail_topic,
                            .aggregate_id = is_forgot ? id : event.customer.value(),
                            .payload = json::to_text(payload)}});
}

std::optional<AccountMailEvent> account_mail_of(const jobs::Event& event) {
  const auto payload = json::parse(event.payload);
  if (event.topic != account_mail_topic || !payload) return std::nullopt;
  json::Reader reader(*payload);
  const auto word = reader.string("mail", {.required = true});
  const auto token = reader.string("token", {.required = true});
  const auto index = reader.string("email_index", {});
  if (!reader.ok()) return std::nullopt;
  const auto token_id = Uuid::parse(*token);
  const auto bytes = crypto::from_hex(index.value_or(""));
  constexpr std::array all{AccountMailKind::verify,        AccountMailKind::forgot,
                           AccountMailKind::change_email,  AccountMailKind::email_asked,
                           AccountMailKind::email_changed, AccountMailKind::password_changed};
  for (const AccountMailKind kind : all) {
    if (to_string(kind) != *word || !token_id || !bytes) continue;
    return AccountMailEvent{.kind = kind,
                            .customer = CustomerId{event.aggregate_id},
                            .token = EmailTokenId{*token_id},
                            .email_index = pg::Bytes(bytes->begin(), bytes->end())};
  }
  return std::nullopt;
}

}  // namespace osier::identity
