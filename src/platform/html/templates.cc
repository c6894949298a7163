#include "platform/html/templates.h"

#include <algorithm>

namespace osier::html {

std::string_view extension_of(std::string_view name) {
  return name.substr(std::min(name.rfind('.'), name.size()));
}

static const ast::Template* find_template(const Templates& templates, std::string_view name,
                                          std::string_view extension) {
  const std::string plain(name);
  const auto full = plain + std::string(extension);
  for (const auto& candidate : {plain, full, "partials/" + plain, "partials/" + full}) {
    const auto found = templates.find(candidate);
    if (found != templates.end()) return found->second.get();
  }
  return nullptr;
}

const ast::Template& resolve_template(const Templates& templates, const std::string& name,
                                      std::string_view extension, Spot spot) {
  const auto* found = find_template(templates, name, extension);
  if (found == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& [each, parsed] : templates) known.push_back(each);
    fail(spot, "unknown template '" + name + "'" + did_you_mean(name, known));
  }
  if (extension_of(found->source.name) != extension) {
    fail(spot,
         "'" + found->source.name + "' cannot stand in a " + std::string(extension) + " template");
  }
  return *found;
}

static void add_block_names(const ast::Nodes& nodes, std::vector<std::string_view>& names) {
  for (const auto& node : nodes) {
    if (const auto* block = std::get_if<ast::Block>(&node.what)) {
      names.push_back(block->name);
      add_block_names(block->body, names);
    } else if (const auto* choice = std::get_if<ast::Choice>(&node.what)) {
      for (const auto& branch : choice->branches) add_block_names(branch.body, names);
    } else if (const auto* loop = std::get_if<ast::Loop>(&node.what)) {
      add_block_names(loop->body, names);
      add_block_names(loop->otherwise, names);
    } else if (const auto* capture = std::get_if<ast::Capture>(&node.what)) {
      add_block_names(capture->body, names);
    }
  }
}

std::vector<std::string_view> block_names(const Templates& templates, const ast::Template& layout,
                                          std::size_t depth_max) {
  std::vector<std::string_view> names;
  const auto* each = &layout;
  for (std::size_t depth = 0; each != nullptr && depth < depth_max; ++depth) {
    add_block_names(each->nodes, names);
    each = each->layout.empty()
               ? nullptr
               : find_template(templates, each->layout, extension_of(each->source.name));
  }
  return names;
}

}  // namespace osier::html
