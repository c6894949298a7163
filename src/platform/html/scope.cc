#include "platform/html/scope.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

namespace osier::html {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::nothing:
    case Kind::maybe:
      return "nothing";
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "a number";
    case Kind::text:
      return "a text";
    case Kind::html:
      return "markup";
    case Kind::json:
      return "json";
    case Kind::record:
      return "an object";
    case Kind::list:
      return "a list";
  }
  return "nothing";
}

Type type_of(const Shape& shape) {
  if (shape.kind == Kind::maybe) return type_of(shape.inner());
  return {.kind = shape.kind, .shape = &shape};
}

Variable* Scope::find(std::string_view name) {
  const auto found = std::ranges::find(variables | std::views::reverse, name, &Variable::name);
  return found == variables.rend() ? nullptr : &*found;
}

std::vector<std::string_view> Scope::names() const {
  std::vector<std::string_view> names;
  for (const auto& variable : variables) names.push_back(variable.name);
  if (root != nullptr) {
    for (const auto& field : root->fields) names.push_back(field.name);
  }
  return names;
}

static const Field* find_field(const Shape& record, std::string_view name) {
  const auto found = std::ranges::find(record.fields, name, &Field::name);
  return found == record.fields.end() ? nullptr : &*found;
}

namespace {

// Builds the way from a slot's value to a value within it.
class PathReader {
 public:
  PathReader(std::uint32_t slot, Type type, bool is_borrowed) {
    made_.reader.from = Reader::From::slot;
    made_.reader.index = slot;
    made_.type = type;
    made_.is_borrowed = is_borrowed;
  }

  void step(const ast::Operand::Step& step) {
    if (made_.reader.is_size) fail(step.spot, "a size is a number and has no fields");
    const bool is_measurable = made_.type.kind == Kind::list || made_.type.kind == Kind::text;
    if (step.name == "size" && is_measurable) {
      made_.reader.is_size = true;
    } else if (made_.type.kind == Kind::list) {
      list_step(step);
    } else if (made_.type.kind == Kind::record && !step.name.empty()) {
      field(step.name, step.spot);
    } else {
      const auto what = step.name.empty() ? "index" : "field '" + step.name + "'";
      fail(step.spot, std::string(name_of(made_.type.kind)) + " has no " + what);
    }
  }

  void field(std::string_view name, Spot spot) {
    const auto* found = find_field(*made_.type.shape, name);
    if (found == nullptr) {
      std::vector<std::string_view> known;
      for (const auto& each : made_.type.shape->fields) known.push_back(each.name);
      fail(spot, "unknown field '" + std::string(name) + "'" + did_you_mean(name, known));
    }
    made_.reader.offset += found->offset;
    enter(found->shape());
  }

  Typed finish() {
    if (made_.reader.is_size) made_.type = {.kind = Kind::integer};
    return std::move(made_);
  }

 private:
  void list_step(const ast::Operand::Step& step) {
    Hop hop{.via = Hop::Via::at,
            .offset = made_.reader.offset,
            .shape = made_.type.shape,
            .index = static_cast<std::size_t>(step.index)};
    if (step.name == "last") {
      hop.via = Hop::Via::last;
    } else if (!step.name.empty() && step.name != "first") {
      fail(step.spot,
           "a list has first, last, size and [0]; its members' fields are read in a loop");
    }
    made_.reader.hops.push_back(hop);
    made_.reader.offset = 0;
    enter(made_.type.shape->inner());
  }

  void enter(const Shape& shape) {
    const auto* inner = &shape;
    while (inner->kind == Kind::maybe) {
      made_.reader.hops.push_back(
          {.via = Hop::Via::follow, .offset = made_.reader.offset, .shape = inner});
      made_.reader.offset = 0;
      inner = &inner->inner();
    }
    made_.reader.leaf = inner;
    made_.type = type_of(*inner);
  }

