// Reads a template's text into its tree. Knows the tags; what names mean is the compiler's
// business.

#pragma once

#include <memory>
#include <string>

#include "platform/html/ast.h"

namespace osier::html {

// Throws TemplateError. The tree points into its own `source`, hence the fixed address.
std::unique_ptr<ast::Template> parse_template(std::string name, std::string text);

}  // namespace osier::html
