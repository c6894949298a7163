// What a template is compiled to, and running it.
//
// A flat list of instructions over numbered slots. Reading a field is adding an offset and, for
// lists and what may be missing, one call through its Shape. Names, types and escaping were settled
// by the compiler; nothing can go wrong here but a limit being reached.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/html/engine.h"
#include "platform/html/places.h"
#include "platform/locale/messages.h"

namespace osier::html {

// A value while a page is rendered. Text is borrowed from the view, the program or a buffer of the
// run.
struct Value {
  Kind kind = Kind::nothing;
  std::int64_t integer = 0;       // boolean, integer
  std::string_view text;          // text, html, json
  const void* pointer = nullptr;  // record, list
  const Shape* shape = nullptr;

  static Value of(std::int64_t integer) {
    return {.kind = Kind::integer, .integer = integer, .text = {}};
  }
  static Value of_text(std::string_view text, Kind kind = Kind::text) {
    return {.kind = kind, .integer = 0, .text = text};
  }
};

// What `shape` says stands at `at`; for what may be missing, the value itself or nothing.
Value value_at(const void* at, const Shape& shape);
// Nothing, false, and empty texts and lists are not.
bool is_true(const Value& value);

enum class LoopPart : std::uint8_t { index, index0, rindex, rindex0, first, last, length };

// From one value to one within it.
struct Hop {
  enum class Via : std::uint8_t { follow, at, last };
  Via via = Via::follow;
  std::ptrdiff_t offset = 0;
  const Shape* shape = nullptr;
  std::size_t index = 0;
};

struct Reader {
  enum class From : std::uint8_t { literal, slot, loop, locale };
  From from = From::literal;
  std::uint32_t index = 0;  // Of the slot or loop.
  LoopPart part = LoopPart::index;
  bool is_size = false;  // Not the value but how long it is.
  Value literal;
  std::vector<Hop> hops;
  std::ptrdiff_t offset = 0;    // After the hops.
  const Shape* leaf = nullptr;  // Without one, the slot's value itself.
};

// What a filter may use.
class Filtering {
 public:
  Filtering(std::string& buffer, const locale::Messages& messages, std::size_t bytes_max)
      : buffer_(buffer), messages_(messages), bytes_max_(bytes_max) {}

  const locale::Messages& messages() const { return messages_; }
  // The filter's own buffer, emptied: no argument lies in it.
  std::string& buffer() { return buffer_; }
  // Throws OutputTooLong if the buffer outgrew the page's limit.
  void check() const;

 private:
  std::string& buffer_;
  const locale::Messages& messages_;
  std::size_t bytes_max_;
};
using Apply = Value (*)(Filtering& filtering, const Value& input, std::span<const Value> arguments);

struct Call {
  Apply apply = nullptr;  // Without one: translate.
  std::uint32_t buffer = 0;
  std::vector<Reader> arguments;
  locale::MessageId message{};
  std::vector<std::string> names;  // Of the message's arguments.
  bool is_markup = false;          // The message takes markup, so the rest is escaped in it.
};

struct Evaluation {
  Reader base;
  std::vector<Call> calls;
};

struct Test {
  enum class Kind : std::uint8_t {
    truth,
    equal,
    unequal,
    less,
    more,
    at_most,
    at_least,
    contains,
    both,
    either
  };
  Kind kind = Kind::truth;
  Reader left;
  Reader right;
  std::uint32_t first = 0;  // both, either: numbers of tests.
  std::uint32_t second = 0;
};

struct LoopPlan {
  Reader list;  // Or the first number of a range.
  std::optional<Reader> range_end;
  std::optional<Reader> limit;
  std::optional<Reader> offset;
  bool is_reversed = false;
  std::uint32_t item_slot = 0;
};

struct Instruction {
  enum class Op : std::uint8_t {
    text,           // literals[a, b)
    print,          // evaluations[a]
    unless,         // If tests[a] does not hold, go on at b.
    jump,           // Go on at b.
    bind,           // Slot b is evaluations[a], whose text stays where it is.
    assign,         // Slot b is evaluations[a], text copied.
    capture_begin,  // What follows goes
    capture_end,    // into slot b.
    clear,          // Slots [a, b) hold nothing.
    loop_begin,     // loops[a]; if it has no round, go on at b.
    loop_next,      // loops[a]; if it has another round, go on at b.
  };
  Op op = Op::text;
  Escaping escaping = Escaping::none;
  Kind kind = Kind::nothing;  // capture_end
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

class Program {
 public:
  std::vector<Instruction> code;
  std::string literals;
  std::vector<std::unique_ptr<const std::string>> texts;  // Literal texts in tags.
  std::vector<Evaluation> evaluations;
  std::vector<Test> tests;
  std::vector<LoopPlan> loops;
  std::uint32_t slot_count = 1;  // Slot 0 is the view.
  std::uint32_t buffer_count = 0;
  const Shape* root = nullptr;
  const locale::Catalogue* catalogue = nullptr;
  Limits limits;
  mutable std::atomic<std::size_t> usual_size = 1024;  // Of what was rendered before, to reserve.
};

}  // namespace osier::html
