#include "audit/head_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace osier::audit {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void give_up(const std::string& what, const fs::path& file, int error) {
  throw std::runtime_error(file.string() + " " + what + " (" + std::strerror(error) + ")");
}

class Descriptor {
 public:
  Descriptor(const fs::path& file, int flags, mode_t mode)
      : number_(::open(file.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

// One write, so that two appending processes do not mix their lines.
void write_and_sync(const Descriptor& descriptor, const std::string& text, const fs::path& file) {
  const auto written = ::write(descriptor.number(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || ::fsync(descriptor.number()) != 0)
    give_up("cannot be written", file, errno);
}

void make_folder(const fs::path& file) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) give_up("cannot be made", file.parent_path(), error.value());
}

void sync_folder(const fs::path& file) {
  const Descriptor folder(file.parent_path(), O_RDONLY | O_DIRECTORY, 0);
  if (folder.is_open()) ::fsync(folder.number());
}

// Under a name of its own first, so that nobody reads half a key.
void make_key(const fs::path& file, Random& random) {
  make_folder(file);
  const fs::path unfinished = file.string() + "." + random.token(12);
  {
    const Descriptor descriptor(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0400);
    if (!descriptor.is_open()) give_up("cannot be made", unfinished, errno);
    write_and_sync(descriptor, crypto::SigningKey::make(random).text().reveal() + "\n", unfinished);
  }
  const int linked = ::link(unfinished.c_str(), file.c_str());
  const int error = errno;
  ::unlink(unfinished.c_str());
  if (linked != 0 && error != EEXIST) give_up("cannot be made", file, error);
  sync_folder(file);
}

}  // namespace

crypto::SigningKey key_in(const fs::path& file, Random& random) {
  if (!fs::exists(file)) make_key(file, random);
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) give_up("cannot be read", file, errno);
  if ((status.st_mode & 077) != 0)
    throw std::runtime_error(file.string() + " may be read by others: chmod 400 it");
  std::string text = text_in(file);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const auto key = crypto::SigningKey::parse(Secret(std::move(text)));
  if (!key) throw std::runtime_error(file.string() + " is no signing key: 32 bytes in base64");
  return *key;
}

void append_line(const fs::path& file, const std::string& line) {
  make_folder(file);
  const bool is_new = !fs::exists(file);
  const std::string before = text_in(file);
  const bool is_torn = !before.empty() && before.back() != '\n';
  const Descriptor descriptor(file, O_WRONLY | O_CREAT | O_APPEND, 0640);
  if (!descriptor.is_open()) give_up("cannot be written", file, errno);
  write_and_sync(descriptor, (is_torn ? "\n" : "") + line + "\n", file);
  if (is_new) sync_folder(file);
}

std::string text_in(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    if (errno == ENOENT) return "";
    give_up("cannot be read", file, errno);
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace osier::audit
