// The parsed templates of an engine, and finding them by the names templates call each other.

#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/html/ast.h"

namespace osier::html {

using Templates = std::map<std::string, std::unique_ptr<const ast::Template>, std::less<>>;

// ".html" of "cart.html".
std::string_view extension_of(std::string_view name);

// The template that `name` means to one whose file ends in `extension`: itself, or with the
// extension, each also in "partials/". Throws TemplateError at `spot` if there is none, or one of
// the other extension.
const ast::Template& resolve_template(const Templates& templates, const std::string& name,
                                      std::string_view extension, Spot spot);

// The blocks of a layout and of the layouts around it, up to `depth_max` of them.
std::vector<std::string_view> block_names(const Templates& templates, const ast::Template& layout,
                                          std::size_t depth_max);

}  // namespace osier::html
