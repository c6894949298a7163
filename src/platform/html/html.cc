#include "platform/html/html.h"

#include <algorithm>
#include <array>

namespace osier::html {

static constexpr std::array<std::string_view, 256> references = [] {
  std::array<std::string_view, 256> table{};
  table['&'] = "&amp;";
  table['<'] = "&lt;";
  table['>'] = "&gt;";
  table['"'] = "&quot;";
  table['\''] = "&#39;";
  return table;
}();

void append_escaped(std::string& out, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto reference = references[static_cast<unsigned char>(text[i])];
    if (reference.empty()) continue;
    out.append(text, from, i - from);
    out += reference;
    from = i + 1;
  }
  out.append(text, from, text.size() - from);
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(out, text);
  return out;
}

Html Html::text(std::string_view text) { return Html(escape(text)); }

Json Json::from(std::string_view json) {
  Json safe;
  safe.json_.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      safe.json_ += "\\u003c";
    } else if (c == '>') {
      safe.json_ += "\\u003e";
    } else if (c == '&') {
      safe.json_ += "\\u0026";
    } else {
      safe.json_ += c;
    }
  }
  return safe;
}

bool is_safe_url(std::string_view url) {
  const auto end = url.find_first_of(":/?#");
  if (end == url.npos || url[end] != ':') return true;  // Without a scheme: relative.
  constexpr std::array<std::string_view, 5> schemes = {"https", "http", "mailto", "tel", "sms"};
  const auto is_same = [](char letter, char small) {
    return letter == small || (letter >= 'A' && letter <= 'Z' && letter + 32 == small);
  };
  return std::ranges::any_of(schemes, [&](std::string_view scheme) {
    return std::ranges::equal(url.substr(0, end), scheme, is_same);
  });
}

static constexpr std::string_view hex_digits = "0123456789ABCDEF";

static void append_percent(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  out += '%';
  out += hex_digits[value >> 4];
  out += hex_digits[value & 15];
}

static constexpr bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_url(std::string& out, std::string_view url) {
  if (!is_safe_url(url)) {
    out += '#';
    return;
  }
  // RFC 3986 section 2.2, and '%' of what is encoded already; not the apostrophe, which could end a
  // value in quotes.
  constexpr std::string_view kept = ":/?#[]@!$()*+,;=%";
  for (const char c : url) {
    if (is_unreserved(c) || kept.find(c) != kept.npos) {
      out += c;
    } else if (c == '&') {
      out += "&amp;";
    } else {
      append_percent(out, c);
    }
  }
}

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      append_percent(out, c);
    }
  }
  return out;
}

}  // namespace osier::html
