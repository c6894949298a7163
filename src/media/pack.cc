#include "media/pack.h"

#include "platform/json/json.h"
#include "platform/json/value.h"

namespace osier::media {

namespace {

constexpr json::Limits index_limits{.bytes_max = 4 * 1024 * 1024};

json::Object index_entry(const Image& image) {
  return {{"hash", image.hash},
          {"width", image.width},
          {"height", image.height},
          {"colour", image.colour},
          {"renditions", renditions_to_json(image.renditions)}};
}

std::optional<Image> read_entry(const json::Value& entry) {
  json::Reader fields(entry);
  const json::IntegerRule side{.required = true, .min = 1, .max = image_side_max};
  const json::StringRule word{.required = true};
  const json::StringRule text{.required = true, .length_max = 100'000};
  const auto hash = fields.string("hash", word);
  const auto width = fields.integer("width", side);
  const auto height = fields.integer("height", side);
  const auto colour = fields.string("colour", word);
  const auto renditions = fields.string("renditions", text);
  if (!fields.ok()) return std::nullopt;

  auto read = renditions_from_json(*renditions);
  if (!read) return std::nullopt;
  return Image{.hash = *hash,
               .width = static_cast<std::int32_t>(*width),
               .height = static_cast<std::int32_t>(*height),
               .colour = *colour,
               .renditions = *std::move(read)};
}

std::size_t size_of_files(const Image& image) {
  std::size_t size = 0;
  for (const Rendition& rendition : image.renditions) {
    size += static_cast<std::size_t>(rendition.size);
  }
  return size;
}

}  // namespace

std::string pack_images(const std::vector<ImportedImage>& images) {
  json::Array index;
  for (const ImportedImage& imported : images) index.push_back(index_entry(imported.image));
  std::string pack = json::to_text(index) + '\n';
  for (const ImportedImage& imported : images) {
    for (const std::string& file : imported.files) pack += file;
  }
  return pack;
}

Pack::Pack(std::string_view bytes) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return;
  const auto index = json::parse(bytes.substr(0, end), index_limits);
  if (!index || !index->is_array()) return;

  std::map<std::string, Entry> entries;
  std::string_view rest = bytes.substr(end + 1);
  for (const json::Value& value : index->get_array()) {
    auto image = read_entry(value);
    if (!image || size_of_files(*image) > rest.size()) return;
    const std::size_t size = size_of_files(*image);
    const std::string hash = image->hash;
    entries.insert_or_assign(hash, Entry{*std::move(image), rest.substr(0, size)});
    rest.remove_prefix(size);
  }
  if (rest.empty()) entries_ = std::move(entries);
}

std::optional<ImportedImage> Pack::take(const std::string& hash) const {
  const auto at = entries_.find(hash);
  if (at == entries_.end()) return std::nullopt;
  ImportedImage imported;
  imported.image = at->second.image;
  std::string_view rest = at->second.bytes;
  for (const Rendition& rendition : imported.image.renditions) {
    const auto size = static_cast<std::size_t>(rendition.size);
    imported.files.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return imported;
}

}  // namespace osier::media
