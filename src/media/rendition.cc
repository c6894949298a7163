// Names, URLs and the JSON of renditions.

#include <algorithm>
#include <array>
#include <charconv>

#include "media/media.h"
#include "platform/base/require.h"
#include "platform/json/json.h"
#include "platform/json/value.h"

namespace osier::media {

namespace {

struct FormatRow {
  Format format;
  std::string_view word;
  std::string_view extension;
  std::string_view content_type;
};

constexpr std::array<FormatRow, 3> formats = {{
    {Format::avif, "avif", "avif", "image/avif"},
    {Format::webp, "webp", "webp", "image/webp"},
    {Format::jpeg, "jpeg", "jpg", "image/jpeg"},
}};

const FormatRow& row_of(Format format) { return formats[static_cast<std::size_t>(format)]; }

constexpr std::size_t hash_digits = 32;

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// A width as we write it: up to five digits, the first not 0.
std::optional<std::int32_t> parse_width(std::string_view digits) {
  if (digits.empty() || digits.size() > 5 || digits.front() < '1' || digits.front() > '9') {
    return std::nullopt;
  }
  std::int32_t width = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), width);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return width;
}

std::optional<Rendition> read_rendition(json::Reader& fields) {
  const auto format = fields.word("format", {"avif", "webp", "jpeg"}, json::Presence::required);
  const auto width = fields.integer("width", {.required = true, .min = 1, .max = image_side_max});
  const auto height = fields.integer("height", {.required = true, .min = 1, .max = image_side_max});
  const auto name = fields.string("name", {.required = true, .length_max = 128});
  const auto size = fields.integer("size", {.required = true, .min = 1});
  if (!fields.ok()) return std::nullopt;
  return Rendition{.format = formats[*format].format,
                   .width = static_cast<std::int32_t>(*width),
                   .height = static_cast<std::int32_t>(*height),
                   .name = *name,
                   .size = *size};
}

}  // namespace

std::string_view to_string(Format format) { return row_of(format).word; }
std::string_view content_type(Format format) { return row_of(format).content_type; }

std::string_view explain(ImageRefusal refusal) {
  switch (refusal) {
    case ImageRefusal::empty:
      return "the file is empty";
    case ImageRefusal::too_many_bytes:
      return "the file is larger than 20 MB";
    case ImageRefusal::unknown_format:
      return "the file is not a JPEG, PNG, WebP or AVIF picture";
    case ImageRefusal::too_many_pixels:
      return "the picture has more than 40 megapixels or a side longer than 12,000 pixels";
    case ImageRefusal::damaged:
      return "the picture is damaged or incomplete";
  }
  return "";
}

std::string name_of(std::string_view hash, std::int32_t width, Format format) {
  std::string name(hash);
  name.append("-").append(std::to_string(width)).append(".");
  return name.append(row_of(format).extension);
}

std::string url_of(std::string_view hash, std::int32_t width, Format format) {
  return "/media/" + name_of(hash, width, format);
}

std::string url_of(const Rendition& rendition) { return "/media/" + rendition.name; }

std::optional<RenditionName> parse_rendition_name(std::string_view name) {
  if (name.size() < hash_digits + 2 || name[hash_digits] != '-') return std::nullopt;
  const auto hash = name.substr(0, hash_digits);
  const auto rest = name.substr(hash_digits + 1);
  const auto dot = rest.find('.');
  if (!is_lower_hex(hash) || dot == std::string_view::npos) return std::nullopt;

  const auto width = parse_width(rest.substr(0, dot));
  const auto format = std::ranges::find(formats, rest.substr(dot + 1), &FormatRow::extension);
  if (!width || format == formats.end()) return std::nullopt;
  return RenditionName{.hash = std::string(hash), .width = *width, .format = format->format};
}

std::string renditions_to_json(const std::vector<Rendition>& renditions) {
  json::Array array;
  for (const Rendition& rendition : renditions) {
    array.push_back(json::Object{{"format", to_string(rendition.format)},
                                 {"width", rendition.width},
                                 {"height", rendition.height},
                                 {"name", rendition.name},
                                 {"size", rendition.size}});
  }
  return json::to_text(array);
}

std::optional<std::vector<Rendition>> renditions_from_json(std::string_view json) {
  const auto value = json::parse(json);
  if (!value || !value->is_array()) return std::nullopt;
  std::vector<Rendition> renditions;
  for (const json::Value& element : value->get_array()) {
    json::Reader fields(element);
    const auto rendition = read_rendition(fields);
    if (!rendition) return std::nullopt;
    renditions.push_back(*rendition);
  }
  return renditions;
}

std::string srcset(const Image& image, Format format) {
  std::string value;
  for (const Rendition& rendition : image.renditions) {
    if (rendition.format != format) continue;
    if (!value.empty()) value += ", ";
    value += url_of(rendition) + ' ' + std::to_string(rendition.width) + 'w';
  }
  return value;
}

const Rendition& fallback(const Image& image, std::int32_t width) {
  const Rendition* best = nullptr;
  for (const Rendition& rendition : image.renditions) {
    if (rendition.format != Format::jpeg) continue;
    if (best == nullptr || best->width < width) best = &rendition;
  }
  require(best != nullptr, "every image has a JPEG rendition");
  return *best;
}

}  // namespace osier::media
