// The container of a WebP file (RFC 9649), as far as we touch it.

#pragma once

#include <string>
#include <string_view>

namespace osier::media {

// The file without EXIF and XMP. libvips 8.14 adds 200 bytes of EXIF of its own to every WebP, also
// when told to strip. `webp` is a file that we encoded; anything else comes back as it is.
std::string without_metadata(std::string_view webp);

}  // namespace osier::media
