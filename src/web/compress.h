// Bodies in the encodings browsers accept.

#pragma once

#include <string>
#include <string_view>

namespace osier::web {

// quality 0 … 11; 5 is right for pages made on request, 11 for assets made once.
std::string brotli(std::string_view bytes, int quality);
std::string gzip(std::string_view bytes, int level);

enum class Encoding { identity, gzip, brotli };

// The best of what an Accept-Encoding header takes (RFC 9110 section 12.5.3); q=0 refuses.
Encoding choose_encoding(std::string_view accept_encoding);
std::string_view to_string(Encoding encoding);

}  // namespace osier::web
