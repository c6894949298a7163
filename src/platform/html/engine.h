// Templates: a safe subset of Liquid, compiled once against the view it shows. docs/themes.md tells
// theme makers all.
//
//   html::Sources sources;
//   sources.add(storefront_templates());       // Embedded, one call per room.
//   sources.override_from("/etc/osier/theme"); // A shop's own files, one by one.
//   html::Engine engine(std::move(sources), catalogue);
//   const html::Page<CartView> cart_page = engine.page<CartView>("cart.html");   // At start;
//   throws TemplateError.
//   ...
//   response.body = cart_page.render(view, {catalogue.in(locale)});
//
// Whatever a template can do wrong it does wrong at load: unknown fields, filters, tags and texts,
// output where no escaping is safe (scripts, styles, event handlers, unquoted attributes), tags
// that do not match. Each {{ output }} gets the escaping of its place when the template is
// compiled. Rendering reads the view and the texts and nothing else; it ends at
// `Limits::output_bytes`.
//
// A template named *.html is checked and escaped as HTML, one named *.txt is plain text (mail) and
// is not.

#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "platform/base/embedded_file.h"
#include "platform/html/view.h"

namespace osier::locale {
class Catalogue;
class Messages;
}  // namespace osier::locale

namespace osier::html {

// A template that cannot be used. what() has file:line:column, the reason, the line itself and,
// where it helps, the word that was probably meant.
class TemplateError : public std::runtime_error {
 public:
  TemplateError(std::string file, std::size_t line, std::size_t column, const std::string& message,
                const std::string& report)
      : std::runtime_error(report),
        file_(std::move(file)),
        line_(line),
        column_(column),
        message_(message) {}

  const std::string& file() const { return file_; }
  std::size_t line() const { return line_; }      // From 1.
  std::size_t column() const { return column_; }  // From 1, in bytes.
  const std::string& message() const { return message_; }

 private:
  std::string file_;
  std::size_t line_;
  std::size_t column_;
  std::string message_;
};

// A page grew past Limits::output_bytes while it was rendered.
class OutputTooLong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Limits {
  std::size_t render_depth = 16;         // Partials and layouts within each other.
  std::size_t program_steps = 100'000;   // Of one page with all its partials.
  std::size_t output_bytes = 8u << 20u;  // Of one rendering, captured text included.
  std::size_t loop_rounds = 1'000'000;   // Of one rendering, all loops together.
};

// The templates by name ("cart.html", "partials/card.html"), before they are compiled.
class Sources {
 public:
  // Of the files, those that end in .html or .txt; each under its path. The same name twice is a
  // bug.
  void add(std::span<const EmbeddedFile> files);
  void add(std::string name, std::string text);
  // Replaces or adds every .html and .txt file below `directory`. Throws std::runtime_error if it
  // cannot be read.
  void override_from(const std::filesystem::path& directory);
  void override_with(std::string name, std::string text);

  const std::map<std::string, std::string, std::less<>>& files() const { return files_; }

 private:
  std::map<std::string, std::string, std::less<>> files_;
};

// What a rendering depends on besides the view. `messages` come from the catalogue the engine was
// made with.
struct Context {
  Context(const locale::Messages& texts) : messages(texts) {}
  const locale::Messages& messages;
};

class Program;

// A compiled template. A light value; stays valid after its engine is gone (but not after the
// catalogue).
template <class V>
class Page {
 public:
  explicit Page(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  // From any thread. Throws OutputTooLong.
  std::string render(const V& view, const Context& context) const;

 private:
  std::shared_ptr<const Program> program_;
};

class Engine {
 public:
  // `catalogue` outlives the engine and its pages.
  Engine(Sources sources, const locale::Catalogue& catalogue, Limits limits = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Compiles the template for views of type V, or gives what was compiled before. Throws
  // TemplateError. From any thread, though meant for start.
  template <View V>
  Page<V> page(const std::string& name) {
    return Page<V>(compile(name, shape_of<V>()));
  }

  // Every template and partial that exists, sorted.
  std::vector<std::string> names() const;

 private:
  struct Parsed;

  std::shared_ptr<const Program> compile(const std::string& name, const Shape& root);

  Limits limits_;
  const locale::Catalogue& catalogue_;
  std::unique_ptr<Parsed> parsed_;
  std::mutex mutex_;  // Guards what follows.
  std::map<std::pair<std::string, const Shape*>, std::shared_ptr<const Program>> programs_;
};

std::string render_program(const Program& program, const void* view, const Context& context);

template <class V>
std::string Page<V>::render(const V& view, const Context& context) const {
  return render_program(*program_, &view, context);
}

}  // namespace osier::html
