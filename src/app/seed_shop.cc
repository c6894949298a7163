// What stands around the demo shop's products: categories, collections, makers, the home page and
// the legal pages.

#include <boost/json/object.hpp>

#include "app/seed_json.h"

namespace osier::app {

namespace {

constexpr pg::Statement insert_categories_sql{"app.insert_categories", R"sql(
  INSERT INTO catalog.categories (id, handle, title, description, image_id, position)
  SELECT id, handle, title::jsonb, description::jsonb, image_id, position
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[])
         WITH ORDINALITY AS c (id, handle, title, description, image_id, position)
  ON CONFLICT (handle) DO NOTHING
)sql"};

// Only of those just inserted, by their ids.
constexpr pg::Statement set_parents_sql{"app.set_parents", R"sql(
  UPDATE catalog.categories c
     SET parent_id = p.id
    FROM unnest($1::uuid[], $2::text[]) AS n (id, parent)
    JOIN catalog.categories p ON p.handle = n.parent
   WHERE c.id = n.id
)sql"};

constexpr pg::Statement insert_collections_sql{"app.insert_collections", R"sql(
  INSERT INTO catalog.collections (id, handle, title, description, image_id, position)
  SELECT id, handle, title::jsonb, description::jsonb, image_id, position
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[])
         WITH ORDINALITY AS c (id, handle, title, description, image_id, position)
  ON CONFLICT (handle) DO NOTHING
)sql"};

constexpr pg::Statement insert_makers_sql{"app.insert_makers", R"sql(
  INSERT INTO catalog.makers (id, handle, name, place, address, email, about)
  SELECT id, handle, name, place, address, email, about::jsonb
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         AS m (id, handle, name, place, address, email, about)
  ON CONFLICT (handle) DO NOTHING
)sql"};

constexpr pg::Statement insert_content_pages_sql{"app.insert_content_pages", R"sql(
  INSERT INTO catalog.content_pages (handle, title, body, position)
  SELECT handle, title::jsonb, body::jsonb, position
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS p (handle, title, body, position)
  ON CONFLICT (handle) DO NOTHING
)sql"};

constexpr pg::Statement insert_shop_sql{"app.insert_shop", R"sql(
  INSERT INTO catalog.shop (name, tagline, hero, hero_image_id, story, seller)
  VALUES ($1, $2::jsonb, $3::jsonb, $4::uuid, $5::jsonb, $6::jsonb)
  ON CONFLICT (is_only) DO NOTHING
)sql"};

constexpr pg::Statement insert_coupons_sql{"app.insert_coupons", R"sql(
  INSERT INTO promotions.coupons (id, code, title, kind, percent_ppm, valid_from)
  SELECT id, code, title::jsonb, 'percent', percent_ppm, $5
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) AS c (id, code, title, percent_ppm)
  ON CONFLICT (code) DO NOTHING
  RETURNING id, code
)sql"};

// Categories and collections alike.
struct Lists {
  std::vector<Uuid> ids;
  std::vector<std::string> handles, titles, descriptions;
  std::vector<std::optional<Uuid>> images;
  std::vector<std::optional<std::string>> parents;
};

Lists lists_of(const json::Array& elements, const Seed& seed) {
  Lists lists;
  for (const auto& element : elements) {
    const Demo list(element);
    lists.ids.push_back(Uuid::v7(seed.now));
    lists.handles.push_back(list.text("handle"));
    lists.titles.push_back(list.json("title"));
    lists.descriptions.push_back(list.json("description"));
    lists.images.push_back(seed.picture(list.optional_text("image")));
    lists.parents.push_back(list.optional_text("parent"));
  }
  return lists;
}

void add_makers(pg::Batch& batch, const Seed& seed) {
  std::vector<Uuid> ids;
  std::vector<std::string> handles, names, places, addresses, emails, abouts;
  for (const auto& element : Demo(seed.catalog).array("makers")) {
    const Demo maker(element);
    ids.push_back(Uuid::v7(seed.now));
    handles.push_back(maker.text("handle"));
    names.push_back(maker.text("name"));
    places.push_back(maker.text("place"));
    addresses.push_back(address_line(maker.at("address")));
    emails.push_back(maker.text("email"));
    abouts.push_back(maker.json("about"));
  }
  batch.add(insert_makers_sql, ids, handles, names, places, addresses, emails, abouts);
}