  Typed made_;
};

Typed literal(const ast::Operand& operand, Program& program) {
  Typed made;
  made.is_borrowed = true;
  auto& value = made.reader.literal;
  switch (operand.kind) {
    case ast::Operand::Kind::text:
      program.texts.push_back(std::make_unique<const std::string>(operand.text));
      value = Value::of_text(*program.texts.back());
      break;
    case ast::Operand::Kind::number:
      value = Value::of(operand.number);
      break;
    case ast::Operand::Kind::truth:
      value = {.kind = Kind::boolean, .integer = operand.number, .text = {}};
      break;
    case ast::Operand::Kind::blank:
      value.kind = Kind::maybe;
      break;
    case ast::Operand::Kind::nothing:
    case ast::Operand::Kind::path:
      break;
  }
  made.type.kind = value.kind;
  return made;
}

Typed loop_part(const ast::Operand& operand, const Scope& scope) {
  if (scope.loops.empty()) fail(operand.spot, "'forloop' is known only in a loop");
  constexpr std::array<std::string_view, 7> parts = {"index", "index0", "rindex", "rindex0",
                                                     "first", "last",   "length"};
  const std::vector<std::string_view> known(parts.begin(), parts.end());
  if (operand.steps.size() != 1) fail(operand.spot, "a loop has fields such as forloop.index");
  const auto& step = operand.steps.front();
  const auto found = std::ranges::find(parts, step.name);
  if (found == parts.end()) {
    fail(step.spot, "unknown field '" + step.name + "'" + did_you_mean(step.name, known));
  }
  Typed made;
  made.reader.from = Reader::From::loop;
  made.reader.index = scope.loops.back();
  made.reader.part = static_cast<LoopPart>(found - parts.begin());
  const bool is_truth = *found == "first" || *found == "last";
  made.type.kind = is_truth ? Kind::boolean : Kind::integer;
  return made;
}

PathReader start_of_path(const ast::Operand& operand, Scope& scope) {
  if (const auto* variable = scope.find(operand.text)) {
    return {variable->slot, variable->type, variable->is_borrowed};
  }
  if (scope.root != nullptr) {
    PathReader path(0, {.kind = Kind::record, .shape = scope.root}, true);
    if (find_field(*scope.root, operand.text) != nullptr) {
      path.field(operand.text, operand.spot);
      return path;
    }
    if (operand.text == "view") return path;
  }
  const auto hint = did_you_mean(operand.text, scope.names());
  const auto partial = scope.root == nullptr && hint.empty()
                           ? "; a partial knows only the arguments it is given"
                           : "";
  fail(operand.spot, "unknown name '" + operand.text + "'" + hint + partial);
}

}  // namespace

Typed read_operand(const ast::Operand& operand, Scope& scope, Program& program) {
  if (operand.kind != ast::Operand::Kind::path) return literal(operand, program);
  const bool is_known = scope.find(operand.text) != nullptr ||
                        (scope.root != nullptr && find_field(*scope.root, operand.text) != nullptr);
  if (!is_known && operand.text == "forloop") return loop_part(operand, scope);
  if (!is_known && operand.text == "locale" && operand.steps.empty()) {
    Typed made;
    made.reader.from = Reader::From::locale;
    made.type.kind = Kind::text;
    made.is_borrowed = true;
    return made;
  }
  auto path = start_of_path(operand, scope);
  for (const auto& step : operand.steps) path.step(step);
  return path.finish();
}

static void check_comparison(ast::Comparison comparison, const Type& left, const Type& right,
                             Spot spot) {
  const auto is_literal_kind = [](Kind kind) {
    return kind == Kind::nothing || kind == Kind::maybe;
  };
  const bool is_equality =
      comparison == ast::Comparison::equal || comparison == ast::Comparison::unequal;
  if (comparison == ast::Comparison::contains) {
    const bool is_list = left.kind == Kind::list;
    const auto member = is_list ? type_of(left.shape->inner()).kind : Kind::text;
    if ((!is_list && left.kind != Kind::text) || member != right.kind) {
      fail(spot, "'contains' looks for a text in a text, or for a member in a list");
    }
    return;
  }
  if (is_equality && (is_literal_kind(left.kind) || is_literal_kind(right.kind))) return;
  const bool is_ordered = left.kind == Kind::integer || left.kind == Kind::text;
  const bool is_simple = is_ordered || left.kind == Kind::boolean;
  if (left.kind != right.kind || !is_simple) {
    fail(spot, std::string(name_of(left.kind)) + " cannot be compared with " +
                   std::string(name_of(right.kind)));
  }
  if (!is_equality && !is_ordered) fail(spot, "true and false have no order");
}

std::uint32_t make_test(const ast::Condition& condition, Scope& scope, Program& program) {
  Test test;
  if (condition.kind != ast::Condition::Kind::comparison) {
    test.kind =
        condition.kind == ast::Condition::Kind::both ? Test::Kind::both : Test::Kind::either;
    test.first = make_test(*condition.first, scope, program);
    test.second = make_test(*condition.second, scope, program);
  } else {
    auto left = read_operand(condition.left, scope, program);
    test.left = std::move(left.reader);
    if (condition.comparison == ast::Comparison::truth) {
      if (left.type.kind == Kind::integer) {
        fail(condition.left.spot, "a number is always true; compare it, as in '... > 0'");
      }
    } else {
      auto right = read_operand(condition.right, scope, program);
      check_comparison(condition.comparison, left.type, right.type, condition.left.spot);
      test.right = std::move(right.reader);
    }
    test.kind = static_cast<Test::Kind>(condition.comparison);
    static_assert(static_cast<int>(Test::Kind::contains) ==
                  static_cast<int>(ast::Comparison::contains));
  }
  program.tests.push_back(std::move(test));
  return static_cast<std::uint32_t>(program.tests.size() - 1);
}

}  // namespace osier::html
