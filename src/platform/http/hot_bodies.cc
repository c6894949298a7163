#include "platform/http/hot_bodies.h"

#include <sys/mman.h>
#include <unistd.h>

namespace osier::http {

namespace {

constexpr std::size_t bytes_min =
    4 * 1024;  // Below it the second system call costs more than the copy.
constexpr std::uint32_t times_min = 32;
constexpr std::size_t bytes_max = 256 * 1024;
constexpr std::size_t entries_max = 64;  // Each may hold a file descriptor and a second copy.

std::shared_ptr<const BodyFile> written(const std::string& body) {
  const int descriptor = memfd_create("osier-page", MFD_CLOEXEC);
  if (descriptor < 0) return nullptr;  // Out of descriptors: copying goes on.
  auto file = std::make_shared<const BodyFile>(descriptor);
  std::size_t done = 0;
  while (done < body.size()) {
    const auto size = ::write(descriptor, body.data() + done, body.size() - done);
    if (size <= 0) return nullptr;
    done += static_cast<std::size_t>(size);
  }
  return file;
}

bool is_same(const std::weak_ptr<const std::string>& left,
             const std::shared_ptr<const std::string>& right) {
  return !left.owner_before(right) && !right.owner_before(left);
}

}  // namespace

BodyFile::~BodyFile() { ::close(descriptor_); }

std::shared_ptr<const BodyFile> HotBodies::file_of(const std::shared_ptr<const std::string>& body) {
  if (body->size() < bytes_min || body->size() > bytes_max) return nullptr;
  const auto found = entries_.find(body.get());
  if (found == entries_.end()) {
    if (entries_.size() < entries_max)
      entries_[body.get()] = {.body = body, .times = 1, .file = {}};
    return nullptr;
  }
  Entry& entry = found->second;
  if (!is_same(entry.body, body)) {
    entry = {.body = body, .times = 1, .file = {}};
    return nullptr;
  }
  if (!entry.file && ++entry.times == times_min) entry.file = written(*body);
  return entry.file;
}

void HotBodies::forget_gone() {
  // When it gets crowded, those that are not hot yet make room for others to become so.
  const bool is_crowded = entries_.size() > entries_max / 2;
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.second.body.expired() || (is_crowded && !entry.second.file);
  });
}

}  // namespace osier::http
