#include "identity/staff_words.h"

namespace osier::identity {

std::string words_for(PasswordRefusal refusal, const web::AdminContext& context) {
  return context.text("staff.password.refused." + std::string(to_string(refusal)),
                      {{"count", std::int64_t{password_length_with_second_factor_min}}});
}

std::string words_for(RightsRefusal refusal, const web::AdminContext& context) {
  return context.text("staff.refused." + std::string(to_string(refusal)));
}

std::string title_of(const Permission& permission, const web::AdminContext& context) {
  return context.text("permission." + std::string(permission.name) + ".title");
}

std::string sentence_of(const Permission& permission, const web::AdminContext& context) {
  return context.text("permission." + std::string(permission.name) + ".sentence");
}

std::vector<web::OptionView> languages(const web::AdminContext& context,
                                       const std::string& chosen) {
  std::vector<web::OptionView> all;
  for (const locale::Locale& language : context.texts->catalogue().locales()) {
    all.push_back({.value = language.tag(),
                   .label = context.text("staff.language." + language.tag()),
                   .is_chosen = language.tag() == chosen});
  }
  return all;
}

std::optional<std::string> language_of(std::string_view typed, const web::AdminContext& context) {
  for (const locale::Locale& language : context.texts->catalogue().locales()) {
    if (language.tag() == typed) return language.tag();
  }
  return std::nullopt;
}

int status_of(RightsRefusal refusal) {
  switch (refusal) {
    case RightsRefusal::own_account:
    case RightsRefusal::beyond_own:
    case RightsRefusal::last_owner:
    case RightsRefusal::owner_role:
    case RightsRefusal::role_in_use:
    case RightsRefusal::machine_right:
      return 403;
    case RightsRefusal::not_there:
      return 404;
    case RightsRefusal::email_known:
    case RightsRefusal::email_invalid:
    case RightsRefusal::name_known:
    case RightsRefusal::name_invalid:
      return 422;
  }
}

}  // namespace osier::identity
