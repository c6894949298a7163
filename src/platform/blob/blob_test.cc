#include "platform/blob/blob.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/async/loop.h"
#include "platform/blob/folder_store.h"

namespace osier::blob {
namespace {

namespace fs = std::filesystem;

Name name(std::string_view text) {
  const auto parsed = Name::parse(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

TEST(Name, IsPlain) {
  EXPECT_EQ(name("0a1b-2c_3.webp").value(), "0a1b-2c_3.webp");
  EXPECT_TRUE(Name::parse(std::string(128, 'a')));
}

// Hardening 110.
TEST(Name, HasNoTricks) {
  for (const auto* text : {"", ".", "..", "a/b", "/a", "../a", "a..b", ".hidden", "-flag", "a\\b",
                           "A", "a b", "a%2f", "a\n", "a:b", "\xC3\xA4", "~"}) {
    EXPECT_FALSE(Name::parse(text)) << text;
  }
  EXPECT_FALSE(Name::parse(std::string_view("a\0b", 3)));
  EXPECT_FALSE(Name::parse(std::string(129, 'a')));
}

class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "osier_blob_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Task<void> put(Store& store, std::string_view text, std::string bytes, std::string type) {
  co_await store.put(name(text), std::move(bytes), std::move(type));
}

Task<void> get(Store& store, std::string_view text, std::optional<Blob>& blob) {
  blob = co_await store.get(name(text));
}

Task<void> life_of_a_blob(Store& store, std::vector<bool>& existed) {
  existed.push_back(co_await store.exists(name("a.txt")));
  co_await store.put(name("a.txt"), "hello", "text/plain");
  existed.push_back(co_await store.exists(name("a.txt")));
  co_await store.remove(name("a.txt"));
  existed.push_back(co_await store.exists(name("a.txt")));
  co_await store.remove(name("a.txt"));
}

std::optional<Blob> blob_in(Store& store, std::string_view text) {
  std::optional<Blob> blob;
  run_to_end(get(store, text, blob));
  return blob;
}

TEST(FolderStore, GivesBackWhatWasPut) {
  const Folder folder;
  FolderStore store(folder.path() / "media");
  EXPECT_FALSE(blob_in(store, "mug.webp"));

  const std::string bytes("\0\xFF\n", 3);
  run_to_end(put(store, "mug.webp", bytes, "image/webp"));
  run_to_end(put(store, "empty", "", "text/plain"));
  const auto blob = blob_in(store, "mug.webp");
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->bytes, bytes);
  EXPECT_EQ(blob->content_type, "image/webp");
  EXPECT_EQ(blob_in(store, "empty")->bytes, "");
}

TEST(FolderStore, ReplacesWhole) {
  const Folder folder;
  FolderStore store(folder.path());
  run_to_end(put(store, "a", "a longer text", "text/plain"));
  run_to_end(put(store, "a", "{}", "application/json"));
  EXPECT_EQ(blob_in(store, "a")->bytes, "{}");
  EXPECT_EQ(blob_in(store, "a")->content_type, "application/json");

  // Nothing unfinished stays behind: the bytes and their type.
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 2);
}

TEST(FolderStore, KnowsWhatIsThere) {
  const Folder folder;
  FolderStore store(folder.path());
  std::vector<bool> existed;
  run_to_end(life_of_a_blob(store, existed));
  EXPECT_EQ(existed, (std::vector<bool>{false, true, false}));
}

Task<void> put_many(Store& store) {
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 50; ++i) {
    tasks.push_back(
        put(store, i % 2 == 0 ? "even" : "odd", std::string(20'000, 'x'), "text/plain"));
  }
  co_await when_all(std::move(tasks));
}

TEST(FolderStore, TakesManyAtOnce) {
  const Folder folder;
  FolderStore store(folder.path());
  run_to_end(put_many(store));
  EXPECT_EQ(blob_in(store, "even")->bytes.size(), 20'000u);
  EXPECT_EQ(blob_in(store, "odd")->bytes.size(), 20'000u);
}

TEST(FolderStore, SaysWhenItCannotWriteOrRead) {
  const Folder folder;
  std::ofstream(folder.path() / "file") << "in the way";
  FolderStore store(folder.path() / "file");
  EXPECT_THROW(run_to_end(put(store, "a", "x", "text/plain")), Unavailable);
  EXPECT_FALSE(blob_in(store, "a"));
}

}  // namespace
}  // namespace osier::blob
