#include <array>
#include <charconv>
#include <cmath>

#include "platform/json/value.h"

namespace osier::json {

namespace {

enum class Place { wire, script };

class Writer {
 public:
  explicit Writer(Place place) : place_(place) {}

  std::string take() { return std::move(out_); }

  void write(const Value& value) {
    switch (value.kind()) {
      case boost::json::kind::null:
        out_ += "null";
        return;
      case boost::json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        return;
      case boost::json::kind::int64:
        write_number(value.get_int64());
        return;
      case boost::json::kind::uint64:
        write_number(value.get_uint64());
        return;
      case boost::json::kind::double_:
        require(std::isfinite(value.get_double()), "JSON numbers are finite");
        write_number(value.get_double());
        return;
      case boost::json::kind::string:
        write_string(value.get_string());
        return;
      case boost::json::kind::array:
        write_array(value.get_array());
        return;
      case boost::json::kind::object:
        write_object(value.get_object());
        return;
    }
  }

 private:
  template <class Number>
  void write_number(Number number) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out_.append(digits.data(), end);
  }

  void write_array(const Array& array) {
    out_ += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (i > 0) out_ += ',';
      write(array[i]);
    }
    out_ += ']';
  }

  void write_object(const Object& object) {
    out_ += '{';
    bool is_first = true;
    for (const auto& member : object) {
      if (!is_first) out_ += ',';
      is_first = false;
      write_string(member.key());
      out_ += ':';
      write(member.value());
    }
    out_ += '}';
  }

  void write_escape(unsigned code) {
    static constexpr char digits[] = "0123456789abcdef";
    out_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += digits[(code >> shift) & 0xF];
  }

  // True if something was written in place of the character at `at`; `at` is then on its last byte.
  bool write_for_script(std::string_view text, std::size_t& at) {
    const char c = text[at];
    if (c == '<' || c == '>' || c == '&') {
      write_escape(static_cast<unsigned char>(c));
      return true;
    }
    const auto three = text.substr(at, 3);
    if (three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9") {
      write_escape(three.back() == '\xA8' ? 0x2028 : 0x2029);
      at += 2;
      return true;
    }
    return false;
  }

  void write_string(std::string_view text) {
    out_ += '"';
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (place_ == Place::script && write_for_script(text, i)) continue;
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (c == '\n') {
        out_ += "\\n";
      } else if (static_cast<unsigned char>(c) < 0x20) {
        write_escape(static_cast<unsigned char>(c));
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  Place place_;
  std::string out_;
};

std::string written(const Value& value, Place place) {
  Writer writer(place);
  writer.write(value);
  return writer.take();
}

}  // namespace

std::string to_text(const Value& value) { return written(value, Place::wire); }

std::string to_script_text(const Value& value) { return written(value, Place::script); }

}  // namespace osier::json
