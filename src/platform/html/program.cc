#include "platform/html/program.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "platform/base/require.h"
#include "platform/html/filters.h"
#include "platform/locale/locale.h"

namespace osier::html {

void Filtering::check() const {
  if (buffer_.size() > bytes_max_) throw OutputTooLong("a text in the page grew beyond the limit");
}

Value value_at(const void* at, const Shape& shape) {
  switch (shape.kind) {
    case Kind::boolean:
    case Kind::integer:
      return {.kind = shape.kind, .integer = shape.integer(at), .text = {}};
    case Kind::text:
    case Kind::html:
    case Kind::json:
      return {.kind = shape.kind, .integer = 0, .text = shape.text(at)};
    case Kind::record:
    case Kind::list:
      return {.kind = shape.kind, .integer = 0, .text = {}, .pointer = at, .shape = &shape};
    case Kind::maybe: {
      const auto* inner = shape.follow(at);
      return inner == nullptr ? Value{} : value_at(inner, shape.inner());
    }
    case Kind::nothing:
      break;
  }
  return {};
}

bool is_true(const Value& value) {
  switch (value.kind) {
    case Kind::nothing:
    case Kind::maybe:
      return false;
    case Kind::boolean:
      return value.integer != 0;
    case Kind::integer:
    case Kind::record:
      return true;
    case Kind::text:
    case Kind::html:
    case Kind::json:
      return !value.text.empty();
    case Kind::list:
      return value.shape->size(value.pointer) > 0;
  }
  return false;
}

static const char* moved(const void* pointer, std::ptrdiff_t by) {
  return static_cast<const char*>(pointer) + by;
}

namespace {

struct LoopState {
  std::size_t index = 0;
  std::size_t count = 0;
  const void* list = nullptr;  // Without one, a range.
  const Shape* shape = nullptr;
  std::int64_t start = 0;  // First index, or first number.
  std::int64_t step = 1;
};

class Run {
 public:
  Run(const Program& program, const void* view, const Context& context, std::string& out)
      : program_(program),
        messages_(context.messages),
        out_(out),
        slots_(program.slot_count),
        slot_texts_(program.slot_count),
        buffers_(program.buffer_count),
        loops_(program.loops.size()),
        work_left_(program.limits.output_bytes * 8),
        rounds_left_(program.limits.loop_rounds) {
    slots_[0] = {
        .kind = Kind::record, .integer = 0, .text = {}, .pointer = view, .shape = program.root};
  }

  void run() {
    using Op = Instruction::Op;
    std::size_t at = 0;
    while (at < program_.code.size()) {
      const auto& step = program_.code[at++];
      switch (step.op) {
        case Op::text:
          out_.append(program_.literals, step.a, step.b - step.a);
          break;
        case Op::print:
          print(evaluate(program_.evaluations[step.a]), step.escaping);
          break;
        case Op::unless:
          if (!holds(program_.tests[step.a])) at = step.b;
          break;
        case Op::jump:
          at = step.b;
          break;
        case Op::bind:
          slots_[step.b] = evaluate(program_.evaluations[step.a]);
          break;
        case Op::assign:
          assign(evaluate(program_.evaluations[step.a]), step.b);
          break;
        case Op::capture_begin:
          captures_.push_back(out_.size());
          break;
        case Op::capture_end:
          end_capture(step);
          break;
        case Op::clear:
          std::fill(slots_.begin() + step.a, slots_.begin() + step.b, Value{});
          break;
        case Op::loop_begin:
          if (!begin_loop(step.a)) at = step.b;
          break;
        case Op::loop_next:
          if (next_round(step.a)) at = step.b;
          break;
      }
    }
    check_size();
  }

 private:
  void check_size() const {
    if (out_.size() > program_.limits.output_bytes) {
      throw OutputTooLong("the page grew beyond " + std::to_string(program_.limits.output_bytes) +
                          " bytes");
    }
  }

  // Text that is copied or made costs work, so that no template can keep us busy with megabytes a
  // million times.
  void spend(std::size_t bytes) {
    if (bytes > work_left_) throw OutputTooLong("the page makes too much text on its way");
    work_left_ -= bytes;
  }

  Value read(const Reader& reader) const {
    switch (reader.from) {
      case Reader::From::literal:
        return reader.literal;
      case Reader::From::loop:
        return loop_part(loops_[reader.index], reader.part);
      case Reader::From::locale:
        return Value::of_text(messages_.locale().tag());
      case Reader::From::slot:
        break;
    }
    const auto value = read_slot(reader);
    return reader.is_size ? Value::of(length_of(value)) : value;
  }

