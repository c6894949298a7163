#include "catalog/picture_rows.h"

#include <algorithm>

namespace osier::catalog {

namespace {

constexpr pg::Statement load_pictures_sql{"catalog.load_pictures", R"sql(
  SELECT id, hash, width, height, colour, renditions
    FROM media.images
   WHERE id = ANY ($1::uuid[])
)sql"};

constexpr pg::Statement load_makers_sql{"catalog.load_makers", R"sql(
  SELECT id, name, place, address, email, about
    FROM catalog.makers
   WHERE id = ANY ($1::uuid[])
)sql"};

std::shared_ptr<const media::Image> picture_of(const pg::Row& row) {
  auto picture = std::make_shared<media::Image>();
  picture->hash = row.get<std::string>(1);
  picture->width = row.get<std::int32_t>(2);
  picture->height = row.get<std::int32_t>(3);
  picture->colour = row.get<std::string>(4);
  if (auto renditions = media::renditions_from_json(row.get<std::string>(5))) {
    picture->renditions = std::move(*renditions);
  }
  return picture;
}

std::shared_ptr<const Maker> maker_of(const pg::Row& row, TextPool& texts) {
  auto maker = std::make_shared<Maker>();
  maker->name = row.get<std::string>(1);
  maker->place = row.get<std::string>(2);
  maker->address = row.get<std::string>(3);
  maker->email = row.get<std::string>(4);
  maker->about = texts.read(row.get<std::string>(5));
  return maker;
}

template <class Known>
void keep_unknown(std::vector<Uuid>& ids, const Known& known) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::erase_if(ids, [&known](const Uuid& id) { return known.contains(id); });
}

}  // namespace

Task<void> load_shared(pg::Transaction& transaction, std::vector<Uuid> pictures,
                       std::vector<Uuid> makers, Shared& shared) {
  keep_unknown(pictures, shared.pictures);
  keep_unknown(makers, shared.makers);
  if (pictures.empty() && makers.empty()) co_return;
  pg::Batch batch;
  batch.add(load_pictures_sql, pictures);
  batch.add(load_makers_sql, makers);
  const auto results = co_await transaction.run_all(std::move(batch));
  for (const pg::Row& row : results[0]) shared.pictures[row.get<Uuid>(0)] = picture_of(row);
  for (const pg::Row& row : results[1])
    shared.makers[row.get<Uuid>(0)] = maker_of(row, shared.texts);
}

std::optional<Image> image_of(const std::optional<Uuid>& id, Texts alt, const Shared& shared) {
  if (!id) return std::nullopt;
  const auto picture = shared.pictures.find(*id);
  if (picture == shared.pictures.end()) return std::nullopt;
  return Image{.picture = picture->second, .alt = std::move(alt)};
}

}  // namespace osier::catalog
