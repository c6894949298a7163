#include "privacy/local_root_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "platform/async/loop.h"

namespace osier::privacy {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string name = "/tmp/osier_root_key.XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

SystemRandom random_bytes;
const WrappingKeyPlace place{.id = *Uuid::parse("01980000000070008000000000000001"),
                             .region = "eu"};

template <class T>
T done(Task<T> task) {
  Loop loop;
  std::optional<T> result;
  const auto keep = [](Task<T> from, std::optional<T>& to) -> Task<void> {
    to = co_await std::move(from);
  };
  run_to_end(loop, keep(std::move(task), result));
  return std::move(*result);
}

void make(LocalRootKey& root) {
  Loop loop;
  run_to_end(loop, root.make_if_missing());
}

std::string problem_of(LocalRootKey root) {
  try {
    (void)root.name();
  } catch (const KeyProblem& problem) {
    return problem.what();
  }
  return "";
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
  fs::permissions(file, fs::perms::owner_read);
}

TEST(LocalRootKey, IsMadeInAFileForItsOwnerAlone) {
  const Folder folder;
  const auto file = folder.path / "keys" / "root.key";
  LocalRootKey root(file, random_bytes);
  make(root);
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0400u);
  EXPECT_EQ(status.st_size, 45);
  ASSERT_EQ(::stat(file.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);

  const auto name = root.name();
  make(root);
  EXPECT_EQ(LocalRootKey(file, random_bytes).name(), name) << "a second making changes nothing";
}

TEST(LocalRootKey, UnwrapsInItsPlaceOnly) {
  const Folder folder;
  LocalRootKey root(folder.path / "root.key", random_bytes);
  make(root);
  const auto key = crypto::SealingKey::make(random_bytes);
  const auto wrapped = done(root.wrap(key, place));
  EXPECT_EQ(wrapped.root_key, root.name());
  EXPECT_EQ(done(root.unwrap(wrapped, place)).bytes(), key.bytes());
  EXPECT_THROW(done(root.unwrap(wrapped, {.id = place.id, .region = "us"})), KeyProblem);
  EXPECT_THROW(done(root.unwrap(wrapped, {.id = Uuid(), .region = "eu"})), KeyProblem);
}

TEST(LocalRootKey, IsRefusedWithASentenceThatSaysWhatToDo) {
  const Folder folder;
  const auto file = folder.path / "root.key";
  const auto problem = [&] { return problem_of(LocalRootKey(file, random_bytes)); };
  EXPECT_NE(problem().find("is missing: put the copy that you keep of it there"),
            std::string::npos);
  write(file, "too short\n");
  EXPECT_NE(problem().find("must be 32 bytes in base64"), std::string::npos);
  fs::permissions(file, fs::perms::owner_read | fs::perms::others_read);
  EXPECT_NE(problem().find("chmod 400"), std::string::npos);
}

TEST(LocalRootKey, IsNoOtherThanTheOneThatSealed) {
  LocalRootKey one(Secret(std::string(43, 'A') + "="), random_bytes);
  LocalRootKey two(Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), random_bytes);
  const auto wrapped = done(one.wrap(crypto::SealingKey::make(random_bytes), place));
  try {
    (void)done(two.unwrap(wrapped, place));
    FAIL() << "another root key unwrapped it";
  } catch (const KeyProblem& problem) {
    const std::string sentence = problem.what();
    EXPECT_NE(sentence.find(one.name()), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(two.name()), std::string::npos) << sentence;
  }
}

}  // namespace
}  // namespace osier::privacy
