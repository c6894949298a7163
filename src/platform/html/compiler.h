// From a template's tree to a program: resolves names, follows the HTML, takes partials and layouts
// in.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "platform/html/ast.h"
#include "platform/html/program.h"

namespace osier::html {

using Templates = std::map<std::string, std::unique_ptr<const ast::Template>, std::less<>>;

// The template that `name` means to one whose file ends in `extension`: itself, or with the
// extension, each also in "partials/". Nothing if there is none.
const ast::Template* find_template(const Templates& templates, std::string_view name,
                                   std::string_view extension);

// Throws TemplateError.
std::shared_ptr<const Program> compile_template(const Templates& templates,
                                                const ast::Template& page, const Shape& root,
                                                const locale::Catalogue& catalogue, Limits limits);

}  // namespace osier::html
