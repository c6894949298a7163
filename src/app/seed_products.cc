// The demo shop's products with their options, variants, prices, pictures, places in categories and
// stock.

#include <set>

#include "app/seed_json.h"

namespace osier::app {

namespace {

constexpr pg::Statement known_products_sql{"app.known_products", R"sql(
  SELECT handle FROM catalog.products WHERE handle = ANY ($1::text[])
)sql"};

constexpr pg::Statement insert_products_sql{"app.insert_products", R"sql(
  INSERT INTO catalog.products (id, handle, status, title, subtitle, description, materials, dimensions, care, maker_id,
                                tax_class, created_at, updated_at)
  SELECT p.id, p.handle, p.status, p.title::jsonb, p.subtitle::jsonb, p.description::jsonb, p.materials::jsonb,
         p.dimensions::jsonb, p.care::jsonb, m.id, p.tax_class, p.created_at, p.created_at
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::timestamptz[])
         AS p (id, handle, status, title, subtitle, description, materials, dimensions, care, maker, tax_class,
               created_at)
    LEFT JOIN catalog.makers m ON m.handle = p.maker
)sql"};

constexpr pg::Statement insert_options_sql{"app.insert_options", R"sql(
  INSERT INTO catalog.product_options (id, product_id, code, name, position)
  SELECT id, product_id, code, name::jsonb, position
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[])
         AS o (id, product_id, code, name, position)
)sql"};

constexpr pg::Statement insert_option_values_sql{"app.insert_option_values", R"sql(
  INSERT INTO catalog.option_values (id, option_id, code, name, swatch, position)
  SELECT id, option_id, code, name::jsonb, swatch, position
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[])
         AS v (id, option_id, code, name, swatch, position)
)sql"};

constexpr pg::Statement insert_variants_sql{"app.insert_variants", R"sql(
  INSERT INTO catalog.variants (id, product_id, sku, barcode, weight_grams, option_values, image_id, content_amount,
                                content_unit, position)
  SELECT id, product_id, sku, barcode, weight_grams, option_values::uuid[], image_id, content_amount, content_unit,
         position
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::uuid[], $8::integer[],
                $9::text[], $10::integer[])
         AS v (id, product_id, sku, barcode, weight_grams, option_values, image_id, content_amount, content_unit,
               position)
)sql"};

constexpr pg::Statement insert_prices_sql{"app.insert_prices", R"sql(
  INSERT INTO catalog.prices (variant_id, market_id, currency, amount_minor)
  SELECT p.variant_id, m.id, m.currency, p.amount_minor
    FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS p (variant_id, market, amount_minor)
    JOIN catalog.markets m ON m.code = p.market
)sql"};

constexpr pg::Statement insert_images_sql{"app.insert_images", R"sql(
  INSERT INTO catalog.product_images (product_id, image_id, alt, position)
  SELECT product_id, image_id, alt::jsonb, position
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[]) AS i (product_id, image_id, alt, position)
)sql"};

constexpr pg::Statement insert_product_categories_sql{"app.insert_product_categories", R"sql(
  INSERT INTO catalog.product_categories (product_id, category_id, position, rank)
  SELECT p.product_id, c.id, p.position, p.rank
    FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[]) AS p (product_id, category, position, rank)
    JOIN catalog.categories c ON c.handle = p.category
)sql"};

constexpr pg::Statement insert_collection_products_sql{"app.insert_collection_products", R"sql(
  INSERT INTO catalog.collection_products (collection_id, product_id, position)
  SELECT c.id, p.product_id, p.position
    FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS p (product_id, collection, position)
    JOIN catalog.collections c ON c.handle = p.collection
)sql"};

// Two statements, levels first: a movement refers to its level, and the two are written together.
constexpr pg::Statement insert_stock_levels_sql{"app.insert_stock_levels", R"sql(
  INSERT INTO inventory.stock_levels (variant_id, location_id, on_hand)
  SELECT s.variant_id, l.id, s.units
    FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS s (variant_id, location, units)
    JOIN inventory.locations l ON l.code = s.location
   ORDER BY s.variant_id, l.id
)sql"};

constexpr pg::Statement insert_stock_movements_sql{"app.insert_stock_movements", R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, reason, actor)
  SELECT s.variant_id, l.id, 'received', s.units, 'demo shop', 'seed'
    FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS s (variant_id, location, units)
    JOIN inventory.locations l ON l.code = s.location
   WHERE s.units > 0
)sql"};

using Strings = std::vector<std::string>;
using Ids = std::vector<Uuid>;
using Numbers = std::vector<std::int64_t>;

