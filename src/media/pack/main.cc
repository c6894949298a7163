// osier_media_pack OUTPUT ROOT FILE...: imports pictures at build time into one file (see
// pack_images()).
//
// FILEs are paths relative to ROOT. What an older OUTPUT already has is taken from there, so that
// only changed pictures are encoded again.

#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "media/media.h"

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void pack(const std::string& output, const std::string& root,
          const std::vector<std::string>& files) {
  const std::string older = read_file(output);
  std::vector<std::string> sources;
  for (const std::string& file : files) sources.push_back(read_file(root + '/' + file));

  auto results = osier::media::import_images({sources.begin(), sources.end()}, 2, older);
  std::vector<osier::media::ImportedImage> images;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i]) {
      const auto why = osier::media::explain(results[i].error());
      throw std::runtime_error(files[i] + ": " + std::string(why));
    }
    images.push_back(std::move(*results[i]));
  }

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
