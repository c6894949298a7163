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

// A store in a folder of its own, with a loop that outlives it.
class Shelf {
 public:
  explicit Shelf(const fs::path& sub_folder = {}) : store_(folder_.path() / sub_folder) {}

  // Runs the task to its end; an exception comes out.
  void run(Task<void> task) {
    std::exception_ptr error;
    loop_.spawn(ended(std::move(task), error));
    loop_.run();
    if (error) std::rethrow_exception(error);
  }
  Store& store() { return store_; }
  const fs::path& path() const { return folder_.path(); }

 private:
  Task<void> ended(Task<void> task, std::exception_ptr& error) {
    try {
      co_await std::move(task);
    } catch (...) {
      error = std::current_exception();
    }
    loop_.stop();
  }

  Folder folder_;
  Loop loop_;
  FolderStore store_;
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

std::optional<Blob> blob_in(Shelf& shelf, std::string_view text) {
  std::optional<Blob> blob;
  shelf.run(get(shelf.store(), text, blob));
  return blob;
}

TEST(FolderStore, GivesBackWhatWasPut) {
  Shelf shelf("media");
  EXPECT_FALSE(blob_in(shelf, "mug.webp"));

  const std::string bytes("\0\xFF\n", 3);
  shelf.run(put(shelf.store(), "mug.webp", bytes, "image/webp"));
  shelf.run(put(shelf.store(), "empty", "", "text/plain"));
  const auto blob = blob_in(shelf, "mug.webp");
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->bytes, bytes);
  EXPECT_EQ(blob->content_type, "image/webp");
  EXPECT_EQ(blob_in(shelf, "empty")->bytes, "");
}

TEST(FolderStore, ReplacesWhole) {
  Shelf shelf;
  shelf.run(put(shelf.store(), "a", "a longer text", "text/plain"));
  shelf.run(put(shelf.store(), "a", "{}", "application/json"));
  EXPECT_EQ(blob_in(shelf, "a")->bytes, "{}");
  EXPECT_EQ(blob_in(shelf, "a")->content_type, "application/json");

  // Nothing unfinished stays behind: the bytes and their type.
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(shelf.path())) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 2);
}

TEST(FolderStore, KnowsWhatIsThere) {
  Shelf shelf;
  std::vector<bool> existed;
  shelf.run(life_of_a_blob(shelf.store(), existed));
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
  Shelf shelf;
  shelf.run(put_many(shelf.store()));
  EXPECT_EQ(blob_in(shelf, "even")->bytes.size(), 20'000u);
  EXPECT_EQ(blob_in(shelf, "odd")->bytes.size(), 20'000u);
}

TEST(FolderStore, SaysWhenItCannotWriteOrRead) {
  Shelf shelf("file");
  std::ofstream(shelf.path() / "file") << "in the way";
  EXPECT_THROW(shelf.run(put(shelf.store(), "a", "x", "text/plain")), Unavailable);
  EXPECT_FALSE(blob_in(shelf, "a"));
}

}  // namespace
}  // namespace osier::blob