// Rows of every table, column by column.
struct Rows {
  struct {
    Ids ids;
    Strings handles, statuses, titles, subtitles, descriptions, materials, dimensions, cares,
        makers, tax_classes;
    std::vector<Instant> created;
  } products;
  struct {
    Ids ids, products;
    Strings codes, names;
    Numbers positions;
  } options;
  struct {
    Ids ids, options;
    Strings codes, names;
    std::vector<std::optional<std::string>> swatches;
    Numbers positions;
  } values;
  struct {
    Ids ids, products;
    Strings skus;
    std::vector<std::optional<std::string>> barcodes;
    Numbers weights;
    Strings option_values;
    std::vector<std::optional<Uuid>> images;
    std::vector<std::optional<std::int64_t>> content_amounts;
    std::vector<std::optional<std::string>> content_units;
    Numbers positions;
  } variants;
  struct {
    Ids variants;
    Strings markets;
    Numbers amounts;
  } prices;
  struct {
    Ids products, images;
    Strings alts;
    Numbers positions;
  } images;
  struct {
    Ids products;
    Strings handles;
    Numbers positions, ranks;
  } categories, collections;
  struct {
    Ids variants;
    Strings locations;
    Numbers units;
  } stock;
};

// [{"en": "Clay", …}, {"en": "Glaze", …}] becomes {"en": "Clay\nGlaze", …}.
std::string joined_lines(const json::Array& texts) {
  json::Object joined;
  for (const auto& element : texts) {
    for (const auto& [locale, text] : Demo(element).object()) {
      std::string so_far =
          joined.contains(locale) ? std::string(joined[locale].as_string()) + "\n" : "";
      joined[locale] = so_far + std::string(text.as_string());
    }
  }
  return json::to_text(json::Value(std::move(joined)));
}

// The number of a product is its age: the highest are the newest.
Instant created_at(const Demo& product, std::int64_t newest, Instant now) {
  return now - std::chrono::hours(24) * (1 + newest - product.number("created_order"));
}

using ValueIds = std::map<std::string, std::map<std::string, Uuid>>;  // By option, then value.

ValueIds add_options(const Demo& product, const Uuid& id, Instant now, Rows& rows) {
  ValueIds ids;
  for (const auto& element : product.array("options")) {
    const Demo option(element);
    const Uuid option_id = Uuid::v7(now);
    rows.options.positions.push_back(static_cast<std::int64_t>(ids.size()));
    rows.options.ids.push_back(option_id);
    rows.options.products.push_back(id);
    rows.options.codes.push_back(option.text("handle"));
    rows.options.names.push_back(option.json("title"));
    auto& values = ids[option.text("handle")];
    for (const auto& value_element : option.array("values")) {
      const Demo value(value_element);
      rows.values.positions.push_back(static_cast<std::int64_t>(values.size()));
      const Uuid value_id = values[value.text("handle")] = Uuid::v7(now);
      rows.values.ids.push_back(value_id);
      rows.values.options.push_back(option_id);
      rows.values.codes.push_back(value.text("handle"));
      rows.values.names.push_back(value.json("title"));
      rows.values.swatches.push_back(value.optional_text("swatch"));
    }
  }
  return ids;
}

// The ids of a variant's values, in the order of the product's options.
std::string option_values_of(const Demo& product, const Demo& variant, const ValueIds& ids) {
  Ids chosen;
  for (const auto& element : product.array("options")) {
    const std::string option = Demo(element).text("handle");
    const std::string value = variant.at("options").text(option);
    const auto& values = ids.at(option);
    const auto found = values.find(value);
    if (found == values.end())
      throw SeedError(variant.text("sku") + " has no such " + option + ": " + value);
    chosen.push_back(found->second);
  }
  return *pg::to_text(chosen);
}

void add_variant(const Demo& product, const Demo& variant, const Uuid& product_id,
                 const ValueIds& values, std::int64_t position, const Seed& seed, Rows& rows) {
  const Uuid id = Uuid::v7(seed.now);
  rows.variants.ids.push_back(id);
  rows.variants.products.push_back(product_id);
  rows.variants.skus.push_back(variant.text("sku"));
  rows.variants.barcodes.push_back(variant.optional_text("barcode"));
  rows.variants.weights.push_back(variant.number("weight_g"));
  rows.variants.option_values.push_back(option_values_of(product, variant, values));
  rows.variants.images.push_back(seed.picture(variant.optional_text("image")));
  const bool has_content = variant.has("content");
  rows.variants.content_amounts.push_back(
      has_content ? variant.at("content").optional_number("amount") : std::nullopt);
  rows.variants.content_units.push_back(has_content ? variant.at("content").optional_text("unit")
                                                    : std::nullopt);
  rows.variants.positions.push_back(position);
  for (const auto& [market, amount] : variant.at("prices").object()) {
    rows.prices.variants.push_back(id);
    rows.prices.markets.emplace_back(market);
    rows.prices.amounts.push_back(amount.as_int64());
  }
  for (const auto& [location, units] : variant.at("stock").object()) {
    rows.stock.variants.push_back(id);
    rows.stock.locations.emplace_back(location);
    rows.stock.units.push_back(units.as_int64());
  }
}

