// The places of a page where a value may stand, and how it is made harmless there.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace osier::html {

enum class Escaping : std::uint8_t {
  none,              // Trusted for this place, or a plain-text template.
  text,              // Text and quoted attribute values.
  markup_attribute,  // Captured markup without tags, in a quoted attribute: references stay, quotes
                     // go.
  url,               // From the start of an address: the scheme is checked.
  url_open,          // After a value that may have been a scheme's beginning: no ':' may follow.
  url_path,          // After a literal part of an address.
  url_root,   // After a lone "/": no second slash may follow, since "//host" is another site.
  url_query,  // Within the query: one value, all encoded.
  srcset,     // A list of addresses with widths; each is checked.
};

void append_as(std::string& out, Escaping escaping, std::string_view text);

}  // namespace osier::html
