#include "platform/blob/folder_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <cstring>

#include "platform/async/loop.h"
#include "platform/base/require.h"
#include "platform/base/result.h"
#include "platform/crypto/crypto.h"

namespace osier::blob {

namespace fs = std::filesystem;

struct FolderStore::Threads {
  boost::asio::thread_pool pool{2};

  // Runs `work` on one of the threads; the awaiting coroutine goes on with its result, or its
  // Unavailable, on its own loop. Only the text of an exception changes threads.
  template <class Work, class T = std::invoke_result_t<Work>>
  Task<T> run(Work work) {
    OneShot<Result<T, std::string>> outcome;
    boost::asio::post(pool, [outcome, work = std::move(work)]() mutable {
      try {
        outcome.set(work());
      } catch (const Unavailable& unavailable) {
        outcome.set(refuse(std::string(unavailable.what())));
      }
    });
    auto result = co_await outcome.get();
    if (!result) throw Unavailable(result.error());
    co_return std::move(*result);
  }
};

namespace {

// Makes names of unfinished files differ within this process; the process id does so between
// processes.
std::atomic<unsigned long> next_unfinished = 0;

[[noreturn]] void throw_unavailable(const std::string& what, const fs::path& path, int error) {
  throw Unavailable(what + " " + path.string() + ": " + std::strerror(error));
}

class File {
 public:
  File(const fs::path& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

struct Paths {
  fs::path folder;
  fs::path bytes;
  fs::path type;
};

Paths paths_of(const fs::path& root, const Name& name) {
  const auto folder = root / crypto::sha256_hex(name.value()).substr(0, 2);
  return {.folder = folder,
          .bytes = folder / name.value(),
          .type = folder / ("." + name.value() + ".type")};
}

void flush_folder(const fs::path& folder) {
  const File file(folder, O_RDONLY | O_DIRECTORY);
  if (!file.is_open() || ::fsync(file.descriptor()) != 0) {
    throw_unavailable("cannot flush the folder", folder, errno);
  }
}

// Makes the folder and flushes the one that names it.
void make_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::create_directories(folder, error)) {
    if (error) throw_unavailable("cannot make the folder", folder, error.value());
    return;
  }
  flush_folder(folder.parent_path());
}

void write_bytes(const File& file, const fs::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file.descriptor(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_unavailable("cannot write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.descriptor()) != 0) throw_unavailable("cannot flush", path, errno);
}

// Writes a new file and puts it in the place of the old one in one step.
void replace_file(const fs::path& path, std::string_view bytes) {
  const auto unfinished = path.parent_path() / (".new-" + std::to_string(::getpid()) + "-" +
                                                std::to_string(next_unfinished++));
  try {
    const File file(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open()) throw_unavailable("cannot make", unfinished, errno);
    write_bytes(file, unfinished, bytes);
    if (::rename(unfinished.c_str(), path.c_str()) != 0) {
      throw_unavailable("cannot make", path, errno);
    }
  } catch (...) {
    ::unlink(unfinished.c_str());
    throw;
  }
}

// Nothing if there is no such file.
std::optional<std::string> read_file(const fs::path& path) {
  const File file(path, O_RDONLY | O_NOFOLLOW);
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw_unavailable("cannot read", path, errno);
  }
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0) throw_unavailable("cannot read", path, errno);
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto count = ::read(file.descriptor(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_unavailable("cannot read", path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

bool put_now(const Paths& paths, const std::string& bytes, const std::string& content_type) {
  make_folder(paths.folder);
  replace_file(paths.type, content_type);
  replace_file(paths.bytes, bytes);
  flush_folder(paths.folder);
  return true;
}

std::optional<Blob> get_now(const Paths& paths) {
  auto bytes = read_file(paths.bytes);
  if (!bytes) return std::nullopt;
  auto type = read_file(paths.type);
  return Blob{.bytes = std::move(*bytes),
              .content_type = type ? std::move(*type) : "application/octet-stream"};
}

bool exists_now(const Paths& paths) {
  struct stat status{};
  if (::lstat(paths.bytes.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw_unavailable("cannot look for", paths.bytes, errno);
}

// The bytes first: what has no bytes is not there.
bool remove_now(const Paths& paths) {
  for (const auto* path : {&paths.bytes, &paths.type}) {
    if (::unlink(path->c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
      throw_unavailable("cannot remove", *path, errno);
    }
  }
  return true;
}

}  // namespace

FolderStore::FolderStore(fs::path folder)
    : folder_(std::move(folder)), threads_(std::make_unique<Threads>()) {}

FolderStore::~FolderStore() { threads_->pool.join(); }

Task<void> FolderStore::put(Name name, std::string bytes, std::string content_type) {
  require(content_type.find_first_of("\r\n") == std::string::npos, "a content type is one line");
  auto work = [paths = paths_of(folder_, name), bytes = std::move(bytes),
               type = std::move(content_type)] { return put_now(paths, bytes, type); };
  co_await threads_->run(std::move(work));
}

Task<std::optional<Blob>> FolderStore::get(Name name) {
  auto work = [paths = paths_of(folder_, name)] { return get_now(paths); };
  co_return co_await threads_->run(std::move(work));
}

Task<bool> FolderStore::exists(Name name) {
  auto work = [paths = paths_of(folder_, name)] { return exists_now(paths); };
  co_return co_await threads_->run(std::move(work));
}

Task<void> FolderStore::remove(Name name) {
  auto work = [paths = paths_of(folder_, name)] { return remove_now(paths); };
  co_await threads_->run(std::move(work));
}

}  // namespace osier::blob
