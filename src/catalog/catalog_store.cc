#include "catalog/catalog_store.h"

#include <algorithm>

#include "catalog/markdown.h"
#include "catalog/picture_rows.h"

namespace osier::catalog {

namespace {

constexpr pg::Statement fix_moment_sql{
    "catalog.fix_moment", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"};

// Everything of transactions that had not ended when somebody last looked, and of later ones. The
// snapshot's xmin stands in a row of its own, so that it comes also when nothing has changed.
constexpr pg::Statement load_changes_sql{"catalog.load_changes", R"sql(
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, c.version, c.scope, c.product_id
    FROM (VALUES (1)) one
    LEFT JOIN catalog.changes c ON c.transaction_id >= $1::text::xid8
)sql"};

constexpr pg::Statement trim_changes_sql{"catalog.trim_changes", R"sql(
  DELETE FROM catalog.changes WHERE changed_at < clock_timestamp() - make_interval(secs => $1::bigint)
)sql"};

constexpr pg::Statement load_markets_sql{"catalog.load_markets", R"sql(
  SELECT id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone, announcement,
         hold_minutes::integer
    FROM catalog.markets
   ORDER BY position, code
)sql"};

constexpr pg::Statement load_countries_sql{"catalog.load_countries", R"sql(
  SELECT market_id, country FROM catalog.market_countries ORDER BY country
)sql"};

constexpr pg::Statement load_provinces_sql{"catalog.load_provinces", R"sql(
  SELECT c.market_id, p.country, p.code, p.name
    FROM catalog.provinces p
    JOIN catalog.market_countries c ON c.country = p.country
   ORDER BY p.country, p.name
)sql"};

constexpr pg::Statement load_tax_rates_sql{"catalog.load_tax_rates", R"sql(
  SELECT c.market_id, t.country, t.province, t.tax_class, t.name, t.rate_ppm
    FROM catalog.tax_rates t
    JOIN catalog.market_countries c ON c.country = t.country
   ORDER BY t.country, t.province, t.tax_class
)sql"};

constexpr pg::Statement load_categories_sql{"catalog.load_categories", R"sql(
  SELECT id, handle, title, description, image_id, parent_id FROM catalog.categories ORDER BY position, handle
)sql"};

constexpr pg::Statement load_collections_sql{"catalog.load_collections", R"sql(
  SELECT id, handle, title, description, image_id FROM catalog.collections ORDER BY position, handle
)sql"};

constexpr pg::Statement load_content_pages_sql{"catalog.load_content_pages", R"sql(
  SELECT handle, title, body FROM catalog.content_pages ORDER BY position, handle
)sql"};

constexpr pg::Statement load_shop_sql{"catalog.load_shop", R"sql(
  SELECT name, tagline, hero_image_id,
         coalesce(hero->'title', '{}') AS hero_title, coalesce(hero->'text', '{}') AS hero_text,
         coalesce(hero->'button', '{}') AS hero_button, coalesce(hero->'alt', '{}') AS hero_alt,
         coalesce(hero->>'link', '/') AS hero_link,
         coalesce(story->'title', '{}') AS story_title, coalesce(story->'text', '{}') AS story_text,
         coalesce(seller->>'name', name) AS seller_name, coalesce(seller->>'address', '') AS seller_address,
         coalesce(seller->>'email', '') AS seller_email, coalesce(seller->>'phone', '') AS seller_phone,
         coalesce(seller->>'vat_id', '') AS seller_vat_id
    FROM catalog.shop
)sql"};

Market market_of(const pg::Row& row, TextPool& texts) {
  Market market;
  market.id = row.get<MarketId>(0);
  market.code = row.get<std::string>(1);
  market.region = row.get<std::string>(2);
  market.name = texts.read(row.get<std::string>(3));
  market.currency = row.get<Currency>(4);
  market.prices_include_tax = row.get<bool>(5);
  market.locales = row.get<std::vector<std::string>>(6);
  market.default_country = row.get<std::string>(7);
  market.time_zone = row.get<std::string>(8);
  market.announcement = texts.read(row.get<std::string>(9));
  market.hold_minutes = row.get<std::optional<std::int32_t>>(10);
  return market;
}

Market* market_with(std::vector<Market>& markets, MarketId id) {
  const auto found = std::find_if(markets.begin(), markets.end(),
                                  [id](const Market& market) { return market.id == id; });
  return found == markets.end() ? nullptr : &*found;
}

void add_market_parts(std::vector<Market>& markets, const pg::Rows& countries,
                      const pg::Rows& provinces, const pg::Rows& tax_rates, TextPool& texts) {
  for (const pg::Row& row : countries) {
    if (Market* market = market_with(markets, row.get<MarketId>(0))) {
      market->countries.push_back(row.get<std::string>(1));
    }
  }
  for (const pg::Row& row : provinces) {
    if (Market* market = market_with(markets, row.get<MarketId>(0))) {
      market->provinces.push_back({.country = row.get<std::string>(1),
                                   .code = row.get<std::string>(2),
                                   .name = row.get<std::string>(3)});
    }
  }
  for (const pg::Row& row : tax_rates) {
    if (Market* market = market_with(markets, row.get<MarketId>(0))) {
      market->tax_rates.push_back({.country = row.get<std::string>(1),
                                   .province = row.get<std::string>(2),
                                   .tax_class = row.get<std::string>(3),
                                   .name = texts.read(row.get<std::string>(4)),
                                   .rate_ppm = row.get<std::int32_t>(5)});
    }
  }
}

std::vector<Category> categories_of(const pg::Rows& rows, Shared& shared) {
  std::vector<Category> categories;
  for (const pg::Row& row : rows) {
    Category category;
    category.id = row.get<CategoryId>(0);
    category.handle = row.get<std::string>(1);
    category.title = shared.texts.read(row.get<std::string>(2));
    category.description = shared.texts.read(row.get<std::string>(3));
    category.image = image_of(row.get<std::optional<Uuid>>(4), category.title, shared);
    categories.push_back(std::move(category));
  }
  int at = 0;
  for (Category& category : categories) {
    const auto parent = rows[at++].get<std::optional<CategoryId>>(5);
    for (std::size_t i = 0; parent && i < categories.size(); ++i) {
      if (categories[i].id == *parent && categories[i].id != category.id) category.parent = i;
    }
  }
  return categories;
}

std::vector<Collection> collections_of(const pg::Rows& rows, Shared& shared) {
  std::vector<Collection> collections;
  for (const pg::Row& row : rows) {
    Collection collection;
    collection.id = row.get<CollectionId>(0);
    collection.handle = row.get<std::string>(1);
    collection.title = shared.texts.read(row.get<std::string>(2));
    collection.description = shared.texts.read(row.get<std::string>(3));
    collection.image = image_of(row.get<std::optional<Uuid>>(4), collection.title, shared);
    collections.push_back(std::move(collection));
  }
  return collections;
}

ContentPage content_page_of(const pg::Row& row, TextPool& texts) {
  ContentPage page;
  page.handle = row.get<std::string>(0);
  page.title = texts.read(row.get<std::string>(1));
  Texts::ByLocale html;
  const Texts body = texts.read(row.get<std::string>(2));
  for (const auto& [locale, text] : body.all()) html.emplace_back(locale, markdown_to_html(text));
  page.body_html = Texts(std::move(html));
  return page;
}

Shop shop_of(const pg::Row& row, Shared& shared) {
  const auto texts = [&](const char* column) {
    return shared.texts.read(row.get<std::string>(column));
  };
  Shop shop;
  shop.name = row.get<std::string>("name");
  shop.tagline = texts("tagline");
  shop.hero = {
      .title = texts("hero_title"),
      .text = texts("hero_text"),
      .button = texts("hero_button"),
      .link = row.get<std::string>("hero_link"),
      .image = image_of(row.get<std::optional<Uuid>>("hero_image_id"), texts("hero_alt"), shared)};
  shop.story = {.title = texts("story_title"), .text = texts("story_text")};
  shop.seller = {.name = row.get<std::string>("seller_name"),
                 .address = row.get<std::string>("seller_address"),
                 .email = row.get<std::string>("seller_email"),
                 .phone = row.get<std::string>("seller_phone"),
                 .vat_id = row.get<std::string>("seller_vat_id")};
  return shop;
}

void collect_pictures(const pg::Rows& rows, int column, std::vector<Uuid>& pictures) {
  for (const pg::Row& row : rows) {
    if (const auto id = row.get<std::optional<Uuid>>(column)) pictures.push_back(*id);
  }
}

template <class Things>
std::unordered_map<Uuid, std::size_t> indices_of(const Things& things) {
  std::unordered_map<Uuid, std::size_t> indices;
  for (const auto& thing : things) indices.emplace(thing.id.value(), indices.size());
  return indices;
}

}  // namespace

Frame Frame::of(std::span<const Market> markets, std::span<const Category> categories,
                std::span<const Collection> collections) {
  Frame frame{.markets = indices_of(markets),
              .currencies = {},
              .categories = indices_of(categories),
              .collections = indices_of(collections)};
  for (const Market& market : markets) frame.currencies.push_back(market.currency);
  return frame;
}

Task<void> CatalogStore::fix_moment(pg::Transaction& transaction) {
  co_await transaction.run(fix_moment_sql);
}

Task<Changes> CatalogStore::load_changes(pg::Transaction& transaction, std::uint64_t since) {
  const auto rows = co_await transaction.run(load_changes_sql, std::to_string(since));
  Changes changes;
  for (const pg::Row& row : rows) {
    changes.read_on_from = row.get<std::uint64_t>(0);
    const auto version = row.get<std::optional<std::int64_t>>(1);
    if (!version) continue;
    const auto scope = row.get<std::string>(2);
    const auto product = row.get<std::optional<Uuid>>(3);
    changes.rows.push_back(
        {.version = *version, .everything = scope == "everything", .product = product});
  }
  co_return changes;
}

Task<Settings> CatalogStore::load_settings(pg::Transaction& transaction) {
  pg::Batch batch;
  batch.add(load_markets_sql);
  batch.add(load_countries_sql);
  batch.add(load_provinces_sql);
  batch.add(load_tax_rates_sql);
  batch.add(load_categories_sql);
  batch.add(load_collections_sql);
  batch.add(load_content_pages_sql);
  batch.add(load_shop_sql);
  const auto results = co_await transaction.run_all(std::move(batch));

  std::vector<Uuid> pictures;
  collect_pictures(results[4], 4, pictures);
  collect_pictures(results[5], 4, pictures);
  collect_pictures(results[7], 2, pictures);
  Shared shared;
  co_await load_shared(transaction, std::move(pictures), {}, shared);

  Settings settings;
  for (const pg::Row& row : results[0]) settings.markets.push_back(market_of(row, shared.texts));
  add_market_parts(settings.markets, results[1], results[2], results[3], shared.texts);
  settings.categories = categories_of(results[4], shared);
  settings.collections = collections_of(results[5], shared);
  for (const pg::Row& row : results[6])
    settings.content_pages.push_back(content_page_of(row, shared.texts));
  for (const pg::Row& row : results[7]) settings.shop = shop_of(row, shared);
  co_return settings;
}

Task<std::int64_t> CatalogStore::trim_changes(pg::Database& database, Duration older_than) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(older_than).count();
  const auto rows = co_await database.run(trim_changes_sql, seconds);
  co_return rows.affected();
}

}  // namespace osier::catalog
