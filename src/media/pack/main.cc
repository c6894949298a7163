// osier_media_pack OUTPUT ROOT FILE...: imports pictures at build time into one file (see
// pack_images()).
//
// FILEs are paths relative to ROOT. What an older OUTPUT already has is taken from there, so that
// only changed pictures are encoded again.

#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "media/media.h"

namespace {

using osier::media::PackedImage;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// By hash; empty if there is no older pack or it is not one.
std::map<std::string, osier::media::ImportedImage> known_images(const std::string& path) {
  std::map<std::string, osier::media::ImportedImage> known;
  auto images = osier::media::unpack_images(read_file(path));
  if (!images) return known;
  for (PackedImage& packed : *images) {
    known.insert_or_assign(packed.imported.image.hash, std::move(packed.imported));
  }
  return known;
}

// Imports what is not known, on two threads.
void import_missing(std::vector<PackedImage>& images, const std::vector<std::size_t>& missing,
                    const std::vector<std::string>& sources) {
  std::vector<std::string_view> views;
  for (const std::size_t at : missing) views.push_back(sources[at]);
  auto results = osier::media::import_images(views, 2);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    PackedImage& packed = images[missing[i]];
    if (!results[i]) {
      throw std::runtime_error(packed.file + ": " +
                               std::string(osier::media::explain(results[i].error())));
    }
    packed.imported = std::move(*results[i]);
  }
}

void pack(const std::string& output, const std::string& root,
          const std::vector<std::string>& files) {
  auto known = known_images(output);
  std::vector<PackedImage> images(files.size());
  std::vector<std::string> sources(files.size());
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < files.size(); ++i) {
    images[i].file = files[i];
    sources[i] = read_file(root + '/' + files[i]);
    const auto at = known.find(osier::media::image_hash(sources[i]));
    if (at == known.end()) {
      missing.push_back(i);
    } else {
      images[i].imported = at->second;
    }
  }
  import_missing(images, missing, sources);

  std::ofstream file(output, std::ios::binary | std::ios::trunc);
  file << osier::media::pack_images(images);
  if (!file.flush()) throw std::runtime_error(output + " cannot be written");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    std::fputs("osier_media_pack OUTPUT ROOT FILE...\n", stderr);
    return 2;
  }
  try {
    pack(arguments[1], arguments[2], {arguments + 3, arguments + count});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "osier_media_pack: %s\n", error.what());
    return 1;
  }
}
