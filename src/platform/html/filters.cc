#include "platform/html/filters.h"

#include <algorithm>
#include <utility>

#include "platform/locale/format.h"

namespace osier::html {

static constexpr unsigned bit(Kind kind) { return 1u << static_cast<unsigned>(kind); }
static constexpr unsigned text_bit = bit(Kind::text);
static constexpr unsigned integer_bit = bit(Kind::integer);

// The number of bytes of the first `count` characters.
static std::size_t bytes_of(std::string_view text, std::int64_t count) {
  std::size_t at = 0;
  while (at < text.size() && count > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u) ++at;
    --count;
  }
  return at;
}

std::int64_t length_of(const Value& value) {
  if (value.kind == Kind::list) {
    return static_cast<std::int64_t>(value.shape->size(value.pointer));
  }
  return std::ranges::count_if(
      value.text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; });
}

// The buffer as the filter's value.
static Value made(Filtering& filtering, Kind kind = Kind::text) {
  filtering.check();
  return Value::of_text(filtering.buffer(), kind);
}

using Arguments = std::span<const Value>;

static Value upcase(Filtering& filtering, const Value& input, Arguments) {
  filtering.buffer() = locale::to_upper(input.text, filtering.messages().locale());
  return made(filtering);
}

static Value downcase(Filtering& filtering, const Value& input, Arguments) {
  filtering.buffer() = locale::to_lower(input.text, filtering.messages().locale());
  return made(filtering);
}

static Value capitalize(Filtering& filtering, const Value& input, Arguments) {
  const auto first = bytes_of(input.text, 1);
  filtering.buffer() = locale::to_upper(input.text.substr(0, first), filtering.messages().locale());
  filtering.buffer() += input.text.substr(first);
  return made(filtering);
}

static Value truncate(Filtering& filtering, const Value& input, Arguments arguments) {
  const auto kept = arguments.empty() ? 50 : arguments[0].integer;  // As in Liquid.
  const auto ending = arguments.size() > 1 ? arguments[1].text : std::string_view("…");
  if (length_of(input) <= kept) return input;
  const auto room = kept - length_of(Value::of_text(ending));
  auto text = input.text.substr(0, bytes_of(input.text, std::max<std::int64_t>(room, 0)));
  const auto last = text.find_last_not_of(' ');
  filtering.buffer() += text.substr(0, last == text.npos ? 0 : last + 1);
  filtering.buffer() += ending;
  return made(filtering);
}

static Value append(Filtering& filtering, const Value& input, Arguments arguments) {
  filtering.buffer() += input.text;
  filtering.buffer() += arguments[0].text;
  return made(filtering);
}

static Value prepend(Filtering& filtering, const Value& input, Arguments arguments) {
  filtering.buffer() += arguments[0].text;
  filtering.buffer() += input.text;
  return made(filtering);
}

static Value replace(Filtering& filtering, const Value& input, Arguments arguments) {
  const auto wanted = arguments[0].text;
  if (wanted.empty()) return input;
  std::size_t from = 0;
  while (true) {
    const auto found = input.text.find(wanted, from);
    if (found == input.text.npos) break;
    filtering.buffer() += input.text.substr(from, found - from);
    filtering.buffer() += arguments[1].text;
    filtering.check();
    from = found + wanted.size();
  }
  filtering.buffer() += input.text.substr(from);
  return made(filtering);
}

static Value strip(Filtering&, const Value& input, Arguments) {
  const auto from = input.text.find_first_not_of(" \t\r\n");
  if (from == input.text.npos) return Value::of_text("");
  return Value::of_text(input.text.substr(from, input.text.find_last_not_of(" \t\r\n") - from + 1));
}

static Value url_encode_filter(Filtering& filtering, const Value& input, Arguments) {
  filtering.buffer() = url_encode(input.text);
  return made(filtering);
}

static Value newline_to_br(Filtering& filtering, const Value& input, Arguments) {
  auto rest = input.text;
  while (true) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    append_escaped(filtering.buffer(), line);
    if (end == rest.size()) break;
    filtering.buffer() += "<br>\n";
    rest.remove_prefix(end + 1);
  }
  return made(filtering, Kind::html);
}

static Value join(Filtering& filtering, const Value& input, Arguments arguments) {
  const auto between = arguments.empty() ? std::string_view(" ") : arguments[0].text;
  const auto size = input.shape->size(input.pointer);
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) filtering.buffer() += between;
    filtering.buffer() += value_at(input.shape->at(input.pointer, i), input.shape->inner()).text;
    filtering.check();
  }
  return made(filtering);
}

static Value size(Filtering&, const Value& input, Arguments) { return Value::of(length_of(input)); }

static Value fallback(Filtering&, const Value& input, Arguments arguments) {
  return input.kind == Kind::integer || is_true(input) ? input : arguments[0];
}

