// A template as it was written: what the parser makes and the compiler reads.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/html/diagnostics.h"

namespace osier::html::ast {

// A literal, or a path such as product.images[0].url.
struct Operand {
  enum class Kind { path, text, number, truth, nothing, blank };
  struct Step {
    std::string name;  // Empty for an index.
    std::int64_t index = 0;
    Spot spot;
  };
  Kind kind = Kind::nothing;
  std::string text;         // A literal text, or the path's first name.
  std::int64_t number = 0;  // A literal number or truth.
  std::vector<Step> steps;
  Spot spot;
};

struct NamedOperand {
  std::string name;
  Spot spot;
  Operand operand;
};

struct Filter {
  std::string name;
  Spot spot;
  std::vector<Operand> arguments;
  std::vector<NamedOperand> named;
};

struct Expression {
  Operand base;
  std::vector<Filter> filters;
};

enum class Comparison { truth, equal, unequal, less, more, at_most, at_least, contains };

struct Condition {
  enum class Kind { comparison, both, either };
  Kind kind = Kind::comparison;
  Comparison comparison = Comparison::truth;
  Operand left;
  Operand right;
  std::unique_ptr<Condition> first;
  std::unique_ptr<Condition> second;
};

struct Node;
using Nodes = std::vector<Node>;

struct Text {
  std::string text;
};
struct Output {
  Expression expression;
};
// if, unless and case; the branch without a condition is `else`.
struct Branch {
  std::optional<Condition> condition;
  bool negated = false;
  Nodes body;
};
struct Choice {
  std::vector<Branch> branches;
};
struct Loop {
  std::string name;
  Spot name_spot;
  Operand list;  // Or, if `range_end` is set, the first number of a range.
  std::optional<Operand> range_end;
  std::optional<Operand> limit;
  std::optional<Operand> offset;
  bool reversed = false;
  Nodes body;
  Nodes otherwise;
};
struct Jump {
  bool leaves = true;  // break, else continue
};
struct Assign {
  std::string name;
  Spot name_spot;
  Expression expression;
};
struct Capture {
  std::string name;
  Spot name_spot;
  Nodes body;
};
struct RenderArgument {
  std::string name;
  Spot spot;
  Expression expression;
};
struct Render {
  std::string name;
  Spot name_spot;
  std::vector<RenderArgument> arguments;
};
struct Block {
  std::string name;
  Spot name_spot;
  Nodes body;
};

struct Node {
  Spot spot;
  std::variant<Text, Output, Choice, Loop, Jump, Assign, Capture, Render, Block> what;
};

struct Template {
  Source source;
  std::string layout;  // Empty without one.
  Spot layout_spot;
  Nodes nodes;
};

}  // namespace osier::html::ast
