#include "media/media.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "media/pack.h"
#include "platform/async/loop.h"

namespace osier::media {
namespace {

std::string demo_file(const std::string& name) {
  std::ifstream file(std::filesystem::path(OSIER_DEMO_FOLDER) / "images" / name, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

const ImportedImage& mug() {
  static const ImportedImage imported = *import_image(demo_file("speckled-mug.webp"));
  return imported;
}

std::string_view mug_file(Format format, std::int32_t width) {
  for (std::size_t i = 0; i < mug().files.size(); ++i) {
    const Rendition& rendition = mug().image.renditions[i];
    if (rendition.format == format && rendition.width == width) return mug().files[i];
  }
  return {};
}

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text += static_cast<char>((value >> shift) & 0xff);
  }
  return text;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % 65'521;
    b = (b + a) % 65'521;
  }
  return (b << 16) | a;
}

std::string png_chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + type + data +
         big_endian(crc32(type + data), 4);
}

// A PNG that promises width × height black pixels in a hundred bytes.
std::string bomb(std::uint32_t width, std::uint32_t height) {
  using namespace std::string_literals;
  const auto header = big_endian(width, 4) + big_endian(height, 4) + "\1\0\0\0\0"s;
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) +
         png_chunk("IDAT", "\x78\x9c\x03\0\0\0\0\1"s) + png_chunk("IEND", "");
}

// The JPEG with an EXIF block that turns it by 90 degrees and names the camera.
std::string with_exif(std::string_view jpeg) {
  using namespace std::string_literals;
  const auto tiff = "MM\0*\0\0\0\x08\0\x02"s +               // Two entries.
                    "\x01\x0f\0\x02\0\0\0\x0c\0\0\0\x26"s +  // Make, at offset 38.
                    "\x01\x12\0\x03\0\0\0\1\0\6\0\0"s +      // Orientation 6.
                    "\0\0\0\0"s + "SecretMaker\0"s;
  const auto block = "Exif\0\0"s + tiff;
  return std::string(jpeg.substr(0, 2)) + "\xff\xe1" +
         big_endian(static_cast<std::uint32_t>(block.size() + 2), 2) + block +
         std::string(jpeg.substr(2));
}

TEST(ImportImage, MakesEveryStepOfAPictureFromTheDemo) {
  const Image& image = mug().image;
  EXPECT_EQ(image.width, 640);
  EXPECT_EQ(image.height, 800);
  EXPECT_EQ(image.hash.size(), 32U);
  EXPECT_EQ(image.colour.size(), 7U);
  EXPECT_EQ(image.colour.front(), '#');

  std::string made;
  for (const Rendition& rendition : image.renditions) {
    made += std::string(to_string(rendition.format)) + std::to_string(rendition.width) + 'x' +
            std::to_string(rendition.height) + ' ';
  }
  EXPECT_EQ(made,
            "avif160x200 avif320x400 avif480x600 avif640x800 webp320x400 webp640x800 "
            "jpeg320x400 jpeg640x800 ");
  for (std::size_t i = 0; i < mug().files.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(image.renditions[i].size), mug().files[i].size());
  }
}

TEST(ImportImage, GivesTheSameNamesForTheSameBytes) {
  const auto again = import_image(demo_file("speckled-mug.webp"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->image, mug().image);
}

TEST(ImportImage, ReadsItsOwnRenditionsInAllFormats) {
  for (const Format format : {Format::avif, Format::webp, Format::jpeg}) {
    const auto imported = import_image(mug_file(format, 320));
    ASSERT_TRUE(imported) << to_string(format);
    EXPECT_EQ(imported->image.width, 320);
    EXPECT_EQ(imported->image.height, 400);
  }
}

TEST(ImportImage, GivesASourceBetweenTwoStepsItsOwnWidth) {
  const auto hero = import_image(demo_file("hero-table.webp"));
  ASSERT_TRUE(hero);
  EXPECT_EQ(hero->image.renditions.back().width, 1280);

  const auto small = import_image(mug_file(Format::avif, 160));
  ASSERT_TRUE(small);
  EXPECT_EQ(fallback(small->image, 640).width, 160);
}

TEST(ImportImage, TurnsUprightAndStripsMetadata) {
  const auto imported = import_image(with_exif(mug_file(Format::jpeg, 320)));
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported->image.width, 400);
  EXPECT_EQ(imported->image.height, 320);
  for (std::size_t i = 0; i < imported->files.size(); ++i) {
    const auto& name = imported->image.renditions[i].name;
    EXPECT_EQ(imported->files[i].find("SecretMaker"), std::string::npos) << name;
    EXPECT_EQ(imported->files[i].find("Exif"), std::string::npos) << name;
    EXPECT_EQ(imported->files[i].find("EXIF"), std::string::npos) << name;
  }
}

