#include "platform/html/engine.h"

#include <fstream>
#include <iterator>

#include "platform/base/require.h"
#include "platform/html/compiler.h"
#include "platform/html/parser.h"

namespace osier::html {

static bool is_template(std::string_view name) {
  return name.ends_with(".html") || name.ends_with(".txt");
}

void Sources::add(std::span<const EmbeddedFile> files) {
  for (const auto& file : files) {
    if (is_template(file.path)) add(std::string(file.path), std::string(file.bytes));
  }
}

void Sources::add(std::string name, std::string text) {
  require(is_template(name), "a template's name ends in .html or .txt");
  const bool is_new = files_.emplace(std::move(name), std::move(text)).second;
  require(is_new, "two built-in templates have different names");
}

void Sources::override_with(std::string name, std::string text) {
  require(is_template(name), "a template's name ends in .html or .txt");
  files_[std::move(name)] = std::move(text);
}

void Sources::override_from(const std::filesystem::path& directory) {
  constexpr std::uintmax_t template_bytes_max = 1u << 20u;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto name = entry.path().lexically_relative(directory).generic_string();
    if (!entry.is_regular_file() || !is_template(name)) continue;
    if (entry.file_size() > template_bytes_max) {
      throw std::runtime_error(entry.path().string() + ": a template has at most 1 MiB");
    }
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file) throw std::runtime_error(entry.path().string() + ": cannot be read");
    override_with(name, std::move(text));
  }
}

struct Engine::Parsed {
  Templates templates;
};

Engine::Engine(Sources sources, const locale::Catalogue& catalogue, Limits limits)
    : limits_(limits), catalogue_(catalogue), parsed_(std::make_unique<Parsed>()) {
  for (const auto& [name, text] : sources.files()) {
    parsed_->templates.emplace(name, parse_template(name, text));
  }
}

Engine::~Engine() = default;

std::vector<std::string> Engine::names() const {
  std::vector<std::string> names;
  for (const auto& [name, parsed] : parsed_->templates) names.push_back(name);
  return names;
}

std::shared_ptr<const Program> Engine::compile(const std::string& name, const Shape& root) {
  const std::lock_guard guard(mutex_);
  auto& program = programs_[{name, &root}];
  if (program) return program;
  const auto found = parsed_->templates.find(name);
  if (found == parsed_->templates.end()) {
    std::vector<std::string_view> known;
    for (const auto& [each, parsed] : parsed_->templates) known.push_back(each);
    const auto message = "there is no template of this name" + did_you_mean(name, known);
    throw TemplateError(name, 0, 0, message, name + ": " + message);
  }
  program = compile_template(parsed_->templates, *found->second, root, catalogue_, limits_);
  return program;
}

}  // namespace osier::html
