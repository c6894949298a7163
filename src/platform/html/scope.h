// What names mean while a template is compiled, and what types they have.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/html/ast.h"
#include "platform/html/program.h"

namespace osier::html {

struct Type {
  Kind kind = Kind::nothing;     // Never maybe: what may be missing is nothing at times.
  const Shape* shape = nullptr;  // record, list
  bool is_tagless = false;       // html: captured, and holds only text.
};

// "a text", "a list": for messages.
std::string_view name_of(Kind kind);
// The type of what `shape` describes, if it is there.
Type type_of(const Shape& shape);

struct Variable {
  std::string name;
  Type type;
  std::uint32_t slot = 0;
  bool is_assigned = false;  // By assign or capture, so that it may be again.
  bool is_borrowed = false;  // Its text lives in the view.
};

struct Typed {
  Reader reader;
  Type type;
  bool is_borrowed = false;
};

// The names of one template or partial.
struct Scope {
  const Shape* root = nullptr;  // The page's view; partials see only their arguments.
  std::vector<Variable> variables;
  std::vector<std::uint32_t> loops;  // Open ones, innermost last.

  Variable* find(std::string_view name);
  std::vector<std::string_view> names() const;
};

// Throws TemplateError if the path leads nowhere. Literal texts are kept by `program`.
Typed read_operand(const ast::Operand& operand, Scope& scope, Program& program);

// Adds the test to `program` and returns its number.
std::uint32_t make_test(const ast::Condition& condition, Scope& scope, Program& program);

struct TypedEvaluation {
  Evaluation evaluation;
  Type type;
  bool is_borrowed = false;
};
TypedEvaluation make_evaluation(const ast::Expression& expression, Scope& scope, Program& program);

}  // namespace osier::html
