#include "app/seed.h"

#include <set>
#include <thread>

#include "app/seed_json.h"
#include "media/media.h"

namespace osier::app {

namespace {

constexpr pg::Statement has_products_sql{"app.has_products",
                                         "SELECT EXISTS (SELECT FROM catalog.products)"};

constexpr pg::Statement known_handles_sql{"app.known_handles", R"sql(
  SELECT 'product:' || handle FROM catalog.products
  UNION ALL SELECT 'category:' || handle FROM catalog.categories
  UNION ALL SELECT 'collection:' || handle FROM catalog.collections
  UNION ALL SELECT 'shop' FROM catalog.shop
)sql"};

// Pictures are wanted only for what is not there yet, so that a second run encodes none.
std::set<std::string> wanted_pictures(const Demo& catalog, const std::set<std::string>& known) {
  std::set<std::string> files;
  const auto add = [&files](const std::optional<std::string>& file) {
    if (file) files.insert(*file);
  };
  if (!known.contains("shop")) add(catalog.at("shop").at("home").at("hero").optional_text("image"));
  for (const auto& category : catalog.array("categories")) {
    if (!known.contains("category:" + Demo(category).text("handle")))
      add(Demo(category).optional_text("image"));
  }
  for (const auto& collection : catalog.array("collections")) {
    if (!known.contains("collection:" + Demo(collection).text("handle"))) {
      add(Demo(collection).optional_text("image"));
    }
  }
  for (const auto& product : catalog.array("products")) {
    if (known.contains("product:" + Demo(product).text("handle"))) continue;
    for (const auto& image : Demo(product).array("images")) add(Demo(image).text("file"));
  }
  return files;
}

bool is_anything_new(const Demo& catalog, const std::set<std::string>& known) {
  if (!known.contains("shop")) return true;
  for (const auto& [kind, list] : {std::pair("product:", "products"),
                                   {"category:", "categories"},
                                   {"collection:", "collections"}}) {
    for (const auto& element : catalog.array(list)) {
      if (!known.contains(kind + Demo(element).text("handle"))) return true;
    }
  }
  return false;
}

using Imports = std::vector<Result<media::ImportedImage, media::ImageRefusal>>;

// Encodes on other threads, so that the loop goes on.
Task<Imports> import_all(std::vector<std::string_view> masters, unsigned threads) {
  OneShot<bool> done;
  Imports imports;
  std::exception_ptr error;
  std::thread worker([&imports, &error, done, masters = std::move(masters), threads]() mutable {
    try {
      imports = media::import_images(masters, threads, demo_image_pack());
    } catch (...) {
      error = std::current_exception();
    }
    done.set(true);
  });
  co_await done.get();
  worker.join();
  if (error) std::rethrow_exception(error);
  co_return imports;
}

struct Encoded {
  std::vector<std::string> files;
  std::vector<media::Image> images;
};

Task<Encoded> encode_pictures(blob::Store& store, std::set<std::string> wanted,
                              std::span<const EmbeddedFile> files, unsigned threads) {
  Encoded encoded;
  if (wanted.empty()) co_return encoded;
  std::vector<std::string_view> masters;
  for (const std::string& file : wanted) {
    encoded.files.push_back(file);
    masters.push_back(bytes_of(files, file));
  }
  auto imports = co_await import_all(std::move(masters), threads);
  for (std::size_t i = 0; i < imports.size(); ++i) {
    if (!imports[i]) {
      throw SeedError(encoded.files[i] +
                      " cannot be used: " + std::string(media::explain(imports[i].error())));
    }
    encoded.images.push_back(imports[i]->image);
    co_await media::keep_files(store, *std::move(imports[i]));
  }
  co_return encoded;
}

Task<std::set<std::string>> known_handles(pg::Database& database) {
  std::set<std::string> known;
  const auto rows = co_await database.run(known_handles_sql);
  for (const pg::Row& row : rows) known.insert(row.get<std::string>(0));
  co_return known;
}

}  // namespace

Task<void> note_seeding(pg::Transaction& transaction, std::string what, Instant now,
                        std::int64_t products) {
  audit::Entry entry{
      .actor = seed_actor, .action = "shop.seeded", .object_kind = "shop", .object_id = "shop"};
  entry.after.add("what", std::move(what));
  if (products > 0) entry.after.add("products", products);
  pg::Batch write;
  audit::add_entries(write, {entry}, now);
  co_await transaction.run_all(std::move(write));
}

Task<bool> is_empty(pg::Database& database) {
  const auto row = co_await database.run_one(has_products_sql);
  co_return !row->get<bool>(0);
}

Task<void> seed_demo(pg::Database& database, blob::Store& images,
                     std::span<const EmbeddedFile> files, const Clock& clock, unsigned threads) {
  const json::Value catalog = read_catalog(files);
  auto known = co_await known_handles(database);
  auto encoded =
      co_await encode_pictures(images, wanted_pictures(Demo(catalog), known), files, threads);

  Seed seed{.catalog = catalog, .files = files, .now = clock.now(), .pictures = {}};
  auto transaction = co_await database.begin();
  for (std::size_t i = 0; i < encoded.files.size(); ++i) {
    const auto id = co_await media::save_image(transaction, std::move(encoded.images[i]), seed.now);
    seed.pictures.emplace(encoded.files[i], id.value());
  }
  co_await seed_markets(transaction, seed);
  co_await seed_shop(transaction, seed);
  co_await seed_products(transaction, seed);
  if (is_anything_new(Demo(catalog), known)) co_await note_seeding(transaction, "demo", seed.now);
  co_await transaction.commit();
}

}  // namespace osier::app
