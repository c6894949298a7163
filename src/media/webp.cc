#include "media/webp.h"

#include <cstddef>
#include <cstdint>

namespace osier::media {

namespace {

constexpr std::size_t file_head_size = 12;  // "RIFF", size, "WEBP".
constexpr std::size_t chunk_head_size = 8;  // Four letters, size.
constexpr std::size_t flags_at = chunk_head_size;
constexpr unsigned char metadata_flags = 0x08 | 0x04;  // EXIF, XMP.

std::uint32_t read_size(std::string_view bytes) {
  std::uint32_t size = 0;
  for (std::size_t i = 4; i > 0; --i) size = (size << 8) | static_cast<unsigned char>(bytes[i - 1]);
  return size;
}

void append_size(std::string& bytes, std::size_t size) {
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((size >> shift) & 0xff);
}

// The extended header with its metadata flags cleared, or nothing if no other flag asks for it.
std::string plain_header(std::string_view chunk) {
  std::string header(chunk);
  const auto flags = static_cast<unsigned char>(header[flags_at]) & ~metadata_flags;
  if (flags == 0) return {};
  header[flags_at] = static_cast<char>(flags);
  return header;
}

}  // namespace

std::string without_metadata(std::string_view webp) {
  if (webp.size() < file_head_size || !webp.starts_with("RIFF")) return std::string(webp);

  std::string kept = "WEBP";
  std::string_view rest = webp.substr(file_head_size);
  while (rest.size() > chunk_head_size) {
    const std::size_t size = read_size(rest.substr(4));
    const std::size_t padded = chunk_head_size + size + size % 2;
    if (padded > rest.size()) return std::string(webp);
    const std::string_view chunk = rest.substr(0, padded);
    rest.remove_prefix(padded);

    if (chunk.starts_with("EXIF") || chunk.starts_with("XMP ")) continue;
    kept += chunk.starts_with("VP8X") ? plain_header(chunk) : std::string(chunk);
  }
  std::string file = "RIFF";
  append_size(file, kept.size());
  return file + kept;
}

}  // namespace osier::media
