// The synchronizer token of forms (hardening 4.2): what a page of ours knows of a session, and
// nobody else can. Made from the session's token, so that nothing has to be kept; it is void as
// soon as the session has another one.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace osier::web {

inline constexpr std::string_view form_token_field = "form_token";

std::string form_token(std::string_view session_token);
// Nothing, an empty text and a wrong one are all no (hardening section 2, row 11). In constant
// time.
bool is_form_token(std::optional<std::string_view> given, std::string_view session_token);

}  // namespace osier::web
