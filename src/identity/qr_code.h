// A text as a QR code that a camera reads from a screen (ISO/IEC 18004). libqrencode does the work.

#pragma once

#include <optional>
#include <string_view>

#include "platform/html/html.h"

namespace osier::identity {

// An SVG element to stand in a page: black on white with its quiet zone, in any size, without
// styles. `label` is what a screen reader says of it; neither text may be trusted. Nothing for a
// text that is too long for a code of error correction M (2,331 bytes), or empty.
std::optional<html::Html> qr_code_svg(std::string_view text, std::string_view label);

}  // namespace osier::identity