void add_places(const Demo& product, const Uuid& id, std::int64_t position, Rows& rows) {
  for (const auto& category : product.array("categories")) {
    const auto& placed = rows.categories.products;
    const bool is_first = placed.empty() || placed.back() != id;
    rows.categories.ranks.push_back(is_first ? 0 : rows.categories.ranks.back() + 1);
    rows.categories.products.push_back(id);
    rows.categories.handles.emplace_back(category.as_string());
    rows.categories.positions.push_back(position);
  }
  for (const auto& collection : product.array("collections")) {
    rows.collections.products.push_back(id);
    rows.collections.handles.emplace_back(collection.as_string());
    rows.collections.positions.push_back(position);
  }
}

void add_images(const Demo& product, const Uuid& id, const Seed& seed, Rows& rows) {
  std::int64_t position = 0;
  for (const auto& element : product.array("images")) {
    const Demo image(element);
    const auto picture = seed.picture(image.text("file"));
    if (!picture) throw SeedError("no picture was made of " + image.text("file"));
    rows.images.products.push_back(id);
    rows.images.images.push_back(*picture);
    rows.images.alts.push_back(image.json("alt"));
    rows.images.positions.push_back(position++);
  }
}

void add_product(const Demo& product, std::int64_t newest, std::int64_t position, const Seed& seed,
                 Rows& rows) {
  const Uuid id = Uuid::v7(seed.now);
  auto& products = rows.products;
  products.ids.push_back(id);
  products.handles.push_back(product.text("handle"));
  products.statuses.push_back(product.text("status"));
  products.titles.push_back(product.json("title"));
  products.subtitles.push_back(product.json("subtitle"));
  products.descriptions.push_back(product.json("description"));
  products.materials.push_back(joined_lines(product.array("materials")));
  products.dimensions.push_back(product.json("dimensions"));
  products.cares.push_back(product.json("care"));
  products.makers.push_back(product.text("maker"));
  products.tax_classes.push_back(product.text("tax_class"));
  products.created.push_back(created_at(product, newest, seed.now));

  const ValueIds values = add_options(product, id, seed.now, rows);
  std::int64_t variant_position = 0;
  for (const auto& variant : product.array("variants")) {
    add_variant(product, Demo(variant), id, values, variant_position++, seed, rows);
  }
  add_images(product, id, seed, rows);
  add_places(product, id, position, rows);
}

pg::Batch inserts_of(const Rows& rows) {
  const auto& [products, options, values, variants, prices, images, categories, collections,
               stock] = rows;
  pg::Batch batch;
  batch.add(insert_products_sql, products.ids, products.handles, products.statuses, products.titles,
            products.subtitles, products.descriptions, products.materials, products.dimensions,
            products.cares, products.makers, products.tax_classes, products.created);
  batch.add(insert_options_sql, options.ids, options.products, options.codes, options.names,
            options.positions);
  batch.add(insert_option_values_sql, values.ids, values.options, values.codes, values.names,
            values.swatches, values.positions);
  batch.add(insert_variants_sql, variants.ids, variants.products, variants.skus, variants.barcodes,
            variants.weights, variants.option_values, variants.images, variants.content_amounts,
            variants.content_units, variants.positions);
  batch.add(insert_prices_sql, prices.variants, prices.markets, prices.amounts);
  batch.add(insert_images_sql, images.products, images.images, images.alts, images.positions);
  batch.add(insert_product_categories_sql, categories.products, categories.handles,
            categories.positions, categories.ranks);
  batch.add(insert_collection_products_sql, collections.products, collections.handles,
            collections.positions);
  batch.add(insert_stock_levels_sql, stock.variants, stock.locations, stock.units);
  batch.add(insert_stock_movements_sql, stock.variants, stock.locations, stock.units);
  return batch;
}

}  // namespace

Task<void> seed_products(pg::Transaction& transaction, const Seed& seed) {
  const auto& products = Demo(seed.catalog).array("products");
  Strings handles;
  std::int64_t newest = 0;
  for (const auto& product : products) {
    handles.push_back(Demo(product).text("handle"));
    newest = std::max(newest, Demo(product).number("created_order"));
  }
  std::set<std::string> known;
  const auto found = co_await transaction.run(known_products_sql, handles);
  for (const pg::Row& row : found) known.insert(row.get<std::string>(0));

  Rows rows;
  std::int64_t position = 0;
  for (const auto& product : products) {
    ++position;
    if (!known.contains(Demo(product).text("handle")))
      add_product(Demo(product), newest, position, seed, rows);
  }
  if (rows.products.ids.empty()) co_return;
  co_await transaction.run_all(inserts_of(rows));
}

}  // namespace osier::app
