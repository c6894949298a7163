#include "platform/postgres/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <thread>

namespace osier::pg {

FolderLock FolderLock::open(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
  }
  return FolderLock(descriptor);
}

bool FolderLock::try_for(int operation, Duration patience) {
  const auto give_up_at = std::chrono::steady_clock::now() + patience;
  while (flock(descriptor_, operation | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= give_up_at) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

std::optional<FolderLock> FolderLock::take(const std::filesystem::path& file, Duration patience) {
  FolderLock lock = open(file);
  if (!lock.try_for(LOCK_EX, patience)) return std::nullopt;
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock.descriptor_, 0) != 0 ||
      pwrite(lock.descriptor_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    throw std::system_error(errno, std::generic_category(), "cannot write " + file.string());
  }
  return lock;
}

FolderLock FolderLock::share(const std::filesystem::path& file) {
  FolderLock lock = open(file);
  lock.try_for(LOCK_SH, 5s);
  return lock;
}

void FolderLock::wait_until_unused(const std::filesystem::path& file, Duration patience) {
  FolderLock lock = open(file);
  lock.try_for(LOCK_EX, patience);
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace osier::pg
