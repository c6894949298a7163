// Where a browser may be sent after it has signed in: within the shop, and nowhere else
// (hardening 51).

#pragma once

#include <string>
#include <string_view>

namespace osier::identity {

// The path, with its query, if it is one of the shop's own; else `otherwise`. Refused are other
// hosts in all their spellings ("//evil", "/\evil", "https:…", "javascript:…"), control characters
// and spaces, and what is longer than 500 bytes. Escapes of path separators at its beginning
// ("/%2f…") are refused with them, since some proxies decode them.
std::string own_path(std::string_view path, std::string_view otherwise = "/");

}  // namespace osier::identity
