#include "platform/postgres/value.h"

#include "platform/postgres/error.h"

namespace osier::pg {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

// The value of a hexadecimal digit, or -1.
int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == ':' || c == '.' || c == '+';
}

// Whether an array element may stand without quotes: numbers, ids and instants do, so that long
// lists of ids stay short. "NULL" in any case would be read as no value.
bool needs_quotes(std::string_view element) {
  if (element.empty()) return true;
  for (const char c : element) {
    if (!is_plain(c)) return true;
  }
  return element.size() == 4 && (element[0] == 'n' || element[0] == 'N');
}

// Reads one element that starts at text[at]; leaves `at` on the comma or brace after it.
Text read_element(std::string_view text, std::size_t& at) {
  std::string element;
  if (text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
      if (at < text.size()) element += text[at];
    }
    if (at >= text.size()) misread(text, "array");
    ++at;
    return element;
  }
  while (at < text.size() && text[at] != ',' && text[at] != '}') {
    if (text[at] == '{') misread(text, "array of one dimension");
    element += text[at++];
  }
  if (element == "NULL") return std::nullopt;
  return element;
}

}  // namespace

Text to_text(const Bytes& value) {
  std::string text = "\\x";
  text.reserve(2 + 2 * value.size());
  for (const unsigned char byte : value) {
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 15];
  }
  return text;
}

void append_array_element(std::string& array, const Text& element) {
  if (!element) {
    array += "NULL";
    return;
  }
  if (!needs_quotes(*element)) {
    array += *element;
    return;
  }
  array += '"';
  for (const char c : *element) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

void misread(std::string_view text, const char* type) {
  // The text itself may be somebody's personal data, and errors are logged: only its length is
  // told.
  throw Error("a column of " + std::to_string(text.size()) + " characters cannot be read as " +
              type);
}

std::vector<Text> split_array(std::string_view text) {
  std::vector<Text> elements;
  // An array whose first index is not 1 begins with its bounds: "[0:1]={a,b}".
  std::size_t at = text.empty() || text[0] != '[' ? 0 : text.find('=') + 1;
  if (at >= text.size() || text[at] != '{') misread(text, "array");
  ++at;
  if (at < text.size() && text[at] == '}') return elements;
  for (;;) {
    if (at >= text.size()) misread(text, "array");
    elements.push_back(read_element(text, at));
    if (at >= text.size()) misread(text, "array");
    if (text[at] == '}') return elements;
    if (text[at] != ',') misread(text, "array");
    ++at;
  }
}

Bytes read_bytes(std::string_view text) {
  if (text.size() % 2 != 0 || !text.starts_with("\\x")) misread(text, "bytea");
  Bytes bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (std::size_t i = 2; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) misread(text, "bytea");
    bytes.push_back(static_cast<unsigned char>(high * 16 + low));
  }
  return bytes;
}

}  // namespace osier::pg
