#include "identity/qr_code.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>
#include <string>

namespace osier::identity {

namespace {

constexpr int quiet_zone = 4;  // Modules (ISO/IEC 18004 section 5.3.8).

// One path of horizontal strokes: a fifth of the size of a rectangle per module.
std::string strokes_of(const QRcode& code) {
  std::string path;
  for (int y = 0; y < code.width; ++y) {
    for (int x = 0; x < code.width;) {
      int length = 0;
      while (x + length < code.width && (code.data[y * code.width + x + length] & 1) != 0) ++length;
      if (length > 0) {
        path += fmt::format("M{} {}h{}v1h-{}z", x + quiet_zone, y + quiet_zone, length, length);
      }
      x += length + 1;
    }
  }
  return path;
}

}  // namespace

std::optional<html::Html> qr_code_svg(std::string_view text, std::string_view label) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeData(static_cast<int>(text.size()),
                        reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M),
      QRcode_free);
  if (!code) return std::nullopt;
  const int size = code->width + 2 * quiet_zone;
  return html::Html::trusted(fmt::format(
      R"(<svg class="qr-code" role="img" aria-label="{0}" viewBox="0 0 {1} {1}" shape-rendering="crispEdges">)"
      R"(<path fill="#fff" d="M0 0h{1}v{1}H0z"/><path d="{2}"/></svg>)",
      html::escape(label), size, strokes_of(*code)));
}

}  // namespace osier::identity
