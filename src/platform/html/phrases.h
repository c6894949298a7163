// Reads what stands within tags: operands, expressions with filters, conditions.

#pragma once

#include "platform/html/ast.h"
#include "platform/html/lexer.h"

namespace osier::html {

constexpr int nesting_max = 64;  // Of tags, and of the parts of a condition.

// All throw TemplateError.
ast::Operand operand_of(Lexer& lexer);
ast::Expression expression_of(Lexer& lexer);
// As in Liquid, `and` and `or` bind alike and from the right: a or b and c is a or (b and c).
ast::Condition condition_of(Lexer& lexer, int depth = 0);

}  // namespace osier::html
