// Products with all their parts: one statement per table for some thousand products at a time, each
// in the order of the products' ids, so that the rows are dealt out in one pass.

#include <algorithm>

#include "catalog/catalog_store.h"
#include "catalog/markdown.h"
#include "catalog/picture_rows.h"

namespace osier::catalog {

namespace {

constexpr pg::Statement load_product_ids_sql{"catalog.load_product_ids", R"sql(
  SELECT id FROM catalog.products WHERE status = 'published' ORDER BY id
)sql"};

constexpr pg::Statement load_products_sql{"catalog.load_products", R"sql(
  SELECT id, handle, title, subtitle, description, materials, dimensions, care, maker_id, tax_class, created_at,
         updated_at, hold_minutes::integer
    FROM catalog.products
   WHERE id = ANY ($1::uuid[]) AND status = 'published'
   ORDER BY id
)sql"};

constexpr pg::Statement load_options_sql{"catalog.load_options", R"sql(
  SELECT product_id, id, code, name
    FROM catalog.product_options
   WHERE product_id = ANY ($1::uuid[])
   ORDER BY product_id, position
)sql"};

// OFFSET 0 makes PostgreSQL look up each option's values, and below each variant's prices, by their
// index: for thousands of products it would read the whole table instead, at each round trip.
constexpr pg::Statement load_option_values_sql{"catalog.load_option_values", R"sql(
  SELECT o.product_id, v.option_id, v.id, v.code, v.name, v.swatch
    FROM catalog.product_options o
   CROSS JOIN LATERAL (SELECT option_id, id, code, name, swatch, position
                         FROM catalog.option_values WHERE option_id = o.id OFFSET 0) v
   WHERE o.product_id = ANY ($1::uuid[])
   ORDER BY o.product_id, v.position, v.code
)sql"};

constexpr pg::Statement load_variants_sql{"catalog.load_variants", R"sql(
  SELECT product_id, id, sku, barcode, weight_grams, option_values, image_id, content_amount, content_unit
    FROM catalog.variants
   WHERE product_id = ANY ($1::uuid[])
   ORDER BY product_id, position, sku
)sql"};

constexpr pg::Statement load_prices_sql{"catalog.load_prices", R"sql(
  SELECT v.product_id, p.*
    FROM catalog.variants v
   CROSS JOIN LATERAL (
         SELECT variant_id, market_id, amount_minor,
                CASE WHEN compare_at_minor IS NOT NULL THEN catalog.prior_price(price) END, min_quantity,
                CASE WHEN isfinite(valid_from) THEN valid_from END, CASE WHEN isfinite(valid_to) THEN valid_to END
           FROM catalog.prices price
          WHERE variant_id = v.id
         OFFSET 0) p
   WHERE v.product_id = ANY ($1::uuid[])
   ORDER BY v.product_id
)sql"};

constexpr pg::Statement load_images_sql{"catalog.load_images", R"sql(
  SELECT product_id, image_id, alt
    FROM catalog.product_images
   WHERE product_id = ANY ($1::uuid[])
   ORDER BY product_id, position
)sql"};

constexpr pg::Statement load_categories_of_sql{"catalog.load_categories_of", R"sql(
  SELECT product_id, category_id, position
    FROM catalog.product_categories
   WHERE product_id = ANY ($1::uuid[])
   ORDER BY product_id, rank, category_id
)sql"};

constexpr pg::Statement load_collections_of_sql{"catalog.load_collections_of", R"sql(
  SELECT product_id, collection_id, position
    FROM catalog.collection_products
   WHERE product_id = ANY ($1::uuid[])
   ORDER BY product_id, collection_id
)sql"};

// A product as it is put together, with what is resolved only at the end.
struct Draft {
  std::shared_ptr<Product> product;
  std::optional<Uuid> maker;
  std::vector<std::pair<Uuid, Texts>> images;
  std::vector<std::optional<Uuid>> variant_images;  // In the order of the variants.
};

Texts html_of(const Texts& markdown) {
  Texts::ByLocale html;
  for (const auto& [locale, text] : markdown.all())
    html.emplace_back(locale, markdown_to_html(text));
  return Texts(std::move(html));
}

Draft draft_of(const pg::Row& row, TextPool& texts) {
  Draft draft{
      .product = std::make_shared<Product>(), .maker = {}, .images = {}, .variant_images = {}};
  Product& product = *draft.product;
  product.id = row.get<ProductId>(0);
  product.handle = row.get<std::string>(1);
  product.title = texts.read(row.get<std::string>(2));
  product.subtitle = texts.read(row.get<std::string>(3));
  product.description = texts.read(row.get<std::string>(4));
  product.description_html = html_of(product.description);
  product.materials = texts.read(row.get<std::string>(5));
  product.dimensions = texts.read(row.get<std::string>(6));
  product.care = texts.read(row.get<std::string>(7));
  draft.maker = row.get<std::optional<Uuid>>(8);
  product.tax_class = row.get<std::string>(9);
  product.created_at = row.get<Instant>(10);
  product.updated_at = row.get<Instant>(11);
  product.hold_minutes = row.get<std::optional<std::int32_t>>(12);
  return draft;
}

// Calls `take(draft, row)` for each row whose first column is the id of a draft. Both are sorted by
// it.
template <class Take>
void deal(const pg::Rows& rows, std::vector<Draft>& drafts, Take&& take) {
  auto draft = drafts.begin();
  for (const pg::Row& row : rows) {
    const auto id = row.get<ProductId>(0);
    while (draft != drafts.end() && draft->product->id < id) ++draft;
    if (draft == drafts.end()) return;
    if (draft->product->id == id) take(*draft, row);
  }
}

void add_option_value(Draft& draft, const pg::Row& row, TextPool& texts) {
  const auto option_id = row.get<Uuid>(1);
  for (Option& option : draft.product->options) {
    if (option.id != option_id) continue;
    option.values.push_back({.id = row.get<OptionValueId>(2),
                             .code = row.get<std::string>(3),
                             .name = texts.read(row.get<std::string>(4)),
                             .swatch = row.get<std::optional<std::string>>(5).value_or("")});
  }
}

// The index of each value in its option, or nothing if they are not one value per option: such a
// variant cannot be chosen on a page, so it is not shown.
std::optional<std::vector<std::size_t>> value_indices(const Product& product,
                                                      const std::vector<Uuid>& ids) {
  if (ids.size() != product.options.size()) return std::nullopt;
  std::vector<std::size_t> indices;
  indices.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& values = product.options[i].values;
    const auto found = std::find_if(values.begin(), values.end(), [&](const OptionValue& value) {
      return value.id.value() == ids[i];
    });
    if (found == values.end()) return std::nullopt;
    indices.push_back(static_cast<std::size_t>(found - values.begin()));
  }
  return indices;
}

void add_variant(Draft& draft, const pg::Row& row) {
  auto values = value_indices(*draft.product, row.get<std::vector<Uuid>>(5));
  if (!values) return;
  Variant variant;
  variant.id = row.get<VariantId>(1);
  variant.sku = row.get<std::string>(2);
  variant.barcode = row.get<std::optional<std::string>>(3).value_or("");
  variant.weight_grams = row.get<std::int32_t>(4);
  variant.values = std::move(*values);
  if (const auto amount = row.get<std::optional<std::int32_t>>(7)) {
    const auto unit = row.get<std::string>(8) == "ml" ? Content::Unit::ml : Content::Unit::g;
    variant.content = Content{.amount = *amount, .unit = unit};
  }
  draft.variant_images.push_back(row.get<std::optional<Uuid>>(6));
  draft.product->variants.push_back(std::move(variant));
}

void add_price(Draft& draft, const pg::Row& row, const Frame& frame) {
  const auto market = frame.markets.find(row.get<Uuid>(2));
  if (market == frame.markets.end()) return;
  const auto variant_id = row.get<VariantId>(1);
  const std::size_t index = draft.product->variant_index(variant_id);
  if (index == draft.product->variants.size()) return;
  const Currency currency = frame.currencies[market->second];
  Price price{.market = market->second,
              .amount = Money::minor(row.get<std::int64_t>(3), currency),
              .compare_at = {},
              .min_quantity = row.get<std::int32_t>(5),
              .valid_from = row.get<std::optional<Instant>>(6).value_or(Instant::min()),
              .valid_to = row.get<std::optional<Instant>>(7).value_or(Instant::max())};
  if (const auto compare_at = row.get<std::optional<std::int64_t>>(4)) {
    price.compare_at = Money::minor(*compare_at, currency);
  }
  draft.product->variants[index].prices.push_back(price);
}

void add_place(const std::unordered_map<Uuid, std::size_t>& places, const pg::Row& row,
               std::vector<std::size_t>& indices, std::vector<std::int32_t>& positions) {
  const auto place = places.find(row.get<Uuid>(1));
  if (place == places.end()) return;
  indices.push_back(place->second);
  positions.push_back(row.get<std::int32_t>(2));
}

// Pictures, and which of them each variant shows: one of the product's.
void resolve_images(Draft& draft, const Shared& shared) {
  Product& product = *draft.product;
  std::vector<Uuid> shown;
  for (auto& [id, alt] : draft.images) {
    if (auto image = image_of(id, std::move(alt), shared)) {
      product.images.push_back(std::move(*image));
      shown.push_back(id);
    }
  }
  for (std::size_t i = 0; i < product.variants.size(); ++i) {
    if (!draft.variant_images[i]) continue;
    const auto found = std::find(shown.begin(), shown.end(), *draft.variant_images[i]);
    if (found != shown.end())
      product.variants[i].image = static_cast<std::size_t>(found - shown.begin());
  }
}

void finish(Draft& draft, const Shared& shared) {
  static const auto nobody = std::make_shared<const Maker>();
  resolve_images(draft, shared);
  Product& product = *draft.product;
  product.maker = nobody;
  if (draft.maker) {
    const auto maker = shared.makers.find(*draft.maker);
    if (maker != shared.makers.end()) product.maker = maker->second;
  }
  for (Variant& variant : product.variants) variant.prices.shrink_to_fit();
  product.variants.shrink_to_fit();
  for (Option& option : product.options) option.values.shrink_to_fit();
  product.options.shrink_to_fit();
}

Task<std::vector<Draft>> load_drafts(pg::Transaction& transaction, std::vector<Uuid> ids,
                                     const Frame& frame, TextPool& texts) {
  pg::Batch batch;
  batch.add(load_products_sql, ids);
  batch.add(load_options_sql, ids);
  batch.add(load_option_values_sql, ids);
  batch.add(load_variants_sql, ids);
  batch.add(load_prices_sql, ids);
  batch.add(load_images_sql, ids);
  batch.add(load_categories_of_sql, ids);
  batch.add(load_collections_of_sql, ids);
  const auto results = co_await transaction.run_all(std::move(batch));

  std::vector<Draft> drafts;
  for (const pg::Row& row : results[0]) drafts.push_back(draft_of(row, texts));
  deal(results[1], drafts, [&](Draft& draft, const pg::Row& row) {
    draft.product->options.push_back({.id = row.get<Uuid>(1),
                                      .code = row.get<std::string>(2),
                                      .name = texts.read(row.get<std::string>(3)),
                                      .values = {}});
  });
  deal(results[2], drafts,
       [&](Draft& draft, const pg::Row& row) { add_option_value(draft, row, texts); });
  deal(results[3], drafts, [&](Draft& draft, const pg::Row& row) { add_variant(draft, row); });
  deal(results[4], drafts, [&](Draft& draft, const pg::Row& row) { add_price(draft, row, frame); });
  deal(results[5], drafts, [&](Draft& draft, const pg::Row& row) {
    draft.images.emplace_back(row.get<Uuid>(1), texts.read(row.get<std::string>(2)));
  });
  deal(results[6], drafts, [&](Draft& draft, const pg::Row& row) {
    add_place(frame.categories, row, draft.product->categories, draft.product->category_positions);
  });
  deal(results[7], drafts, [&](Draft& draft, const pg::Row& row) {
    add_place(frame.collections, row, draft.product->collections,
              draft.product->collection_positions);
  });
  co_return drafts;
}

}  // namespace

