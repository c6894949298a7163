// Where something stands in a template, and saying what is wrong with it.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "platform/html/engine.h"

namespace osier::html {

struct Source {
  std::string name;
  std::string text;
};

struct Spot {
  const Source* source = nullptr;
  std::size_t at = 0;  // Bytes from the start.
};

// "cart.html:12:8"; lines and columns from 1.
std::string place_of(Spot spot);

// Throws TemplateError: place, message, and the line with a mark below the spot.
[[noreturn]] void fail(Spot spot, const std::string& message);

// The same error with "rendered from <place>" below it.
TemplateError with_trail(const TemplateError& error, Spot rendered_from);

// "; did you mean 'title'?" if one of `known` is close to `word`, else nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace osier::html
