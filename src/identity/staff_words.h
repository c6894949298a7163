// What staff are told when something is refused. Internal to the room.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/password.h"
#include "identity/permission.h"
#include "identity/staff_rules.h"
#include "web/admin_portal.h"

namespace osier::identity {

std::string words_for(PasswordRefusal refusal, const web::AdminContext& context);
std::string words_for(RightsRefusal refusal, const web::AdminContext& context);
// "Orders: see" and its sentence.
std::string title_of(const Permission& permission, const web::AdminContext& context);
std::string sentence_of(const Permission& permission, const web::AdminContext& context);
// The languages that the shop has texts in, by name.
std::vector<web::OptionView> languages(const web::AdminContext& context, const std::string& chosen);
// Nothing for a language that is none of them.
std::optional<std::string> language_of(std::string_view typed, const web::AdminContext& context);

// 403 for what the rules forbid, 404 for what is not there, 422 for a form to be mended.
int status_of(RightsRefusal refusal);

}  // namespace osier::identity
