#include "identity/second_factor_news.h"

#include <array>

#include "platform/json/value.h"

namespace osier::identity {

std::string_view to_string(SecondFactorNews news) {
  switch (news) {
    case SecondFactorNews::app_added:
      return "app_added";
    case SecondFactorNews::app_removed:
      return "app_removed";
    case SecondFactorNews::passkey_added:
      return "passkey_added";
    case SecondFactorNews::passkey_removed:
      return "passkey_removed";
    case SecondFactorNews::recovery_codes_made:
      return "recovery_codes_made";
    case SecondFactorNews::recovery_code_used:
      return "recovery_code_used";
    case SecondFactorNews::codes_locked:
      return "codes_locked";
    case SecondFactorNews::factors_reset:
      return "factors_reset";
  }
}

void add_news(pg::Batch& batch, AccountRef account, SecondFactorNews news, Instant now) {
  const json::Object payload{{"realm", std::string(to_string(account.realm))},
                             {"news", std::string(to_string(news))}};
  jobs::add_events(batch, {{.id = Uuid::v7(now),
                            .topic = second_factor_news_topic,
                            .aggregate_id = account.id,
                            .payload = json::to_text(payload)}});
}

std::optional<SecondFactorNotice> notice_of(const jobs::Event& event) {
  const auto payload = json::parse(event.payload);
  if (event.topic != second_factor_news_topic || !payload) return std::nullopt;
  json::Reader reader(*payload);
  const auto realm = reader.word("realm", {"customer", "staff"}, json::Presence::required);
  const auto word = reader.string("news", {.required = true});
  if (!reader.ok()) return std::nullopt;
  constexpr std::array all{
      SecondFactorNews::app_added,           SecondFactorNews::app_removed,
      SecondFactorNews::passkey_added,       SecondFactorNews::passkey_removed,
      SecondFactorNews::recovery_codes_made, SecondFactorNews::recovery_code_used,
      SecondFactorNews::codes_locked,        SecondFactorNews::factors_reset};
  for (const SecondFactorNews news : all) {
    if (to_string(news) != *word) continue;
    return SecondFactorNotice{.account = {.realm = *realm == 0 ? Realm::customer : Realm::staff,
                                          .id = event.aggregate_id},
                              .news = news};
  }
  return std::nullopt;
}

}  // namespace osier::identity
