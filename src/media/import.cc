// From the bytes of a picture to its renditions, by libvips.
//
// The order matters: the kind is read from the first bytes, so only four loaders are ever reached;
// the header's size is checked before a pixel is decoded, so a small file cannot ask for a large
// memory; everything is decoded once into memory and must be whole; only then is anything encoded.

#include <vips/vips.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "media/media.h"
#include "media/pack.h"
#include "media/webp.h"
#include "platform/crypto/crypto.h"

namespace osier::media {

namespace {

// Part of every hash. Count it up when sizes, qualities or steps change: names promise their
// content.
constexpr std::string_view recipe = "osier image recipe 1\n";

constexpr std::array<std::int32_t, 6> steps = {160, 320, 480, 640, 960, 1280};
constexpr std::array<std::int32_t, 3> fallback_steps = {320, 640, 1280};
constexpr double own_step_from =
    1.15;  // A source this much wider than the last step gets its own width.

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using Picture = std::unique_ptr<VipsImage, Unref>;

// Runs one libvips operation that writes its result to a pointer; nothing if it failed.
template <class Operation>
Picture made_by(Operation&& operation) {
  VipsImage* out = nullptr;
  if (operation(&out) != 0) {
    vips_error_clear();
    return nullptr;
  }
  return Picture(out);
}

// libvips starts once per process, makes no threads of its own (the caller has one per picture) and
// keeps no results.
void start_vips() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (VIPS_INIT("osier") != 0) throw std::runtime_error("libvips cannot be started");
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    // What it warns of (a damaged file) is our refusal; stderr is for our own log lines.
    const GLogFunc silence = [](const char*, GLogLevelFlags, const char*, void*) {};
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, silence, nullptr);
  });
}

// Frees what libvips keeps per thread.
struct VipsThread {
  VipsThread() { start_vips(); }
  ~VipsThread() { vips_thread_shutdown(); }
  VipsThread(const VipsThread&) = delete;
  VipsThread& operator=(const VipsThread&) = delete;
};

enum class Kind { jpeg, png, webp, avif };

bool has_at(std::string_view bytes, std::size_t offset, std::string_view expected) {
  return bytes.size() >= offset && bytes.substr(offset).starts_with(expected);
}

std::optional<Kind> kind_of(std::string_view bytes) {
  if (has_at(bytes, 0, "\xff\xd8\xff")) return Kind::jpeg;
  if (has_at(bytes, 0, "\x89PNG\r\n\x1a\n")) return Kind::png;
  if (has_at(bytes, 0, "RIFF") && has_at(bytes, 8, "WEBP")) return Kind::webp;
  if (has_at(bytes, 4, "ftypavif")) return Kind::avif;
  return std::nullopt;
}

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::jpeg:
      return "image/jpeg";
    case Kind::png:
      return "image/png";
    case Kind::webp:
      return "image/webp";
    case Kind::avif:
      return "image/avif";
  }
  return "";
}

