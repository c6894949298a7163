#include "identity/own_path.h"

#include <algorithm>

namespace osier::identity {

namespace {

constexpr std::size_t size_max = 500;

bool is_own(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > size_max) return false;
  if (path.starts_with("//") || path.starts_with("/%")) return false;
  // Printable ASCII without the backslash, which browsers take for a slash.
  return std::ranges::all_of(path, [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
}

}  // namespace

std::string own_path(std::string_view path, std::string_view otherwise) {
  return std::string(is_own(path) ? path : otherwise);
}

}  // namespace osier::identity