static Value number(Filtering& filtering, const Value& input, Arguments) {
  filtering.buffer() = locale::format_number(input.integer, filtering.messages().locale());
  return made(filtering);
}

// Numbers that leave 64 bits, and divisions by zero, are nothing.
static Value plus(Filtering&, const Value& input, Arguments arguments) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(input.integer, arguments[0].integer, &sum)) return {};
  return Value::of(sum);
}

static Value minus(Filtering&, const Value& input, Arguments arguments) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(input.integer, arguments[0].integer, &difference)) return {};
  return Value::of(difference);
}

static Value times(Filtering&, const Value& input, Arguments arguments) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(input.integer, arguments[0].integer, &product)) return {};
  return Value::of(product);
}

static bool divides(const Value& input, const Value& by) {
  return by.integer != 0 && !(by.integer == -1 && input.integer == INT64_MIN);
}

static Value divided_by(Filtering&, const Value& input, Arguments arguments) {
  if (!divides(input, arguments[0])) return {};
  return Value::of(input.integer / arguments[0].integer);
}

static Value modulo(Filtering&, const Value& input, Arguments arguments) {
  if (!divides(input, arguments[0])) return {};
  return Value::of(input.integer % arguments[0].integer);
}

static Value at_least(Filtering&, const Value& input, Arguments arguments) {
  return Value::of(std::max(input.integer, arguments[0].integer));
}

static Value at_most(Filtering&, const Value& input, Arguments arguments) {
  return Value::of(std::min(input.integer, arguments[0].integer));
}

// A filter other than `size` and `default` makes nothing of nothing, and of an argument that is
// missing.
template <Apply apply>
static Value of_something(Filtering& filtering, const Value& input, Arguments arguments) {
  if (input.kind == Kind::nothing) return {};
  for (const auto& argument : arguments) {
    if (argument.kind == Kind::nothing) return {};
  }
  return apply(filtering, input, arguments);
}

static const std::vector<Filter>& all_filters() {
  constexpr auto any = text_bit | integer_bit | bit(Kind::boolean) | bit(Kind::html) |
                       bit(Kind::record) | bit(Kind::list);
  constexpr auto text = Kind::text;
  constexpr auto integer = Kind::integer;
  static const std::vector<Filter> filters = {
      {"append", text_bit, {text_bit}, 1, text, of_something<append>},
      {"at_least", integer_bit, {integer_bit}, 1, integer, of_something<at_least>},
      {"at_most", integer_bit, {integer_bit}, 1, integer, of_something<at_most>},
      {"capitalize", text_bit, {}, 0, text, of_something<capitalize>},
      {"default", any, {any}, 1, Kind::maybe, fallback},
      {"divided_by", integer_bit, {integer_bit}, 1, integer, of_something<divided_by>},
      {"downcase", text_bit, {}, 0, text, of_something<downcase>},
      {"join", bit(Kind::list), {text_bit}, 0, text, of_something<join>},
      {"minus", integer_bit, {integer_bit}, 1, integer, of_something<minus>},
      {"modulo", integer_bit, {integer_bit}, 1, integer, of_something<modulo>},
      {"newline_to_br", text_bit, {}, 0, Kind::html, of_something<newline_to_br>},
      {"number", integer_bit, {}, 0, text, of_something<number>},
      {"plus", integer_bit, {integer_bit}, 1, integer, of_something<plus>},
      {"prepend", text_bit, {text_bit}, 1, text, of_something<prepend>},
      {"replace", text_bit, {text_bit, text_bit}, 2, text, of_something<replace>},
      {"size", text_bit | bit(Kind::list), {}, 0, integer, size},
      {"strip", text_bit, {}, 0, text, of_something<strip>},
      {"times", integer_bit, {integer_bit}, 1, integer, of_something<times>},
      {"truncate", text_bit, {integer_bit, text_bit}, 0, text, of_something<truncate>},
      {"upcase", text_bit, {}, 0, text, of_something<upcase>},
      {"url_encode", text_bit, {}, 0, text, of_something<url_encode_filter>},
  };
  return filters;
}

const Filter* find_filter(std::string_view name) {
  const auto found = std::ranges::find(all_filters(), name, &Filter::name);
  return found == all_filters().end() ? nullptr : &*found;
}

std::vector<std::string_view> filter_names() {
  std::vector<std::string_view> names = {"t"};
  for (const auto& filter : all_filters()) names.push_back(filter.name);
  return names;
}

std::string_view why_not(std::string_view name) {
  if (name == "escape" || name == "escape_once" || name == "h") {
    return "every value is escaped by its place already; leave the filter out";
  }
  if (name == "raw" || name == "json" || name == "safe" || name == "html_safe") {
    return "no filter makes text into markup; the shop hands over what is safe as html or json";
  }
  if (name == "money" || name == "date" || name == "money_with_currency") {
    return "money and dates come as ready text in the reader's language";
  }
  return {};
}

}  // namespace osier::html