TEST(ImportImage, RefusesWhatIsNoPicture) {
  EXPECT_EQ(import_image("").error(), ImageRefusal::empty);
  EXPECT_EQ(
      import_image("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>").error(),
      ImageRefusal::unknown_format);
  EXPECT_EQ(import_image("<?xml version=\"1.0\"?><svg/>").error(), ImageRefusal::unknown_format);
  EXPECT_EQ(import_image("GIF89a\1\0\1\0").error(), ImageRefusal::unknown_format);
  EXPECT_EQ(import_image("%PDF-1.7").error(), ImageRefusal::unknown_format);
  EXPECT_EQ(import_image("\xff\xd8\xff\xe0 but nothing more").error(), ImageRefusal::damaged);
}

TEST(ImportImage, RefusesATruncatedFileOfEveryFormat) {
  for (const Format format : {Format::avif, Format::webp, Format::jpeg}) {
    const auto whole = mug_file(format, 640);
    const auto half = import_image(whole.substr(0, whole.size() / 2));
    ASSERT_FALSE(half) << to_string(format);
    EXPECT_EQ(half.error(), ImageRefusal::damaged);
  }
}

TEST(ImportImage, RefusesABombByItsHeader) {
  EXPECT_EQ(import_image(bomb(65'500, 65'500)).error(), ImageRefusal::too_many_pixels);
  EXPECT_EQ(import_image(bomb(8'001, 5'000)).error(), ImageRefusal::too_many_pixels);
  EXPECT_EQ(import_image(bomb(12'001, 1)).error(), ImageRefusal::too_many_pixels);
  // At the limit it is decoded, and found to have no pixels.
  EXPECT_EQ(import_image(bomb(8'000, 5'000)).error(), ImageRefusal::damaged);
}

TEST(ImportImage, RefusesOneByteTooMuch) {
  std::string large = demo_file("speckled-mug.webp");
  large.resize(image_bytes_max + 1);
  EXPECT_EQ(import_image(large).error(), ImageRefusal::too_many_bytes);
}

TEST(ImportImage, KeepsTransparencyWhereTheFormatHasIt) {
  // A GIMP-like PNG of one colour: 2 × 2 pixels, RGBA, half transparent red.
  using namespace std::string_literals;
  const auto header = big_endian(2, 4) + big_endian(2, 4) + "\x08\x06\0\0\0"s;
  const auto row = "\0\xff\0\0\x80\xff\0\0\x80"s;
  const auto rows = row + row;
  const auto length = static_cast<std::uint16_t>(rows.size());
  std::string stored = "\x78\x01\x01"s;  // zlib with one stored block.
  stored += static_cast<char>(length & 0xff);
  stored += static_cast<char>(length >> 8);
  stored += static_cast<char>(~length & 0xff);
  stored += static_cast<char>((~length >> 8) & 0xff);
  stored += rows + big_endian(adler32(rows), 4);
  const auto png = "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + png_chunk("IDAT", stored) +
                   png_chunk("IEND", "");

  const auto imported = import_image(png);
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported->image.colour, "#ff7f7f");
  EXPECT_EQ(imported->image.renditions.size(), 3U);
  EXPECT_TRUE(import_image(imported->files[1]));  // The WebP, with its alpha.
}

TEST(ImportImages, KeepsTheOrder) {
  const std::string bytes = demo_file("soap-dish.webp");
  const auto results = import_images({bytes, "no picture", mug().original}, 2);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(results[0]);
  EXPECT_FALSE(results[1]);
  ASSERT_TRUE(results[2]);
  EXPECT_EQ(results[2]->image, mug().image);
}

TEST(Pack, GivesImagesAsTheyWentIn) {
  const auto bytes = pack_images({mug()});
  const auto taken = Pack(bytes).take(mug().image.hash);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->image, mug().image);
  EXPECT_EQ(taken->files, mug().files);
  EXPECT_FALSE(Pack(bytes).take(std::string(32, '0')));
}

TEST(Pack, IsEmptyIfItIsCutOffOrNone) {
  const auto bytes = pack_images({mug()});
  EXPECT_EQ(Pack(bytes).size(), 1U);
  EXPECT_EQ(Pack(bytes.substr(0, bytes.size() - 1)).size(), 0U);
  EXPECT_EQ(Pack(bytes + "x").size(), 0U);
  EXPECT_EQ(Pack("").size(), 0U);
  EXPECT_EQ(Pack("[]").size(), 0U);
}

TEST(ImportImages, TakesFromThePackWhatItHas) {
  auto marked = mug();
  marked.files.front().front() = '!';  // Encoded anew, it would not begin so.
  const auto pack = pack_images({marked});
  const auto results = import_images({mug().original, mug_file(Format::jpeg, 320)}, 2, pack);
  ASSERT_TRUE(results[0]);
  EXPECT_EQ(results[0]->files, marked.files);
  EXPECT_EQ(results[0]->original, mug().original);
  EXPECT_EQ(results[0]->original_type, "image/webp");
  ASSERT_TRUE(results[1]);
  EXPECT_EQ(results[1]->image.width, 320);
}

TEST(Rendition, GoesThroughJsonUnchanged) {
  const auto& renditions = mug().image.renditions;
  EXPECT_EQ(renditions_from_json(renditions_to_json(renditions)), renditions);
  EXPECT_FALSE(renditions_from_json("{}"));
  EXPECT_FALSE(renditions_from_json(R"([{"format":"gif"}])"));
}

TEST(Rendition, StandsInASrcset) {
  const std::string base = "/media/" + mug().image.hash;
  EXPECT_EQ(srcset(mug().image, Format::jpeg), base + "-320.jpg 320w, " + base + "-640.jpg 640w");
  EXPECT_EQ(url_of(fallback(mug().image, 320)), base + "-320.jpg");
  EXPECT_EQ(url_of(fallback(mug().image, 321)), base + "-640.jpg");
  EXPECT_EQ(url_of(fallback(mug().image, 9'999)), base + "-640.jpg");
  EXPECT_EQ(url_of(mug().image.hash, 160, Format::webp), base + "-160.webp");
}

TEST(RenditionName, IsReadOnlyInItsExactForm) {
  const std::string hash(32, 'a');
  const auto name = parse_rendition_name(hash + "-640.jpg");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->width, 640);
  EXPECT_EQ(name->format, Format::jpeg);

  for (const std::string& wrong :
       {hash + "-640.jpeg", hash + "-0640.jpg", hash + "-.jpg", hash + "-640.jpg.jpg",
        hash + "-640", hash + "-original", "A" + hash.substr(1) + "-640.jpg", "../" + hash,
        hash.substr(1) + "-640.jpg", hash + "-123456.jpg", hash + "--64.jpg", std::string()}) {
    EXPECT_FALSE(parse_rendition_name(wrong)) << wrong;
  }
}

class MemoryStore final : public blob::Store {
 public:
  Task<void> put(blob::Name name, std::string bytes, std::string content_type) override {
    blobs[name.value()] = {std::move(bytes), std::move(content_type)};
    co_return;
  }
  Task<std::optional<blob::Blob>> get(blob::Name name) override {
    ++reads;
    const auto at = blobs.find(name.value());
    if (at == blobs.end()) co_return std::nullopt;
    co_return at->second;
  }
  Task<bool> exists(blob::Name name) override { co_return blobs.contains(name.value()); }
  Task<void> remove(blob::Name name) override {
    blobs.erase(name.value());
    co_return;
  }

  std::map<std::string, blob::Blob> blobs;
  int reads = 0;
};

// A shop whose store has the mug.
class Delivery : public testing::Test {
 protected:
  Delivery() {
    run_to_end(keep_files(store, mug()));
    add_media_routes(router, store);
  }

  http::Response get(const std::string& path, const std::string& if_none_match = {}) {
    auto match = router.match(http::Method::get, path);
    http::Request request;
    request.path = path;
    request.path_values = match.path_values;
    if (!if_none_match.empty()) request.headers.set("If-None-Match", if_none_match);
    if (auto quick = match.options->quick(request)) return *quick;
    http::Response response;
    run_to_end(answer(*match.handler, request, response));
    return response;
  }

  static Task<void> answer(const http::Handler& handler, http::Request request,
                           http::Response& response) {
    response = co_await handler(std::move(request));
  }

  MemoryStore store;
  http::Router router;
};

TEST_F(Delivery, KeepsRenditionsAndTheOriginal) {
  EXPECT_EQ(store.blobs.size(), mug().files.size() + 1);
  EXPECT_EQ(store.blobs.at(mug().image.hash + "-original").bytes, mug().original);
}

TEST_F(Delivery, HandsOutAFileForEver) {
  const auto response = get(url_of(mug().image.hash, 640, Format::avif));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "image/avif");
  EXPECT_EQ(response.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.body_view(), mug_file(Format::avif, 640));
}

TEST_F(Delivery, ReadsTheStoreOnce) {
  const auto url = url_of(mug().image.hash, 320, Format::webp);
  get(url);
  EXPECT_EQ(get(url).body_view(), mug_file(Format::webp, 320));
  EXPECT_EQ(store.reads, 1);
}

TEST_F(Delivery, SaysNotModifiedToWhoHasIt) {
  const auto url = url_of(mug().image.hash, 320, Format::webp);
  const std::string etag(*get(url).headers.get("ETag"));
  const auto response = get(url, etag);
  EXPECT_EQ(response.status, 304);
  EXPECT_TRUE(response.body_view().empty());
}

TEST_F(Delivery, LooksForNothingElse) {
  EXPECT_EQ(get("/media/" + mug().image.hash + "-original").status, 404);
  EXPECT_EQ(get("/media/..").status, 404);
  EXPECT_EQ(store.reads, 0);
  EXPECT_EQ(get("/media/" + std::string(32, '0') + "-640.avif").status, 404);
  EXPECT_EQ(store.reads, 1);
}

}  // namespace
}  // namespace osier::media