Task<std::vector<Uuid>> CatalogStore::load_product_ids(pg::Transaction& transaction) {
  const auto rows = co_await transaction.run(load_product_ids_sql);
  std::vector<Uuid> ids;
  ids.reserve(static_cast<std::size_t>(rows.size()));
  for (const pg::Row& row : rows) ids.push_back(row.get<Uuid>(0));
  co_return ids;
}

Task<std::vector<std::shared_ptr<const Product>>> CatalogStore::load_products(
    pg::Transaction& transaction, std::vector<Uuid> ids, const Frame& frame, Shared& shared) {
  auto drafts = co_await load_drafts(transaction, std::move(ids), frame, shared.texts);
  std::erase_if(drafts, [](const Draft& draft) { return draft.product->variants.empty(); });
  std::vector<Uuid> pictures;
  std::vector<Uuid> makers;
  for (const Draft& draft : drafts) {
    for (const auto& [id, alt] : draft.images) pictures.push_back(id);
    if (draft.maker) makers.push_back(*draft.maker);
  }
  co_await load_shared(transaction, std::move(pictures), std::move(makers), shared);

  std::vector<std::shared_ptr<const Product>> products;
  products.reserve(drafts.size());
  for (Draft& draft : drafts) {
    finish(draft, shared);
    products.push_back(std::move(draft.product));
  }
  co_return products;
}

}  // namespace osier::catalog
