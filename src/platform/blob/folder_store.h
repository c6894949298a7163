// Blobs as files in a folder, spread over 256 sub-folders by a hash of their name.
//
// `ab/NAME` has the bytes, `ab/.NAME.type` the content type. Both are written to a new file,
// flushed and renamed, the type first, so whoever finds the bytes finds their type. File work is
// done by two threads of the store's own.

#pragma once

#include <filesystem>
#include <memory>

#include "platform/blob/blob.h"

namespace osier::blob {

class FolderStore final : public Store {
 public:
  // Makes `folder` when the first blob comes.
  explicit FolderStore(std::filesystem::path folder);
  // Waits for work that has begun. Goes before the loops that use it.
  ~FolderStore() override;

  Task<void> put(Name name, std::string bytes, std::string content_type) override;
  Task<std::optional<Blob>> get(Name name) override;
  Task<bool> exists(Name name) override;
  Task<void> remove(Name name) override;

 private:
  struct Threads;
  std::filesystem::path folder_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace osier::blob
