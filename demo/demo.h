// What the build makes of the demo shop's pictures.

#pragma once

#include <string_view>

namespace osier {

// The renditions of all pictures, for media::import_images(), which then encodes nothing.
std::string_view demo_image_pack();

}  // namespace osier
