// The filters of {{ value | filter: argument }}.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "platform/html/program.h"

namespace osier::html {

struct Filter {
  std::string_view name;
  // What it takes, as bits of 1 << Kind.
  unsigned input = 0;
  std::vector<unsigned> arguments;
  std::size_t arguments_min = 0;
  Kind result = Kind::text;  // maybe: of the input's own kind.
  Apply apply = nullptr;
};

// Nothing if there is none of that name. `t` is not among them: the compiler makes it.
const Filter* find_filter(std::string_view name);
// All names, `t` too.
std::vector<std::string_view> filter_names();
// Why a filter that Liquid has is not here; empty for others.
std::string_view why_not(std::string_view name);

// Characters of a text, members of a list; 0 for nothing.
std::int64_t length_of(const Value& value);

}  // namespace osier::html
