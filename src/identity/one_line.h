// Texts of one line that people type to call something or somebody by. Pure.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace osier::identity {

// The text as typed, without spaces around it. Nothing for an empty one, one of more than
// `characters_max` characters, or one with control characters. `typed` is UTF-8.
std::optional<std::string> one_line(std::string_view typed, std::size_t characters_max);

}  // namespace osier::identity
