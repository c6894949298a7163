#include "catalog/markdown.h"

#include <cmark.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace osier::catalog {

std::string markdown_to_html(std::string_view markdown) {
  const std::unique_ptr<char, decltype(&std::free)> html(
      cmark_markdown_to_html(markdown.data(), markdown.size(), CMARK_OPT_VALIDATE_UTF8),
      &std::free);
  if (!html) throw std::bad_alloc();
  return html.get();
}

}  // namespace osier::catalog