  Value read_slot(const Reader& reader) const {
    const auto& slot = slots_[reader.index];
    if (reader.leaf == nullptr || slot.kind == Kind::nothing) return slot;
    const void* at = slot.pointer;
    for (const auto& hop : reader.hops) {
      at = moved(at, hop.offset);
      if (hop.via == Hop::Via::follow) {
        at = hop.shape->follow(at);
        if (at == nullptr) return {};
        continue;
      }
      const auto size = hop.shape->size(at);
      const auto index = hop.via == Hop::Via::last ? size - 1 : hop.index;
      if (index >= size) return {};
      at = hop.shape->at(at, index);
    }
    return value_at(moved(at, reader.offset), *reader.leaf);
  }

  static Value loop_part(const LoopState& loop, LoopPart part) {
    const auto index = static_cast<std::int64_t>(loop.index);
    const auto count = static_cast<std::int64_t>(loop.count);
    switch (part) {
      case LoopPart::index:
        return Value::of(index + 1);
      case LoopPart::index0:
        return Value::of(index);
      case LoopPart::rindex:
        return Value::of(count - index);
      case LoopPart::rindex0:
        return Value::of(count - index - 1);
      case LoopPart::first:
        return {.kind = Kind::boolean, .integer = index == 0, .text = {}};
      case LoopPart::last:
        return {.kind = Kind::boolean, .integer = index + 1 == count, .text = {}};
      case LoopPart::length:
        return Value::of(count);
    }
    return {};
  }

  Value evaluate(const Evaluation& evaluation) {
    auto value = read(evaluation.base);
    for (const auto& call : evaluation.calls) {
      auto& buffer = buffers_[call.buffer];
      spend(value.text.size());
      value = call.apply == nullptr ? translate(call, buffer) : apply(call, value, buffer);
      spend(buffer.size());
    }
    return value;
  }

  Value apply(const Call& call, const Value& input, std::string& buffer) const {
    constexpr std::size_t arguments_max = 4;  // filters.cc knows none with more.
    std::array<Value, arguments_max> arguments;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) arguments[i] = read(call.arguments[i]);
    buffer.clear();
    Filtering filtering(buffer, messages_, program_.limits.output_bytes);
    return call.apply(filtering, input, std::span(arguments).first(call.arguments.size()));
  }

  Value translate(const Call& call, std::string& buffer) {
    arguments_.clear();
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      const auto value = read(call.arguments[i]);
      locale::Argument argument{.name = call.names[i], .value = value.text};
      argument.verbatim = value.kind == Kind::html;
      if (value.kind == Kind::integer) argument.value = value.integer;
      arguments_.push_back(argument);
    }
    buffer.clear();
    messages_.append(buffer, call.message, arguments_, call.is_markup ? &append_escaped : nullptr);
    return Value::of_text(buffer, call.is_markup ? Kind::html : Kind::text);
  }

  void print(const Value& value, Escaping escaping) {
    if (value.kind == Kind::integer) {
      std::array<char, 24> digits;
      const auto end = std::to_chars(digits.begin(), digits.end(), value.integer).ptr;
      out_.append(digits.begin(), end);
    } else if (value.kind == Kind::boolean) {
      out_ += value.integer != 0 ? "true" : "false";
    } else if (escaping == Escaping::text) {
      append_escaped(out_, value.text);
    } else {
      append_as(out_, escaping, value.text);
    }
  }

  void assign(Value value, std::uint32_t slot) {
    if (value.kind == Kind::text || value.kind == Kind::html || value.kind == Kind::json) {
      spend(value.text.size());
      std::string copy(value.text);  // Which may lie in the slot's own text.
      slot_texts_[slot] = std::move(copy);
      value.text = slot_texts_[slot];
    }
    slots_[slot] = value;
  }

  void end_capture(const Instruction& step) {
    check_size();
    const auto from = captures_.back();
    captures_.pop_back();
    spend(out_.size() - from);
    slot_texts_[step.b].assign(out_, from);
    out_.resize(from);
    slots_[step.b] = Value::of_text(slot_texts_[step.b], step.kind);
  }

  bool holds(const Test& test) {
    using Of = Test::Kind;
    if (test.kind == Of::both) {
      return holds(program_.tests[test.first]) && holds(program_.tests[test.second]);
    }
    if (test.kind == Of::either) {
      return holds(program_.tests[test.first]) || holds(program_.tests[test.second]);
    }
    const auto left = read(test.left);
    if (test.kind == Of::truth) return is_true(left);
    const auto right = read(test.right);
    if (test.kind == Of::equal) return is_equal(left, right);
    if (test.kind == Of::unequal) return !is_equal(left, right);
    if (test.kind == Of::contains) {
      spend(left.text.size());
      return contains(left, right);
    }
    if (left.kind != right.kind) return false;  // One of them is missing.
    const auto order =
        left.kind == Kind::integer ? left.integer <=> right.integer : left.text <=> right.text;
    if (test.kind == Of::less) return order < 0;
    if (test.kind == Of::more) return order > 0;
    if (test.kind == Of::at_most) return order <= 0;
    return order >= 0;
  }

