// Where images are kept: bytes in the blob store, the record in media.images.

#include "media/media.h"
#include "platform/async/loop.h"
#include "platform/base/require.h"
#include "platform/postgres/database.h"

namespace osier::media {

namespace {

blob::Name blob_name(const std::string& text) {
  auto name = blob::Name::parse(text);
  require(name.has_value(), "a hash with a suffix is a blob's name");
  return *std::move(name);
}

}  // namespace

// A file of that name has that content already: a seed or an import that is repeated writes
// nothing.
static Task<void> keep_file(blob::Store& store, blob::Name name, std::string bytes,
                            std::string content_type) {
  const bool is_kept = co_await store.exists(name);
  if (!is_kept) co_await store.put(std::move(name), std::move(bytes), std::move(content_type));
}

Task<void> keep_files(blob::Store& store, ImportedImage imported) {
  std::vector<Task<void>> files;
  for (std::size_t i = 0; i < imported.files.size(); ++i) {
    const Rendition& rendition = imported.image.renditions[i];
    files.push_back(keep_file(store, blob_name(rendition.name), std::move(imported.files[i]),
                              std::string(content_type(rendition.format))));
  }
  files.push_back(keep_file(store, blob_name(imported.image.hash + "-original"),
                            std::move(imported.original), std::move(imported.original_type)));
  co_await when_all(std::move(files));
}

// The update changes nothing; it makes RETURNING give the row that is there already.
static constexpr pg::Statement save_image_sql{"media.save_image", R"sql(
  INSERT INTO media.images (id, hash, width, height, colour, renditions)
  VALUES ($1, $2, $3, $4, $5, $6::jsonb)
  ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash
  RETURNING id
)sql"};

Task<ImageId> save_image(pg::Transaction& transaction, Image image, Instant now) {
  const ImageId id{Uuid::v7(now)};
  const auto renditions = renditions_to_json(image.renditions);
  const auto row = co_await transaction.run_one(save_image_sql, id, image.hash, image.width,
                                                image.height, image.colour, renditions);
  co_return row->get<ImageId>(0);
}

}  // namespace osier::media
