// Pictures: taken in once, made into renditions for browsers, handed out under names that never
// change their content.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/async/task.h"
#include "platform/base/result.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"
#include "platform/blob/blob.h"
#include "platform/http/router.h"

namespace osier::pg {
class Transaction;
}

namespace osier::media {

using ImageId = Strong<struct ImageTag, Uuid>;

enum class Format { avif, webp, jpeg };

// "avif", "webp", "jpeg": the words in the database and in the snapshot.
std::string_view to_string(Format format);
// "image/avif" and so on.
std::string_view content_type(Format format);

// One file a browser may load.
struct Rendition {
  Format format = Format::jpeg;
  std::int32_t width = 0;
  std::int32_t height = 0;
  std::string name;       // "<hash>-<width>.<ext>", below /media/.
  std::int64_t size = 0;  // Bytes.

  friend bool operator==(const Rendition&, const Rendition&) = default;
};

struct Image {
  std::string hash;        // 32 hex digits, of the source's bytes and the recipe.
  std::int32_t width = 0;  // Of the source, upright.
  std::int32_t height = 0;
  std::string colour;                 // Its average, "#rrggbb": shown until the picture is there.
  std::vector<Rendition> renditions;  // By format, then by width.

  friend bool operator==(const Image&, const Image&) = default;
};

inline constexpr std::size_t image_bytes_max = 20 * 1024 * 1024;
inline constexpr std::int64_t image_pixels_max = 40'000'000;
inline constexpr std::int32_t image_side_max = 12'000;

enum class ImageRefusal {
  empty,
  too_many_bytes,   // Above image_bytes_max.
  unknown_format,   // Neither JPEG, PNG, WebP nor AVIF.
  too_many_pixels,  // Above image_pixels_max, or a side above image_side_max.
  damaged,          // Truncated, or not what its first bytes say.
};

// A sentence for whoever brought the file.
std::string_view explain(ImageRefusal refusal);

// An image with the bytes of its files, ready to be kept.
struct ImportedImage {
  Image image;
  std::vector<std::string> files;  // One per rendition, in the same order.
  std::string original;
  std::string original_type;
};

// Decodes, checks and encodes: tens to hundreds of milliseconds of CPU, so call it on a thread that
// serves nobody. May be called on many threads at once. Throws std::runtime_error if a picture that
// decoded cannot be encoded.
Result<ImportedImage, ImageRefusal> import_image(std::string_view bytes);

// The same for many, on `threads` threads of its own; results in the order of `files`. What `pack`
// has is taken from there.
std::vector<Result<ImportedImage, ImageRefusal>> import_images(
    const std::vector<std::string_view>& files, unsigned threads, std::string_view pack = {});

// Images imported ahead of time, in one string, found by the hash of their source: the demo's are
// made when Osier is built, since encoding them takes longer than all the rest of a seed. The
// originals are not in it.
std::string pack_images(const std::vector<ImportedImage>& images);

// Keeps the files of an image. Storing one again changes nothing. Throws blob::Unavailable.
Task<void> keep_files(blob::Store& store, ImportedImage imported);

// Writes the row of an image, or finds the one that has its hash already. Joins the caller's
// transaction.
Task<ImageId> save_image(pg::Transaction& transaction, Image image, Instant now);

// The JSON of media.images.renditions and back; nothing if it is not such JSON.
std::string renditions_to_json(const std::vector<Rendition>& renditions);
std::optional<std::vector<Rendition>> renditions_from_json(std::string_view json);

// "/media/<name>".
std::string url_of(const Rendition& rendition);
// The value of a srcset attribute with the renditions of one format: "/media/…-320.avif 320w, …";
// empty if there are none.
std::string srcset(const Image& image, Format format);
// The narrowest JPEG that has at least `width`, or else the widest: for <img src>, mails and link
// previews. The image has one.
const Rendition& fallback(const Image& image, std::int32_t width);
// "<hash>-<width>.<ext>".
std::string name_of(std::string_view hash, std::int32_t width, Format format);
// The URL of a rendition if all one has is the image's hash (an order's line). `width` is a step of
// the ladder.
std::string url_of(std::string_view hash, std::int32_t width, Format format);

// The parts of a rendition's file name; nothing if `name` is not exactly of that form.
struct RenditionName {
  std::string hash;
  std::int32_t width = 0;
  Format format = Format::jpeg;
};
std::optional<RenditionName> parse_rendition_name(std::string_view name);

// GET /media/{name}  ->  200 the file, for ever | 304 | 404 | 503
// Small files stay in memory, `cache_bytes_max` at most. `store` outlives the router.
void add_media_routes(http::Router& router, blob::Store& store,
                      std::size_t cache_bytes_max = 16 * 1024 * 1024);

}  // namespace osier::media
