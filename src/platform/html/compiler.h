// From a template's tree to a program: resolves names, follows the HTML, takes partials and layouts
// in.

#pragma once

#include <memory>

#include "platform/html/ast.h"
#include "platform/html/program.h"
#include "platform/html/templates.h"

namespace osier::html {

// Throws TemplateError.
std::shared_ptr<const Program> compile_template(const Templates& templates,
                                                const ast::Template& page, const Shape& root,
                                                const locale::Catalogue& catalogue, Limits limits);

}  // namespace osier::html
