// What people call a passkey, so that they know it again. Pure.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace osier::identity {

constexpr std::size_t passkey_name_length_max = 60;  // Characters.

// The name as typed, without spaces around it. Nothing for an empty one, one that is too long, or
// one with control characters. `typed` is UTF-8.
std::optional<std::string> passkey_name(std::string_view typed);

}  // namespace osier::identity
