#include "platform/html/phrases.h"

namespace osier::html {

using namespace ast;

Operand operand_of(Lexer& lexer) {
  Operand operand;
  operand.spot = lexer.peek().spot;
  const auto token = lexer.take();
  switch (token.kind) {
    case Token::Kind::text:
      operand.kind = Operand::Kind::text;
      operand.text = token.text;
      return operand;
    case Token::Kind::number:
      operand.kind = Operand::Kind::number;
      operand.number = token.number;
      return operand;
    case Token::Kind::name:
      break;
    case Token::Kind::sign:
    case Token::Kind::end:
      fail(token.spot, "expected a name, a text in quotes or a number");
  }
  if (token.text == "true" || token.text == "false") {
    operand.kind = Operand::Kind::truth;
    operand.number = token.text == "true";
    return operand;
  }
  if (token.text == "nil" || token.text == "null") return operand;
  if (token.text == "blank" || token.text == "empty") {
    operand.kind = Operand::Kind::blank;
    return operand;
  }
  operand.kind = Operand::Kind::path;
  operand.text = token.text;
  while (true) {
    Operand::Step step;
    if (lexer.accept(".")) {
      step.spot = lexer.peek().spot;
      step.name = lexer.expect_name("a field's name after '.'");
    } else if (lexer.accept("[")) {
      step.spot = lexer.peek().spot;
      const auto index = lexer.take();
      if (index.kind != Token::Kind::number || index.number < 0) {
        fail(step.spot, "an index is a number from 0");
      }
      step.index = index.number;
      lexer.expect("]", "after the index");
    } else {
      return operand;
    }
    operand.steps.push_back(std::move(step));
  }
}

static Filter filter_of(Lexer& lexer) {
  Filter filter;
  filter.spot = lexer.peek().spot;
  filter.name = lexer.expect_name("a filter's name after '|'");
  if (!lexer.accept(":")) return filter;
  do {
    const auto first = lexer.peek();
    auto operand = operand_of(lexer);
    if (first.kind == Token::Kind::name && operand.steps.empty() && lexer.accept(":")) {
      filter.named.push_back({std::string(first.text), first.spot, operand_of(lexer)});
    } else {
      filter.arguments.push_back(std::move(operand));
    }
  } while (lexer.accept(","));
  return filter;
}

Expression expression_of(Lexer& lexer) {
  Expression expression{.base = operand_of(lexer), .filters = {}};
  while (lexer.accept("|")) expression.filters.push_back(filter_of(lexer));
  return expression;
}

static Comparison comparison_of(Lexer& lexer) {
  if (lexer.accept("==")) return Comparison::equal;
  if (lexer.accept("!=") || lexer.accept("<>")) return Comparison::unequal;
  if (lexer.accept("<=")) return Comparison::at_most;
  if (lexer.accept(">=")) return Comparison::at_least;
  if (lexer.accept("<")) return Comparison::less;
  if (lexer.accept(">")) return Comparison::more;
  if (lexer.accept("contains")) return Comparison::contains;
  return Comparison::truth;
}

Condition condition_of(Lexer& lexer, int depth) {
  if (depth > nesting_max) fail(lexer.peek().spot, "this condition is too long");
  Condition simple;
  simple.left = operand_of(lexer);
  simple.comparison = comparison_of(lexer);
  if (simple.comparison != Comparison::truth) simple.right = operand_of(lexer);
  const bool both = lexer.accept("and");
  if (!both && !lexer.accept("or")) return simple;
  Condition joined;
  joined.kind = both ? Condition::Kind::both : Condition::Kind::either;
  joined.first = std::make_unique<Condition>(std::move(simple));
  joined.second = std::make_unique<Condition>(condition_of(lexer, depth + 1));
  return joined;
}

}  // namespace osier::html
