// A lock on a folder by a file in it (flock). The system frees it when its holder ends, however
// that happens. Internal to platform/postgres.

#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "platform/base/time.h"

namespace osier::pg {

class FolderLock {
 public:
  // For one holder, whose pid is written into the file. Nothing if another process holds it for
  // longer than `patience`. All three throw std::system_error for a file that cannot be opened.
  static std::optional<FolderLock> take(const std::filesystem::path& file, Duration patience);
  // For any number of holders.
  static FolderLock share(const std::filesystem::path& file);
  // Waits until nobody shares the file, but no longer than `patience`.
  static void wait_until_unused(const std::filesystem::path& file, Duration patience);

  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  static FolderLock open(const std::filesystem::path& file);
  bool try_for(int operation, Duration patience);

  int descriptor_;
};

}  // namespace osier::pg
