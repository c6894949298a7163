// A file that was put into the binary at build time (see osier_embed() in cmake/rooms.cmake).

#pragma once

#include <string_view>

namespace osier {

struct EmbeddedFile {
  std::string_view path;   // Relative to the embedded folder, e.g. "templates/cart.html".
  std::string_view bytes;  // Lives as long as the process.
};

}  // namespace osier