void add_content_pages(pg::Batch& batch, const Seed& seed) {
  std::vector<std::string> handles, titles, bodies;
  for (const auto& element : Demo(seed.catalog).at("shop").array("legal_pages")) {
    const Demo page(element);
    const std::string handle = page.text("handle");
    json::Object body;
    for (const auto& [locale, title] : page.at("title").object()) {
      body[locale] = bytes_of(seed.files, "legal/" + std::string(locale) + "/" + handle + ".md");
    }
    handles.push_back(handle);
    titles.push_back(page.json("title"));
    bodies.push_back(json::to_text(json::Value(std::move(body))));
  }
  batch.add(insert_content_pages_sql, handles, titles, bodies);
}

void add_shop(pg::Batch& batch, const Seed& seed) {
  const Demo shop = Demo(seed.catalog).at("shop");
  const Demo hero = shop.at("home").at("hero");
  json::Object hero_texts;
  for (const char* name : {"title", "text", "button", "alt"})
    hero_texts[name] = hero.at(name).value();
  hero_texts["link"] = "/collections/" + hero.text("collection");

  json::Object seller;
  seller["name"] = shop.at("address").text("company");
  seller["address"] = address_line(shop.at("address"));
  seller["email"] = shop.text("email");
  seller["phone"] = shop.text("phone");
  if (const auto vat_id = shop.optional_text("vat_id")) seller["vat_id"] = *vat_id;

  batch.add(insert_shop_sql, shop.text("name"), shop.json("tagline"),
            json::to_text(json::Value(std::move(hero_texts))),
            seed.picture(hero.optional_text("image")), shop.at("home").json("story"),
            json::to_text(json::Value(std::move(seller))));
}

// Returns the position of those that are new.
std::size_t add_coupons(pg::Batch& batch, const Seed& seed) {
  std::vector<Uuid> ids;
  std::vector<std::string> codes, titles;
  std::vector<std::int32_t> shares;
  for (const auto& element : Demo(seed.catalog).array("coupons")) {
    const Demo coupon(element);
    ids.push_back(Uuid::v7(seed.now));
    codes.push_back(coupon.text("code"));
    titles.push_back(coupon.json("title"));
    shares.push_back(static_cast<std::int32_t>(coupon.number("percent_ppm")));
  }
  return batch.add(insert_coupons_sql, ids, codes, titles, shares, seed.now);
}

std::vector<audit::Entry> coupon_entries(const pg::Rows& coupons) {
  std::vector<audit::Entry> entries;
  for (const pg::Row row : coupons) {
    entries.push_back({.actor = seed_actor,
                       .action = "coupon.added",
                       .object_kind = "coupon",
                       .object_id = row.get<std::string>("id")});
    entries.back().after.add("code", row.get<std::string>("code"));
  }
  return entries;
}

}  // namespace

Task<void> seed_shop(pg::Transaction& transaction, const Seed& seed) {
  const Demo catalog(seed.catalog);
  const Lists categories = lists_of(catalog.array("categories"), seed);
  const Lists collections = lists_of(catalog.array("collections"), seed);
  pg::Batch batch;
  batch.add(insert_categories_sql, categories.ids, categories.handles, categories.titles,
            categories.descriptions, categories.images);
  batch.add(set_parents_sql, categories.ids, categories.parents);
  batch.add(insert_collections_sql, collections.ids, collections.handles, collections.titles,
            collections.descriptions, collections.images);
  add_makers(batch, seed);
  add_content_pages(batch, seed);
  add_shop(batch, seed);
  const auto coupons_at = add_coupons(batch, seed);
  const auto results = co_await transaction.run_all(std::move(batch));
  pg::Batch write;
  audit::add_entries(write, coupon_entries(results[coupons_at]), seed.now);
  co_await transaction.run_all(std::move(write));
}

}  // namespace osier::app