  // `blank` is a literal of kind maybe: what is not true equals it.
  static bool is_equal(const Value& left, const Value& right) {
    if (right.kind == Kind::maybe) return left.kind != Kind::integer && !is_true(left);
    if (left.kind == Kind::maybe) return right.kind != Kind::integer && !is_true(right);
    if (left.kind != right.kind) return false;
    return left.integer == right.integer && left.text == right.text &&
           left.pointer == right.pointer;
  }

  static bool contains(const Value& left, const Value& right) {
    if (left.kind == Kind::nothing || right.kind == Kind::nothing) return false;
    if (left.kind == Kind::text) return left.text.find(right.text) != left.text.npos;
    const auto size = left.shape->size(left.pointer);
    for (std::size_t i = 0; i < size; ++i) {
      if (is_equal(value_at(left.shape->at(left.pointer, i), left.shape->inner()), right)) {
        return true;
      }
    }
    return false;
  }

  // A number that says how many; without one, all.
  std::size_t count_from(const std::optional<Reader>& reader, std::size_t otherwise) const {
    if (!reader) return otherwise;
    const auto value = read(*reader);
    if (value.kind != Kind::integer) return otherwise;
    return value.integer < 0 ? 0 : static_cast<std::size_t>(value.integer);
  }

  bool begin_loop(std::uint32_t number) {
    const auto& plan = program_.loops[number];
    auto& loop = loops_[number];
    loop = {};
    const auto list = read(plan.list);
    std::size_t size = 0;
    if (plan.range_end) {
      const auto last = read(*plan.range_end);
      const bool is_range = list.kind == Kind::integer && last.kind == Kind::integer;
      if (is_range && list.integer <= last.integer) {
        size = static_cast<std::size_t>(last.integer) - static_cast<std::size_t>(list.integer) + 1;
      }
      loop.start = list.integer;
    } else if (list.kind == Kind::list) {
      loop.list = list.pointer;
      loop.shape = list.shape;
      size = list.shape->size(list.pointer);
    }
    const auto skipped = std::min(count_from(plan.offset, 0), size);
    loop.count = std::min(count_from(plan.limit, size), size - skipped);
    if (loop.count == 0) return false;
    if (loop.count > rounds_left_) spend_rounds(loop.count);
    loop.start += static_cast<std::int64_t>(skipped);
    if (plan.is_reversed) {
      loop.start += static_cast<std::int64_t>(loop.count) - 1;
      loop.step = -1;
    }
    set_item(plan, loop);
    return true;
  }

  void spend_rounds(std::size_t rounds) {
    if (rounds > rounds_left_) throw OutputTooLong("the page's loops have too many rounds");
    rounds_left_ -= rounds;
  }

  bool next_round(std::uint32_t number) {
    auto& loop = loops_[number];
    spend_rounds(1);
    check_size();
    if (++loop.index >= loop.count) return false;
    set_item(program_.loops[number], loop);
    return true;
  }

  void set_item(const LoopPlan& plan, const LoopState& loop) {
    const auto position = loop.start + loop.step * static_cast<std::int64_t>(loop.index);
    slots_[plan.item_slot] =
        loop.list == nullptr
            ? Value::of(position)
            : value_at(loop.shape->at(loop.list, static_cast<std::size_t>(position)),
                       loop.shape->inner());
  }

  const Program& program_;
  const locale::Messages& messages_;
  std::string& out_;
  std::vector<Value> slots_;
  std::vector<std::string> slot_texts_;
  std::vector<std::string> buffers_;
  std::vector<LoopState> loops_;
  std::vector<std::size_t> captures_;  // Where each open capture began in out_.
  std::vector<locale::Argument> arguments_;
  std::size_t work_left_;
  std::size_t rounds_left_;
};

}  // namespace

std::string render_program(const Program& program, const void* view, const Context& context) {
  require(&context.messages.catalogue() == program.catalogue,
          "a page is rendered with the texts its engine was made with");
  std::string out;
  const auto usual = program.usual_size.load(std::memory_order_relaxed);
  out.reserve(usual + usual / 8);
  Run(program, view, context, out).run();
  program.usual_size.store(out.size(), std::memory_order_relaxed);
  return out;
}

}  // namespace osier::html
