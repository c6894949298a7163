#include "platform/html/places.h"

#include "platform/html/html.h"

namespace osier::html {

static void append_markup_attribute(std::string& out, std::string_view markup) {
  for (const char c : markup) {
    if (c == '&') {
      out += c;
    } else {
      append_escaped(out, {&c, 1});
    }
  }
}

// Part of an address that cannot have a scheme any more: "./" before it says so to append_url().
static void append_url_part(std::string& out, std::string_view part) {
  std::string relative = "./";
  relative += part;
  std::string encoded;
  append_url(encoded, relative);
  out.append(encoded, 2);
}

static void append_open(std::string& out, std::string_view part) {
  std::string encoded;
  append_url_part(encoded, part);
  for (const char c : encoded) {
    if (c == ':') {
      out += "%3A";
    } else {
      out += c;
    }
  }
}

static void append_root(std::string& out, std::string_view part) {
  const auto from = part.find_first_not_of("/\\");
  append_url_part(out, from == part.npos ? "" : part.substr(from));
}

static void append_srcset(std::string& out, std::string_view list) {
  // "a.webp 400w, b.webp 800w" (HTML, section "srcset attributes"): an address ends at white space,
  // its candidate at the next comma; an address that ends in a comma has no width.
  auto rest = list;
  while (true) {
    const auto from = rest.find_first_not_of(" \t\r\n,");
    if (from == rest.npos) break;
    rest.remove_prefix(from);
    const auto address = rest.substr(0, rest.find_first_of(" \t\r\n"));
    if (!is_safe_url(address)) return;
    rest.remove_prefix(address.size());
    if (address.ends_with(',')) continue;
    const auto comma = rest.find(',');
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma);
  }
  append_escaped(out, list);
}

void append_as(std::string& out, Escaping escaping, std::string_view text) {
  switch (escaping) {
    case Escaping::none:
      out += text;
      return;
    case Escaping::text:
      return append_escaped(out, text);
    case Escaping::markup_attribute:
      return append_markup_attribute(out, text);
    case Escaping::url:
      return append_url(out, text);
    case Escaping::url_open:
      return append_open(out, text);
    case Escaping::url_path:
      return append_url_part(out, text);
    case Escaping::url_root:
      return append_root(out, text);
    case Escaping::url_query:
      out += url_encode(text);
      return;
    case Escaping::srcset:
      return append_srcset(out, text);
  }
}

}  // namespace osier::html
