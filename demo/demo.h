// The demo shop as the binary carries it; README.md says what is in it.

#pragma once

#include <span>
#include <string_view>

#include "platform/base/embedded_file.h"

namespace osier {

// catalog.json, images/….webp and legal/<locale>/<handle>.md, sorted by path.
std::span<const EmbeddedFile> demo_files();

// The bytes of the file of that path, or nothing.
std::string_view demo_file(std::string_view path);

// Every picture with its renditions, for media::unpack_images(). Its images are called as in
// catalog.json: "images/….webp".
std::string_view demo_image_pack();

}  // namespace osier
