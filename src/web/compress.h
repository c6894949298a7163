// Bodies in the encodings browsers accept.

#pragma once

#include <string>
#include <string_view>

#include "platform/http/router.h"

namespace osier::web {

// quality 0 … 11; 5 is right for pages made on request, 11 for assets made once.
std::string brotli(std::string_view bytes, int quality);
std::string gzip(std::string_view bytes, int level);

enum class Encoding { identity, gzip, brotli };

// The best of what an Accept-Encoding header takes (RFC 9110 section 12.5.3); q=0 refuses.
Encoding choose_encoding(std::string_view accept_encoding);
std::string_view to_string(Encoding encoding);

// Compresses texts of a kilobyte and more that a handler made for one shopper; cached pages bring
// their own forms. Nothing secret stands beside what a stranger can have reflected in these pages
// (no CSRF tokens), so lengths tell nothing.
http::Router::Filter compress_answers();

}  // namespace osier::web
