#include "platform/html/writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/base/require.h"

namespace osier::html {

// XML 1.0 has no way to write most control characters, and HTML none worth having.
static void append_text(std::string& out, std::string_view text) {
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  };
  while (true) {
    const auto found = std::ranges::find_if(text, is_control);
    const auto length = static_cast<std::size_t>(found - text.begin());
    append_escaped(out, text.substr(0, length));
    if (length == text.size()) return;
    text.remove_prefix(length + 1);
  }
}

Writer::Writer(Markup markup) : markup_(markup) {
  if (markup_ == Markup::xml) out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
}

void Writer::start_tag(std::string_view name, Attributes attributes) {
  out_ += '<';
  out_ += name;
  for (const auto& attribute : attributes) {
    out_ += ' ';
    out_ += attribute.name;
    out_ += "=\"";
    const bool is_address = attribute.name == "href" || attribute.name == "src" ||
                            attribute.name == "action" || attribute.name == "xlink:href";
    if (is_address && markup_ == Markup::html) {
      append_url(out_, attribute.value);
    } else {
      append_text(out_, attribute.value);
    }
    out_ += '"';
  }
}

Writer& Writer::open(std::string_view name, Attributes attributes) {
  start_tag(name, attributes);
  out_ += '>';
  open_.push_back(name);
  return *this;
}

Writer& Writer::text(std::string_view text) {
  append_text(out_, text);
  return *this;
}

Writer& Writer::number(std::int64_t number) {
  out_ += std::to_string(number);
  return *this;
}

Writer& Writer::raw(const Html& markup) {
  out_ += markup.str();
  return *this;
}

Writer& Writer::close() {
  require(!open_.empty(), "only an open element is closed");
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Writer& Writer::element(std::string_view name, std::string_view content, Attributes attributes) {
  return open(name, attributes).text(content).close();
}

Writer& Writer::empty(std::string_view name, Attributes attributes) {
  constexpr std::array<std::string_view, 5> voids = {"br", "hr", "img", "input", "meta"};
  start_tag(name, attributes);
  const bool is_void = markup_ == Markup::html && std::ranges::find(voids, name) != voids.end();
  out_ += is_void ? ">" : "/>";
  return *this;
}

std::string Writer::finish() {
  require(open_.empty(), "a finished document has no open element");
  return std::exchange(out_, {});
}

void JsonWriter::comma() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

void JsonWriter::string(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20) {
      out_ += "\\u00";
      out_ += hex[byte >> 4];
      out_ += hex[byte & 15];
    } else {
      out_ += c;
    }
  }
  out_ += '"';
}

JsonWriter& JsonWriter::begin_object() {
  comma();
  out_ += '{';
  open_ += '{';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  require(open_.ends_with('{'), "the innermost open bracket is an object's");
  out_ += '}';
  open_.pop_back();
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  comma();
  out_ += '[';
  open_ += '[';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  require(open_.ends_with('['), "the innermost open bracket is an array's");
  out_ += ']';
  open_.pop_back();
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view key) {
  require(open_.ends_with('{'), "keys stand in objects");
  comma();
  string(key);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  comma();
  string(text);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  comma();
  out_ += std::to_string(number);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) {
  comma();
  out_ += truth ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  comma();
  out_ += "null";
  return *this;
}

Json JsonWriter::finish() {
  require(open_.empty(), "finished JSON has no open bracket");
  needs_comma_ = false;
  return Json::from(std::exchange(out_, {}));
}

}  // namespace osier::html
