// A catalogue of any size for benches and tests of scale: every row follows from the product's
// number, so that two machines measure the same shop. Made by PostgreSQL itself, some thousand
// products a transaction.

#include <algorithm>

#include "app/seed.h"
#include "app/seed_json.h"

namespace osier::app {

namespace {

constexpr std::int64_t products_per_batch = 2'000;

constexpr pg::Statement count_sql{"app.count_synthetic", R"sql(
  SELECT count(*) FROM catalog.products WHERE handle ~ '^synthetic-[0-9]+$'
)sql"};

// Ids are of a kind and a number: products 1, options 2, option values 3, variants 4.
constexpr pg::Statement create_helpers_sql{"app.create_synthetic_helpers", R"sql(
  CREATE OR REPLACE FUNCTION pg_temp.synthetic_id(kind integer, number bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
  $$ SELECT ('0000000' || kind || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$
)sql"};

constexpr pg::Statement synthesize_products_sql{"app.insert_synthetic_products", R"sql(
  WITH words AS (
    SELECT ARRAY['Oak', 'Ash', 'Linen', 'Wool', 'Stoneware', 'Porcelain', 'Beeswax', 'Walnut', 'Brass', 'Terrazzo',
                 'Willow', 'Felt'] AS material_en,
           ARRAY['Eichen', 'Eschen', 'Leinen', 'Woll', 'Steinzeug', 'Porzellan', 'Bienenwachs', 'Nussbaum', 'Messing',
                 'Terrazzo', 'Weiden', 'Filz'] AS material_de,
           ARRAY['bowl', 'board', 'cushion', 'blanket', 'vase', 'mug', 'candle', 'tray', 'lamp', 'coaster', 'basket',
                 'slipper', 'plate', 'spoon', 'towel', 'planter', 'jug', 'hook', 'frame', 'box'] AS thing_en,
           ARRAY['schale', 'brett', 'kissen', 'decke', 'vase', 'tasse', 'kerze', 'tablett', 'lampe', 'untersetzer',
                 'korb', 'pantoffel', 'teller', 'löffel', 'tuch', 'topf', 'krug', 'haken', 'rahmen', 'dose'] AS thing_de,
           ARRAY['Alba', 'Birka', 'Corin', 'Dahl', 'Elm', 'Fjord', 'Gran', 'Hede', 'Isar', 'Juno', 'Kiel', 'Lund',
                 'Moor', 'Nord', 'Oder', 'Pine', 'Quill', 'Rhön', 'Sund', 'Tauber'] AS series
  ), numbers AS (
    SELECT n, material_en[n % 12 + 1] AS material_en, material_de[n % 12 + 1] AS material_de,
           thing_en[n / 12 % 20 + 1] AS thing_en, thing_de[n / 12 % 20 + 1] AS thing_de, series[n / 240 % 20 + 1] AS series,
           (SELECT id FROM catalog.makers ORDER BY handle
            OFFSET n % greatest((SELECT count(*) FROM catalog.makers), 1) LIMIT 1) AS maker_id
      FROM words, generate_series($1::bigint, $2::bigint) AS n
  )
  INSERT INTO catalog.products (id, handle, status, title, subtitle, description, materials, care, maker_id, tax_class,
                                created_at, updated_at)
  SELECT pg_temp.synthetic_id(1, n), 'synthetic-' || n, 'published',
         jsonb_build_object('en', material_en || ' ' || thing_en || ' ' || series || ' ' || n,
                            'de', material_de || thing_de || ' ' || series || ' ' || n),
         jsonb_build_object('en', series || ' series, piece ' || n, 'de', 'Serie ' || series || ', Stück ' || n),
         jsonb_build_object(
           'en', 'Piece **' || n || '** of the ' || series || ' series: a ' || thing_en || ' of ' || lower(material_en)
                 || ', made in small numbers and checked by hand before it leaves the workshop.',
           'de', 'Stück **' || n || '** der Serie ' || series || ', Werkstoff ' || material_en
                 || ': in kleiner Zahl gefertigt und von Hand geprüft, bevor es die Werkstatt verlässt.'),
         jsonb_build_object('en', material_en, 'de', material_de),
         jsonb_build_object('en', 'Wipe with a damp cloth.', 'de', 'Feucht abwischen.'),
         maker_id, 'standard', timestamptz '2026-01-01 00:00:00+00' - make_interval(mins => n::integer),
         timestamptz '2026-01-01 00:00:00+00'
    FROM numbers
)sql"};

// A product has 1 + n % 4 variants; one with a single variant has no option.
constexpr pg::Statement synthesize_options_sql{"app.insert_synthetic_options", R"sql(
  INSERT INTO catalog.product_options (id, product_id, code, name, position)
  SELECT pg_temp.synthetic_id(2, n), pg_temp.synthetic_id(1, n),
         CASE WHEN n % 3 = 0 THEN 'size' ELSE 'colour' END,
         CASE WHEN n % 3 = 0 THEN '{"en": "Size", "de": "Größe"}'::jsonb
              ELSE '{"en": "Colour", "de": "Farbe"}'::jsonb END, 0
    FROM generate_series($1::bigint, $2::bigint) AS n
   WHERE n % 4 > 0
)sql"};

constexpr pg::Statement synthesize_option_values_sql{"app.insert_synthetic_option_values", R"sql(
  INSERT INTO catalog.option_values (id, option_id, code, name, swatch, position)
  SELECT pg_temp.synthetic_id(3, n * 4 + v), pg_temp.synthetic_id(2, n),
         CASE WHEN n % 3 = 0 THEN (ARRAY['small', 'medium', 'large', 'xlarge'])[v + 1]
              ELSE (ARRAY['sage', 'slate', 'blush', 'clay'])[v + 1] END,
         CASE WHEN n % 3 = 0
              THEN (ARRAY['{"en": "Small", "de": "Klein"}', '{"en": "Medium", "de": "Mittel"}',
                          '{"en": "Large", "de": "Groß"}', '{"en": "Extra large", "de": "Sehr groß"}'])[v + 1]::jsonb
              ELSE (ARRAY['{"en": "Sage", "de": "Salbei"}', '{"en": "Slate blue", "de": "Schieferblau"}',
                          '{"en": "Blush", "de": "Zartrosa"}', '{"en": "Clay", "de": "Ton"}'])[v + 1]::jsonb END,
         CASE WHEN n % 3 > 0 THEN (ARRAY['#9db39b', '#5f7791', '#e2b9a4', '#b5651d'])[v + 1] END, v
    FROM generate_series($1::bigint, $2::bigint) AS n, generate_series(0, n % 4) AS v
   WHERE n % 4 > 0
)sql"};

constexpr pg::Statement synthesize_variants_sql{"app.insert_synthetic_variants", R"sql(
  INSERT INTO catalog.variants (id, product_id, sku, weight_grams, option_values, position)
  SELECT pg_temp.synthetic_id(4, n * 4 + v), pg_temp.synthetic_id(1, n), 'SYN-' || lpad(n::text, 7, '0') || '-' || v,
         100 + (n * 7 % 900)::integer,
         CASE WHEN n % 4 > 0 THEN ARRAY[pg_temp.synthetic_id(3, n * 4 + v)] ELSE '{}'::uuid[] END, v
    FROM generate_series($1::bigint, $2::bigint) AS n, generate_series(0, n % 4) AS v
)sql"};

// One in ten is reduced from a higher price.
constexpr pg::Statement synthesize_prices_sql{"app.insert_synthetic_prices", R"sql(
  INSERT INTO catalog.prices (variant_id, market_id, currency, amount_minor, compare_at_minor)
  SELECT pg_temp.synthetic_id(4, n * 4 + v), m.id, m.currency, amount, CASE WHEN n % 10 = 0 THEN amount * 5 / 4 END
    FROM generate_series($1::bigint, $2::bigint) AS n, generate_series(0, n % 4) AS v, catalog.markets m,
         LATERAL (SELECT (500 + n * 37 % 9500 / 50 * 50 + v * 200) * (9 + m.position) / 10 AS amount) a
)sql"};

// About one variant in eleven is sold out.
constexpr pg::Statement synthesize_stock_levels_sql{"app.insert_synthetic_stock_levels", R"sql(
  INSERT INTO inventory.stock_levels (variant_id, location_id, on_hand)
  SELECT pg_temp.synthetic_id(4, n * 4 + v), l.id, CASE WHEN (n * 7 + v) % 11 = 0 THEN 0 ELSE 1 + (n * 13 + v * 5) % 60 END
    FROM generate_series($1::bigint, $2::bigint) AS n, generate_series(0, n % 4) AS v,
         (SELECT id FROM inventory.locations ORDER BY position, code LIMIT 1) l
)sql"};

constexpr pg::Statement synthesize_stock_movements_sql{"app.insert_synthetic_stock_movements",
                                                       R"sql(
  INSERT INTO inventory.stock_movements (variant_id, location_id, kind, on_hand_delta, reason, actor)
  SELECT s.variant_id, s.location_id, 'received', s.on_hand, 'synthetic catalogue', 'seed'
    FROM generate_series($1::bigint, $2::bigint) AS n
   CROSS JOIN LATERAL generate_series(0, n % 4) AS v
    JOIN inventory.stock_levels s ON s.variant_id = pg_temp.synthetic_id(4, n * 4 + v)
   WHERE s.on_hand > 0
)sql"};

constexpr pg::Statement synthesize_images_sql{"app.insert_synthetic_images", R"sql(
  WITH pictures AS (
    SELECT array_agg(id ORDER BY hash) AS ids, count(*) AS size FROM media.images
  )
  INSERT INTO catalog.product_images (product_id, image_id, alt, position)
  SELECT pg_temp.synthetic_id(1, n), ids[(n + k) % size + 1],
         '{"en": "A picture of another piece", "de": "Bild eines anderen Stücks"}', k
    FROM pictures, generate_series($1::bigint, $2::bigint) AS n, generate_series(0, least(1, size - 1)) AS k
   WHERE size > 0
)sql"};

constexpr pg::Statement synthesize_places_sql{"app.insert_synthetic_places", R"sql(
  WITH categories AS (
    SELECT array_agg(id ORDER BY handle) AS ids, count(*) AS size FROM catalog.categories
  )
  INSERT INTO catalog.product_categories (product_id, category_id, position)
  SELECT pg_temp.synthetic_id(1, n), ids[n % size + 1], 1000 + n
    FROM categories, generate_series($1::bigint, $2::bigint) AS n
   WHERE size > 0
)sql"};

constexpr pg::Statement synthesize_collection_places_sql{"app.insert_synthetic_collection_places",
                                                         R"sql(
  WITH collections AS (
    SELECT array_agg(id ORDER BY handle) AS ids, count(*) AS size FROM catalog.collections
  )
  INSERT INTO catalog.collection_products (collection_id, product_id, position)
  SELECT ids[n / 10 % size + 1], pg_temp.synthetic_id(1, n), 1000 + n
    FROM collections, generate_series($1::bigint, $2::bigint) AS n
   WHERE size > 0 AND n % 10 = 0
)sql"};

// So many rows at once leave the planner with wrong ideas until autovacuum comes by.
constexpr pg::Statement analyze_sql{"app.analyze_synthetic", R"sql(
  ANALYZE catalog.products, catalog.product_options, catalog.option_values, catalog.variants, catalog.prices,
          catalog.product_images, catalog.product_categories, catalog.collection_products, inventory.stock_levels,
          inventory.stock_movements
)sql"};

Task<void> seed_frame(pg::Database& database, Instant now) {
  const json::Value catalog = read_catalog(demo_files());
  const Seed seed{.catalog = catalog, .files = demo_files(), .now = now, .pictures = {}};
  auto transaction = co_await database.begin();
  co_await seed_markets(transaction, seed);
  co_await seed_shop(transaction, seed);
  co_await transaction.commit();
}

// Both ends are included.
Task<void> insert_batch(pg::Database& database, std::int64_t first, std::int64_t last,
                        Instant now) {
  auto transaction = co_await database.begin(pg::Durability::asynchronous);
  pg::Batch batch;
  batch.add(create_helpers_sql);
  batch.add(synthesize_products_sql, first, last);
  batch.add(synthesize_options_sql, first, last);
  batch.add(synthesize_option_values_sql, first, last);
  batch.add(synthesize_variants_sql, first, last);
  batch.add(synthesize_prices_sql, first, last);
  batch.add(synthesize_images_sql, first, last);
  batch.add(synthesize_places_sql, first, last);
  batch.add(synthesize_collection_places_sql, first, last);
  batch.add(synthesize_stock_levels_sql, first, last);
  batch.add(synthesize_stock_movements_sql, first, last);
  co_await transaction.run_all(std::move(batch));
  co_await note_seeding(transaction, "synthetic", now, last - first + 1);
  co_await transaction.commit();
}

}  // namespace

Task<std::int64_t> seed_synthetic(pg::Database& database, std::int64_t count, const Clock& clock) {
  co_await seed_frame(database, clock.now());
  const auto row = co_await database.run_one(count_sql);
  const auto present = row->get<std::int64_t>(0);
  for (std::int64_t first = present; first < count; first += products_per_batch) {
    co_await insert_batch(database, first, std::min(first + products_per_batch, count) - 1,
                          clock.now());
  }
  if (present < count) co_await database.run(analyze_sql);
  co_return std::max<std::int64_t>(count - present, 0);
}

}  // namespace osier::app
