// Filling a shop: the demo shop, or any number of invented products for benches.

#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

#include "platform/async/task.h"
#include "platform/base/embedded_file.h"
#include "platform/base/time.h"
#include "platform/blob/blob.h"
#include "platform/postgres/database.h"

namespace osier {

// demo/: catalog.json, images/ and legal/, in the binary.
std::span<const EmbeddedFile> demo_files();

// The renditions of its pictures, encoded while Osier was built: for media::import_images().
std::string_view demo_image_pack();

}  // namespace osier

namespace osier::app {

// A demo file that is missing or not as demo/README.md says; names it.
class SeedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whether there is no product yet.
Task<bool> is_empty(pg::Database& database);

// Adds what is missing of the demo shop (markets, taxes, delivery, categories, products, stock,
// pages), recognised by handles, codes and SKUs; a second run changes nothing. All rows come in one
// transaction. Pictures the build did not encode are encoded on `threads` threads while the loop
// waits. Throws SeedError, pg::Error and blob::Unavailable.
Task<void> seed_demo(pg::Database& database, blob::Store& images,
                     std::span<const EmbeddedFile> files, const Clock& clock, unsigned threads);

// Adds invented products until there are `count` of them, always the same ones, in all markets,
// with 1 to 4 variants, stock, and pictures that are there already; before that, what is missing of
// the demo shop's markets, categories and pages. In batches: what is committed stays if it is
// interrupted, and the next run goes on. Returns how many were added.
Task<std::int64_t> seed_synthetic(pg::Database& database, std::int64_t count, const Clock& clock);

}  // namespace osier::app
