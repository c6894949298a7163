// Reads what pack_images() wrote: a line of JSON that says what follows, and then the bytes of each
// image's files.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "media/media.h"

namespace osier::media {

class Pack {
 public:
  // `bytes` outlives the pack. If they are not of pack_images() or cut off, the pack is empty.
  explicit Pack(std::string_view bytes);

  // The image of that hash without its original, or nothing. On any thread.
  std::optional<ImportedImage> take(const std::string& hash) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Image image;
    std::string_view bytes;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace osier::media
