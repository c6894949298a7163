// Markdown (CommonMark) to HTML that is safe whoever wrote it: raw HTML and links other than http,
// https, mailto and relative ones are left out (cmark's safe mode).

#pragma once

#include <string>
#include <string_view>

namespace osier::catalog {

std::string markdown_to_html(std::string_view markdown);

}  // namespace osier::catalog
