#include "privacy/local_root_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "platform/crypto/crypto.h"

namespace osier::privacy {

namespace fs = std::filesystem;

namespace {

constexpr const char* guide = "; docs/operating/keys.md says how to keep and restore it";

[[noreturn]] void give_up(const fs::path& file, const char* what, int error) {
  throw KeyProblem(
      fmt::format("the root key's file {} {} ({})", file.string(), what, std::strerror(error)));
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
  int number() const { return number_; }

 private:
  int number_;
};

void make_private_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error)) return;
  fs::create_directories(folder, error);
  if (error) give_up(folder, "cannot be made", error.value());
  fs::permissions(folder, fs::perms::owner_all, error);
}

// Whole or not at all, and the first of two makers wins: under a name of its own, then linked.
void make_file(const fs::path& file, const std::string& text, Random& random) {
  make_private_folder(file.parent_path());
  const fs::path unfinished = file.string() + "." + random.token(12);
  {
    const Descriptor descriptor(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0400);
    if (descriptor.number() < 0) give_up(unfinished, "cannot be made", errno);
    const auto written = ::write(descriptor.number(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(descriptor.number()) != 0) {
      const int error = errno;
      ::unlink(unfinished.c_str());
      give_up(unfinished, "cannot be written", error);
    }
  }
  const int linked = ::link(unfinished.c_str(), file.c_str());
  const int error = errno;
  ::unlink(unfinished.c_str());
  if (linked != 0 && error != EEXIST) give_up(file, "cannot be made", error);
  const Descriptor folder(file.parent_path(), O_RDONLY | O_DIRECTORY, 0);
  if (folder.number() >= 0) ::fsync(folder.number());
}

std::string text_in(const fs::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno != ENOENT) give_up(file, "cannot be read", errno);
    throw KeyProblem(
        fmt::format("the database has sealed data, but the root key's file {} is missing: put the "
                    "copy that you "
                    "keep of it there, or name it by OSIER_ROOT_KEY_FILE{}",
                    file.string(), guide));
  }
  if ((status.st_mode & 077) != 0)
    throw KeyProblem(
        fmt::format("the root key's file {} may be read by others: chmod 400 it", file.string()));
  std::ifstream stream(file, std::ios::binary);
  if (!stream) give_up(file, "cannot be read", errno);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::string context_of(const WrappingKeyPlace& place) {
  return fmt::format("v1|wrapping_key|{}|{}", place.id.to_string(), place.region);
}

}  // namespace

LocalRootKey::LocalRootKey(fs::path file, Random& random, FirstKey first)
    : file_(std::move(file)), random_(random), first_(first) {}

LocalRootKey::LocalRootKey(Secret text, Random& random) : text_(std::move(text)), random_(random) {}

std::string LocalRootKey::place_in_words() const {
  return file_.empty() ? "the root key of OSIER_ROOT_KEY" : "the root key in " + file_.string();
}

const crypto::SealingKey& LocalRootKey::key() {
  if (!key_) {
    const std::string text = file_.empty() ? text_.reveal() : text_in(file_);
    const auto bytes = crypto::from_base64(text);
    key_ = bytes ? crypto::SealingKey::from(*bytes) : std::nullopt;
    if (!key_) throw KeyProblem(place_in_words() + " must be 32 bytes in base64");
  }
  return *key_;
}

std::string LocalRootKey::name() {
  const std::string digest = crypto::sha256_hex("osier root key|" + std::string(key().bytes()));
  return "file:" + digest.substr(0, 16);
}

Task<void> LocalRootKey::make_if_missing() {
  std::error_code error;
  if (!file_.empty() && !fs::exists(file_, error)) {
    if (first_ == FirstKey::put_there) {
      throw KeyProblem(fmt::format(
          "a root key is needed, and in production with OSIER_DATABASE_URL none is made unasked: "
          "make one with `openssl rand -base64 32`, keep a copy, and name its file by "
          "OSIER_ROOT_KEY_FILE on every machine{}",
          guide));
    }
    const auto made = crypto::SealingKey::make(random_);
    make_file(file_, crypto::to_base64(made.bytes()) + "\n", random_);
  }
  co_return;
}

Task<WrappedByRoot> LocalRootKey::wrap(crypto::SealingKey wrapping, WrappingKeyPlace place) {
  const std::string sealed = crypto::seal(key(), random_, context_of(place), wrapping.bytes());
  WrappedByRoot wrapped{.root_key = name(), .bytes = {sealed.begin(), sealed.end()}};
  co_return wrapped;
}

Task<crypto::SealingKey> LocalRootKey::unwrap(WrappedByRoot wrapped, WrappingKeyPlace place) {
  if (wrapped.root_key != name()) {
    throw KeyProblem(fmt::format(
        "the database was sealed with root key {}, but {} is {}: put the right one there{}",
        wrapped.root_key, place_in_words(), name(), guide));
  }
  const auto opened =
      crypto::open(key(), context_of(place),
                   {reinterpret_cast<const char*>(wrapped.bytes.data()), wrapped.bytes.size()});
  auto wrapping = opened ? crypto::SealingKey::from(*opened) : std::nullopt;
  if (!wrapping) {
    throw KeyProblem("wrapping key " + place.id.to_string() +
                     " does not open with its root key: the row was changed, or belongs to another "
                     "database");
  }
  co_return *wrapping;
}

}  // namespace osier::privacy
