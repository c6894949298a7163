// A pack is a line of JSON that says what follows, and then the bytes: of each image its original,
// then its files.

#include "media/media.h"
#include "platform/json/json.h"
#include "platform/json/value.h"

namespace osier::media {

namespace {

constexpr json::Limits index_limits{.bytes_max = 4 * 1024 * 1024};

json::Object index_entry(const PackedImage& packed) {
  const Image& image = packed.imported.image;
  return {{"file", packed.file},
          {"hash", image.hash},
          {"width", image.width},
          {"height", image.height},
          {"colour", image.colour},
          {"original_type", packed.imported.original_type},
          {"original_size", packed.imported.original.size()},
          {"renditions", renditions_to_json(image.renditions)}};
}

// Takes the next `size` bytes; nothing if there are fewer.
std::optional<std::string> take(std::string_view& bytes, std::int64_t size) {
  const auto count = static_cast<std::size_t>(size);
  if (bytes.size() < count) return std::nullopt;
  std::string taken(bytes.substr(0, count));
  bytes.remove_prefix(count);
  return taken;
}

bool take_files(ImportedImage& imported, std::int64_t original_size, std::string_view& bytes) {
  auto original = take(bytes, original_size);
  if (!original) return false;
  imported.original = *std::move(original);
  for (const Rendition& rendition : imported.image.renditions) {
    auto file = take(bytes, rendition.size);
    if (!file) return false;
    imported.files.push_back(*std::move(file));
  }
  return true;
}

std::optional<PackedImage> read_entry(const json::Value& entry, std::string_view& bytes) {
  json::Reader fields(entry);
  const json::IntegerRule side{.required = true, .min = 1, .max = image_side_max};
  const json::IntegerRule size{.required = true, .min = 1, .max = image_bytes_max};
  const json::StringRule word{.required = true};
  const json::StringRule text{.required = true, .length_max = 100'000};
  const auto file = fields.string("file", word);
  const auto hash = fields.string("hash", word);
  const auto width = fields.integer("width", side);
  const auto height = fields.integer("height", side);
  const auto colour = fields.string("colour", word);
  const auto original_type = fields.string("original_type", word);
  const auto original_size = fields.integer("original_size", size);
  const auto renditions = fields.string("renditions", text);
  if (!fields.ok()) return std::nullopt;

  auto read = renditions_from_json(*renditions);
  if (!read) return std::nullopt;
  PackedImage packed;
  packed.file = *file;
  packed.imported.image = {.hash = *hash,
                           .width = static_cast<std::int32_t>(*width),
                           .height = static_cast<std::int32_t>(*height),
                           .colour = *colour,
                           .renditions = *std::move(read)};
  packed.imported.original_type = *original_type;
  if (!take_files(packed.imported, *original_size, bytes)) return std::nullopt;
  return packed;
}

}  // namespace

std::string pack_images(const std::vector<PackedImage>& images) {
  json::Array index;
  for (const PackedImage& packed : images) index.push_back(index_entry(packed));
  std::string pack = json::to_text(index) + '\n';
  for (const PackedImage& packed : images) {
    pack += packed.imported.original;
    for (const std::string& file : packed.imported.files) pack += file;
  }
  return pack;
}

std::optional<std::vector<PackedImage>> unpack_images(std::string_view pack) {
  const auto end = pack.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto index = json::parse(pack.substr(0, end), index_limits);
  if (!index || !index->is_array()) return std::nullopt;

  std::string_view bytes = pack.substr(end + 1);
  std::vector<PackedImage> images;
  for (const json::Value& entry : index->get_array()) {
    auto packed = read_entry(entry, bytes);
    if (!packed) return std::nullopt;
    images.push_back(*std::move(packed));
  }
  if (!bytes.empty()) return std::nullopt;
  return images;
}

}  // namespace osier::media
