// The pack of the demo's renditions, as CMakeLists.txt beside this puts it into the binary.
// Declared in app/seed.h.

#include <cstddef>
#include <string_view>

extern "C" const char osier_demo_images[];
extern "C" const char osier_demo_images_end[];

namespace osier {

std::string_view demo_image_pack();

std::string_view demo_image_pack() {
  return {osier_demo_images, static_cast<std::size_t>(osier_demo_images_end - osier_demo_images)};
}

}  // namespace osier