// Reads the header only; pixels are decoded when they are asked for.
Picture open(std::string_view bytes, Kind kind) {
  void* data = const_cast<char*>(bytes.data());  // libvips reads it only.
  const std::size_t size = bytes.size();
  return made_by([&](VipsImage** out) {
    switch (kind) {
      case Kind::jpeg:
        return vips_jpegload_buffer(data, size, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
      case Kind::png:
        return vips_pngload_buffer(data, size, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
      case Kind::webp:
        return vips_webpload_buffer(data, size, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
      case Kind::avif:
        return vips_heifload_buffer(data, size, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
    }
    return -1;
  });
}

bool is_too_large(std::int64_t width, std::int64_t height) {
  return width > image_side_max || height > image_side_max || width * height > image_pixels_max;
}

// A WebP without its first frame, or a PNG that ends early, is found out here.
Picture decode(const Picture& opened) { return Picture(vips_image_copy_memory(opened.get())); }

Picture to_srgb(const Picture& picture) {
  if (vips_image_get_typeof(picture.get(), VIPS_META_ICC_NAME) != 0) {
    auto converted = made_by([&](VipsImage** out) {
      return vips_icc_transform(picture.get(), out, "srgb", "embedded", TRUE, "depth", 8, nullptr);
    });
    if (converted) return converted;  // A broken profile is passed over.
  }
  return made_by([&](VipsImage** out) {
    return vips_colourspace(picture.get(), out, VIPS_INTERPRETATION_sRGB, nullptr);
  });
}

// Takes EXIF, XMP, IPTC and the profile away at the source: some encoders write parts of them
// though told not to.
void strip(VipsImage* picture) {
  const std::unique_ptr<char*, void (*)(char**)> fields(vips_image_get_fields(picture), g_strfreev);
  for (char** field = fields.get(); field != nullptr && *field != nullptr; ++field) {
    const std::string_view name = *field;
    const bool is_metadata = name.starts_with("exif-") || name == VIPS_META_XMP_NAME ||
                             name == VIPS_META_IPTC_NAME || name == VIPS_META_ICC_NAME ||
                             name == VIPS_META_PHOTOSHOP_NAME || name == VIPS_META_ORIENTATION;
    if (is_metadata) vips_image_remove(picture, *field);
  }
}

// Upright, sRGB, 8 bits, without metadata, in memory.
Picture prepare(const Picture& decoded) {
  const auto upright =
      made_by([&](VipsImage** out) { return vips_autorot(decoded.get(), out, nullptr); });
  if (!upright) return nullptr;
  const auto srgb = to_srgb(upright);
  if (!srgb) return nullptr;
  const auto bytes = made_by(
      [&](VipsImage** out) { return vips_cast(srgb.get(), out, VIPS_FORMAT_UCHAR, nullptr); });
  if (!bytes) return nullptr;
  Picture prepared(vips_image_copy_memory(bytes.get()));
  if (prepared) strip(prepared.get());
  return prepared;
}

Picture on_white(const Picture& picture) {
  return made_by([&](VipsImage** out) {
    if (!vips_image_hasalpha(picture.get())) return vips_copy(picture.get(), out, nullptr);
    const std::unique_ptr<VipsArrayDouble, void (*)(VipsArrayDouble*)> white(
        vips_array_double_newv(3, 255.0, 255.0, 255.0),
        [](VipsArrayDouble* area) { vips_area_unref(VIPS_AREA(area)); });
    return vips_flatten(picture.get(), out, "background", white.get(), nullptr);
  });
}

std::runtime_error encoding_failed() {
  std::string message = "a picture could not be encoded: ";
  message += vips_error_buffer();
  vips_error_clear();
  return std::runtime_error(message);
}

Picture resized(const Picture& picture, std::int32_t width, std::int32_t height) {
  auto small = made_by([&](VipsImage** out) {
    return vips_thumbnail_image(picture.get(), out, width, "height", height, "size",
                                VIPS_SIZE_FORCE, nullptr);
  });
  if (!small) throw encoding_failed();
  Picture in_memory(vips_image_copy_memory(small.get()));
  if (!in_memory) throw encoding_failed();
  return in_memory;
}

std::string encode(const Picture& with_alpha, Format format) {
  const Picture opaque = format == Format::jpeg ? on_white(with_alpha) : nullptr;
  const Picture& picture = opaque ? opaque : with_alpha;
  void* data = nullptr;
  std::size_t size = 0;
  int status = -1;
  switch (format) {
    case Format::avif:
      status = vips_heifsave_buffer(picture.get(), &data, &size, "compression",
                                    VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "Q", 72, "effort", 2,
                                    "bitdepth", 8, "strip", TRUE, nullptr);
      break;
    case Format::webp:
      status = vips_webpsave_buffer(picture.get(), &data, &size, "Q", 80, "effort", 2,
                                    "smart_subsample", TRUE, "strip", TRUE, nullptr);
      break;
    case Format::jpeg:
      status = vips_jpegsave_buffer(picture.get(), &data, &size, "Q", 82, "interlace", TRUE,
                                    "optimize_coding", TRUE, "strip", TRUE, nullptr);
      break;
  }
  if (status != 0) throw encoding_failed();
  std::string bytes(static_cast<const char*>(data), size);
  g_free(data);
  return format == Format::webp ? without_metadata(bytes) : bytes;
}

std::string average_colour(const Picture& opaque) {
  const auto dot = resized(opaque, 1, 1);
  const auto* pixel = static_cast<const unsigned char*>(vips_image_get_data(dot.get()));
  const int bands = vips_image_get_bands(dot.get());
  std::array<unsigned char, 3> rgb{};
  for (std::size_t band = 0; band < 3; ++band) rgb[band] = pixel[bands >= 3 ? band : 0];
  return "#" + crypto::to_hex(std::span<const unsigned char>(rgb));
}

std::vector<std::int32_t> widths_for(std::int32_t source_width) {
  std::vector<std::int32_t> widths;
  for (const std::int32_t step : steps) {
    if (step <= source_width) widths.push_back(step);
  }
  const bool is_below_last = source_width < steps.back();
  if (widths.empty() || (is_below_last && source_width >= widths.back() * own_step_from)) {
    widths.push_back(source_width);
  }
  return widths;
}

// Nineteen visitors of twenty take the AVIF. The others' formats get every second step, and always
// the widest.
std::vector<Format> formats_at(std::int32_t width, std::int32_t widest) {
  if (width == widest || std::ranges::find(fallback_steps, width) != fallback_steps.end()) {
    return {Format::avif, Format::webp, Format::jpeg};
  }
  return {Format::avif};
}

struct EncodedFile {
  Rendition rendition;
  std::string bytes;
};

EncodedFile encoded(const Picture& small, Format format, const std::string& hash) {
  EncodedFile file;
  file.bytes = encode(small, format);
  const std::int32_t width = vips_image_get_width(small.get());
  file.rendition = {.format = format,
                    .width = width,
                    .height = vips_image_get_height(small.get()),
                    .name = name_of(hash, width, format),
                    .size = static_cast<std::int64_t>(file.bytes.size())};
  return file;
}

void make_renditions(ImportedImage& imported, const Picture& picture) {
  auto& image = imported.image;
  const auto widths = widths_for(image.width);
  std::vector<EncodedFile> files;
  for (const std::int32_t width : widths) {
    const double height = std::round(static_cast<double>(image.height) * width / image.width);
    const auto small = resized(picture, width, std::max(1, static_cast<std::int32_t>(height)));
    for (const Format format : formats_at(width, widths.back())) {
      files.push_back(encoded(small, format, image.hash));
    }
  }
  std::ranges::sort(files, {}, [](const EncodedFile& file) {
    return std::pair(file.rendition.format, file.rendition.width);
  });
  for (EncodedFile& file : files) {
    image.renditions.push_back(std::move(file.rendition));
    imported.files.push_back(std::move(file.bytes));
  }
}

std::string image_hash(std::string_view bytes) {
  return crypto::sha256_hex(std::string(recipe).append(bytes)).substr(0, 32);
}

Result<ImportedImage, ImageRefusal> take_or_import(const Pack& pack, std::string_view bytes) {
  const auto kind = kind_of(bytes);
  auto taken = kind ? pack.take(image_hash(bytes)) : std::nullopt;
  if (!taken) return import_image(bytes);
  taken->original = std::string(bytes);
  taken->original_type = type_of(*kind);
  return *std::move(taken);
}

}  // namespace

Result<ImportedImage, ImageRefusal> import_image(std::string_view bytes) {
  if (bytes.empty()) return refuse(ImageRefusal::empty);
  if (bytes.size() > image_bytes_max) return refuse(ImageRefusal::too_many_bytes);
  const auto kind = kind_of(bytes);
  if (!kind) return refuse(ImageRefusal::unknown_format);

  const VipsThread thread;
  const auto opened = open(bytes, *kind);
  if (!opened) return refuse(ImageRefusal::damaged);
  if (is_too_large(vips_image_get_width(opened.get()), vips_image_get_height(opened.get()))) {
    return refuse(ImageRefusal::too_many_pixels);
  }
  const auto decoded = decode(opened);
  const auto picture = decoded ? prepare(decoded) : nullptr;
  const auto opaque = picture ? on_white(picture) : nullptr;
  vips_error_clear();
  if (!opaque) return refuse(ImageRefusal::damaged);

  ImportedImage imported;
  imported.image.hash = image_hash(bytes);
  imported.image.width = vips_image_get_width(picture.get());
  imported.image.height = vips_image_get_height(picture.get());
  imported.image.colour = average_colour(opaque);
  make_renditions(imported, picture);
  imported.original = std::string(bytes);
  imported.original_type = type_of(*kind);
  return imported;
}

std::vector<Result<ImportedImage, ImageRefusal>> import_images(
    const std::vector<std::string_view>& files, unsigned threads, std::string_view pack) {
  const Pack ready(pack);
  std::vector<std::optional<Result<ImportedImage, ImageRefusal>>> slots(files.size());
  std::vector<std::exception_ptr> failures(files.size());
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> workers;
    const auto count = std::min<std::size_t>(std::max(threads, 1U), files.size());
    for (std::size_t i = 0; i < count; ++i) {
      workers.emplace_back([&] {
        for (std::size_t at = next++; at < files.size(); at = next++) {
          try {
            slots[at].emplace(take_or_import(ready, files[at]));
          } catch (...) {
            failures[at] = std::current_exception();
          }
        }
      });
    }
  }
  std::vector<Result<ImportedImage, ImageRefusal>> results;
  results.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (failures[i]) std::rethrow_exception(failures[i]);
    results.push_back(std::move(*slots[i]));
  }
  return results;
}

}  // namespace osier::media
