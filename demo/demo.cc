#include "demo/demo.h"

extern "C" const char osier_demo_images[];
extern "C" const char osier_demo_images_end[];

namespace osier {

std::string_view demo_file(std::string_view path) {
  for (const EmbeddedFile& file : demo_files()) {
    if (file.path == path) return file.bytes;
  }
  return {};
}

std::string_view demo_image_pack() {
  return {osier_demo_images, static_cast<std::size_t>(osier_demo_images_end - osier_demo_images)};
}

}  // namespace osier
