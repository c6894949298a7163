#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/telemetry/log.h"

namespace osier::catalog {
namespace {

using Steps = std::vector<const pg::Statement*>;

constexpr pg::Statement create_market_sql{"test.create_market", R"sql(
  INSERT INTO catalog.markets (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               position)
  VALUES ('00000000-0000-7000-8000-000000000001', 'eu', 'eu', '{"en": "Europe"}', 'EUR', true, '{en,de}', 'DE',
          'Europe/Berlin', 1)
)sql"};
constexpr pg::Statement create_country_sql{"test.create_country", R"sql(
  INSERT INTO catalog.market_countries (country, market_id) SELECT 'DE', id FROM catalog.markets
)sql"};
constexpr pg::Statement create_tax_sql{"test.create_tax", R"sql(
  INSERT INTO catalog.tax_rates (country, tax_class, name, rate_ppm) VALUES ('DE', 'standard', '{"en": "VAT"}', 190000)
)sql"};
constexpr pg::Statement create_category_sql{"test.create_category", R"sql(
  INSERT INTO catalog.categories (id, handle, title)
  VALUES ('00000000-0000-7000-8000-000000000002', 'mugs', '{"en": "Mugs"}')
)sql"};
constexpr pg::Statement create_shop_sql{"test.create_shop", R"sql(
  INSERT INTO catalog.shop (name, hero, seller)
  VALUES ('Alder & Loom', '{"title": {"en": "Hello"}, "link": "/c/mugs"}', '{"email": "hello@shop.example"}')
)sql"};
constexpr pg::Statement create_page_sql{"test.create_page", R"sql(
  INSERT INTO catalog.content_pages (handle, title, body)
  VALUES ('terms', '{"en": "Terms"}', '{"en": "Be *kind*. <b>raw</b>"}')
)sql"};
constexpr pg::Statement create_image_sql{"test.create_image", R"sql(
  INSERT INTO media.images (id, hash, width, height, colour, renditions)
  VALUES ('00000000-0000-7000-8000-000000000003', '0123456789abcdef0123456789abcdef', 640, 800, '#aabbcc',
          '[{"format":"jpeg","width":640,"height":800,"name":"0123456789abcdef0123456789abcdef-640.jpg","size":1}]')
)sql"};
constexpr pg::Statement create_product_sql{"test.create_product", R"sql(
  INSERT INTO catalog.products (id, handle, status, title, description)
  VALUES ('00000000-0000-7000-8000-000000000010', 'dipped-mug', 'published', '{"en": "Dipped mug", "de": "Tasse"}',
          '{"en": "For \"breakfast\".\n\nThrown **by hand**."}'),
         ('00000000-0000-7000-8000-000000000020', 'draft-bowl', 'draft', '{"en": "Bowl"}', '{}')
)sql"};
constexpr pg::Statement create_option_sql{"test.create_option", R"sql(
  INSERT INTO catalog.product_options (id, product_id, code, name, position)
  VALUES ('00000000-0000-7000-8000-000000000011', '00000000-0000-7000-8000-000000000010', 'colour',
          '{"en": "Colour"}', 0)
)sql"};
constexpr pg::Statement create_values_sql{"test.create_values", R"sql(
  INSERT INTO catalog.option_values (id, option_id, code, name, swatch, position)
  VALUES ('00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-000000000011', 'sage', '{"en": "Sage"}',
          '#9db39b', 0),
         ('00000000-0000-7000-8000-000000000013', '00000000-0000-7000-8000-000000000011', 'slate', '{"en": "Slate"}',
          NULL, 1)
)sql"};
constexpr pg::Statement create_variants_sql{"test.create_variants", R"sql(
  INSERT INTO catalog.variants (id, product_id, sku, option_values, image_id, content_amount, content_unit, position)
  VALUES ('00000000-0000-7000-8000-000000000014', '00000000-0000-7000-8000-000000000010', 'MUG-SAGE',
          '{00000000-0000-7000-8000-000000000012}', '00000000-0000-7000-8000-000000000003', 330, 'ml', 0),
         ('00000000-0000-7000-8000-000000000015', '00000000-0000-7000-8000-000000000010', 'MUG-SLATE',
          '{00000000-0000-7000-8000-000000000013}', NULL, NULL, NULL, 1),
         ('00000000-0000-7000-8000-000000000024', '00000000-0000-7000-8000-000000000020', 'BOWL', '{}', NULL, NULL,
          NULL, 0)
)sql"};
constexpr pg::Statement create_prices_sql{"test.create_prices", R"sql(
  INSERT INTO catalog.prices (variant_id, market_id, currency, amount_minor)
  SELECT v.id, m.id, m.currency, 3500 FROM catalog.variants v, catalog.markets m
)sql"};
constexpr pg::Statement reduce_prices_sql{"test.reduce_prices", R"sql(
  UPDATE catalog.prices SET amount_minor = 2800, compare_at_minor = 4000
)sql"};
constexpr pg::Statement create_parts_sql{"test.create_parts", R"sql(
  INSERT INTO catalog.product_images (product_id, image_id, alt, position)
  VALUES ('00000000-0000-7000-8000-000000000010', '00000000-0000-7000-8000-000000000003', '{"en": "A mug"}', 0)
)sql"};
constexpr pg::Statement create_places_sql{"test.create_places", R"sql(
  INSERT INTO catalog.product_categories (product_id, category_id) SELECT p.id, c.id FROM catalog.products p, catalog.categories c
)sql"};

constexpr pg::Statement rename_sql{"test.rename", R"sql(
  UPDATE catalog.products SET title = jsonb_build_object('en', $1::text) WHERE handle = 'dipped-mug'
)sql"};
constexpr pg::Statement reprice_sql{"test.reprice",
                                    "UPDATE catalog.prices SET amount_minor = $1::bigint"};
constexpr pg::Statement set_status_sql{"test.set_status",
                                       "UPDATE catalog.products SET status = $2 WHERE handle = $1"};
constexpr pg::Statement rename_category_sql{"test.rename_category", R"sql(
  UPDATE catalog.categories SET title = '{"en": "Cups"}'
)sql"};
constexpr pg::Statement add_category_sql{"test.add_category", R"sql(
  INSERT INTO catalog.categories (id, handle, title, position)
  VALUES ('00000000-0000-7000-8000-000000000009', 'bowls', '{"en": "Bowls"}', -1)
)sql"};
constexpr pg::Statement delete_variant_sql{"test.delete_variant",
                                           "DELETE FROM catalog.variants WHERE sku = 'MUG-SLATE'"};
constexpr pg::Statement notify_sql{"test.notify", "SELECT pg_notify('stock', $1)"};
constexpr pg::Statement count_changes_sql{"test.count_changes",
                                          "SELECT count(*) FROM catalog.changes"};
constexpr pg::Statement age_changes_sql{"test.age_changes", R"sql(
  UPDATE catalog.changes SET changed_at = changed_at - interval '8 days'
)sql"};
constexpr pg::Statement cut_listeners_sql{"test.cut_listeners", R"sql(
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()
)sql"};

const Uuid sage = *Uuid::parse("00000000-0000-7000-8000-000000000014");
const Uuid slate = *Uuid::parse("00000000-0000-7000-8000-000000000015");

// Units as a test sets them.
class Shelf final : public AvailabilitySource {
 public:
  std::unordered_map<Uuid, std::int32_t> units;
  int loads = 0;

  Task<std::unordered_map<Uuid, std::int32_t>> load(std::vector<Uuid> only) override {
    ++loads;
    if (only.empty()) co_return units;
    std::unordered_map<Uuid, std::int32_t> found;
    for (const Uuid& id : only) {
      if (units.contains(id)) found[id] = units[id];
    }
    co_return found;
  }
};

struct Fixture {
  explicit Fixture(pg::Database& db)
      : database(db),
        log(telemetry::Level::error, telemetry::Format::json, clock),
        catalog(db, shelf, clock, log) {}

  pg::Database& database;
  SystemClock clock;
  telemetry::Log log;
  Shelf shelf;
  Catalog catalog;
  std::string connection;

  const Product& mug() const {
    const auto snapshot = catalog.snapshot();
    return snapshot->product(*snapshot->product_by_handle("dipped-mug"));
  }
};

Task<void> fill(Fixture& shop) {
  for (const pg::Statement* statement :
       {&create_market_sql, &create_country_sql, &create_tax_sql, &create_category_sql,
        &create_shop_sql, &create_page_sql, &create_image_sql, &create_product_sql,
        &create_option_sql, &create_values_sql, &create_variants_sql, &create_prices_sql,
        &reduce_prices_sql, &create_parts_sql, &create_places_sql}) {
    co_await shop.database.run(*statement);
  }
  shop.shelf.units = {{sage, 34}, {slate, 2}};
  co_await shop.catalog.load();
}

using Act = Task<void> (*)(Fixture&);

Task<void> fill_and_act(Fixture& shop, Act act) {
  co_await fill(shop);
  co_await act(shop);
}

// Runs `act` on a filled and loaded shop.
void with_shop(Act act) {
  const pg::test::Database fresh(migrations());
  std::unique_ptr<Fixture> shop;
  pg::test::run(fresh.connection(), [&](pg::Database& database) {
    shop = std::make_unique<Fixture>(database);
    shop->connection = fresh.connection();
    return fill_and_act(*shop, act);
  });
}

// Waits until it is true, two seconds at most.
Task<bool> comes_true(std::function<bool()> condition) {
  for (int i = 0; i < 200 && !condition(); ++i) co_await sleep_for(10ms);
  co_return condition();
}

// Runs `act` while the catalogue follows news.
Task<void> act_while_running(Fixture& shop, Act act) {
  TaskGroup group;
  group.spawn(shop.catalog.run(shop.connection));
  co_await sleep_for(200ms);
  co_await act(shop);
  shop.catalog.stop();
  co_await group.join();
}

Task<void> check_loaded(Fixture& shop) {
  const auto snapshot = shop.catalog.snapshot();
  EXPECT_EQ(snapshot->product_count(), 1U) << "drafts are not shown";
  const Product& mug = shop.mug();
  EXPECT_EQ(mug.title.at("de"), "Tasse");
  EXPECT_EQ(mug.description_html.at("en"),
            "<p>For &quot;breakfast&quot;.</p>\n<p>Thrown <strong>by hand</strong>.</p>\n");
  EXPECT_EQ(mug.variants.size(), 2U);
  EXPECT_EQ(mug.variant_title(mug.variants[0], "en"), "Sage");
  EXPECT_EQ(mug.options[0].values[0].swatch, "#9db39b");
  EXPECT_EQ(mug.variants[0].image, 0U);
  EXPECT_EQ(mug.variants[0].content->amount, 330);
  EXPECT_EQ(mug.images[0].picture->renditions.size(), 1U);
  EXPECT_EQ(mug.images[0].alt.at("en"), "A mug");
  const Price* price = mug.variants[0].price(0, 1, shop.clock.now());
  EXPECT_EQ(price->amount, Money::minor(2'800, Currency::of("EUR")));
  EXPECT_EQ(price->compare_at, Money::minor(3'500, Currency::of("EUR")));
  EXPECT_EQ(snapshot->categories()[0].products.size(), 1U);
  EXPECT_EQ(snapshot->available(VariantId(sage)), 34);
  EXPECT_EQ(snapshot->band(VariantId(slate)), Band::few);
  EXPECT_EQ(snapshot->market("eu")->tax_rate("DE", "", "standard")->rate_ppm, 190'000);
  EXPECT_EQ(snapshot->shop().hero.link, "/c/mugs");
  EXPECT_EQ(snapshot->shop().seller.email, "hello@shop.example");
  const std::string terms = snapshot->content_page("terms")->body_html.at("en");
  EXPECT_NE(terms.find("<em>kind</em>"), std::string::npos);
  EXPECT_EQ(terms.find("<b>"), std::string::npos);
  co_return;
}

TEST(Catalog, LoadsEverythingPublished) { with_shop(check_loaded); }

Task<void> check_refresh(Fixture& shop) {
  const auto before = shop.catalog.snapshot();
  co_await shop.database.run(rename_sql, "Blue mug");
  co_await shop.database.run(reprice_sql, 3'000);
  co_await shop.catalog.refresh();
  EXPECT_EQ(shop.mug().title.at("en"), "Blue mug");
  EXPECT_EQ(shop.mug().variants[1].price(0, 1, shop.clock.now())->amount.amount_minor(), 3'000);
  EXPECT_GT(shop.catalog.snapshot()->product_version(0), before->product_version(0));

  co_await shop.database.run(delete_variant_sql);
  co_await shop.catalog.refresh();
  EXPECT_EQ(shop.mug().variants.size(), 1U);
  EXPECT_FALSE(shop.catalog.snapshot()->product_of_variant(VariantId(slate)));
}

TEST(Catalog, AppliesChangesOfProductsAndTheirParts) { with_shop(check_refresh); }

Task<void> check_publishing(Fixture& shop) {
  co_await shop.database.run(set_status_sql, "draft-bowl", "published");
  co_await shop.database.run(set_status_sql, "dipped-mug", "archived");
  co_await shop.catalog.refresh();
  const auto snapshot = shop.catalog.snapshot();
  EXPECT_EQ(snapshot->product_count(), 1U);
  EXPECT_TRUE(snapshot->product_by_handle("draft-bowl"));
  EXPECT_FALSE(snapshot->product_by_handle("dipped-mug"));
}

TEST(Catalog, ShowsWhatIsPublishedAndNoLongerWhatIsArchived) { with_shop(check_publishing); }

Task<void> check_settings(Fixture& shop) {
  co_await shop.database.run(rename_category_sql);
  co_await shop.catalog.refresh();
  EXPECT_EQ(shop.catalog.snapshot()->categories()[0].title.at("en"), "Cups");
  EXPECT_EQ(shop.catalog.snapshot()->categories()[0].products.size(), 1U);

  co_await shop.database.run(add_category_sql);  // In front of the other: every index changes.
  co_await shop.catalog.refresh();
  const auto snapshot = shop.catalog.snapshot();
  EXPECT_EQ(snapshot->categories()[0].handle, "bowls");
  EXPECT_EQ(snapshot->categories()[1].products.size(), 1U);
  EXPECT_EQ(shop.mug().categories, std::vector<std::size_t>{1});
}

TEST(Catalog, AppliesChangesOfCategories) { with_shop(check_settings); }

// The change that commits later has the lower version: it must not be missed.
Task<void> check_late_commit(Fixture& shop) {
  auto late = co_await shop.database.begin();
  co_await late.run(reprice_sql, 1'111);
  co_await shop.database.run(rename_sql, "Early mug");
  co_await shop.catalog.refresh();
  EXPECT_EQ(shop.mug().title.at("en"), "Early mug");
  EXPECT_EQ(shop.mug().variants[0].price(0, 1, shop.clock.now())->amount.amount_minor(), 2'800);
  co_await late.commit();
  co_await shop.catalog.refresh();
  EXPECT_EQ(shop.mug().variants[0].price(0, 1, shop.clock.now())->amount.amount_minor(), 1'111);
}

// The renaming waits for no row of the other transaction: prices and products are different rows.
TEST(Catalog, MissesNoChangeThatCommitsOutOfOrder) { with_shop(check_late_commit); }

Task<void> check_notified(Fixture& shop) {
  co_await shop.database.run(rename_sql, "Notified mug");
  EXPECT_TRUE(co_await comes_true([&] { return shop.mug().title.at("en") == "Notified mug"; }));
}
Task<void> run_notified(Fixture& shop) { return act_while_running(shop, check_notified); }

TEST(Catalog, HearsOfAChangeMadeByAnybodyWithinASecond) { with_shop(run_notified); }

Task<void> check_stock_news(Fixture& shop) {
  const auto before = shop.catalog.snapshot();
  shop.shelf.units[slate] = 0;
  co_await shop.database.run(notify_sql, slate.to_string());
  EXPECT_TRUE(co_await comes_true(
      [&] { return shop.catalog.snapshot()->band(VariantId(slate)) == Band::none; }));
  EXPECT_GT(shop.catalog.snapshot()->product_version(0), before->product_version(0));
  EXPECT_EQ(shop.catalog.snapshot()->available(VariantId(sage)), 34);
}
Task<void> run_stock_news(Fixture& shop) { return act_while_running(shop, check_stock_news); }

TEST(Catalog, AppliesNewsOfStockByVariant) { with_shop(run_stock_news); }

Task<void> check_catching_up(Fixture& shop) {
  for (int round = 0; round < 3; ++round) {
    co_await shop.database.run(cut_listeners_sql);
    const std::string title = "Mug " + std::to_string(round);
    co_await shop.database.run(rename_sql, title);
    shop.shelf.units[sage] = round;
    EXPECT_TRUE(co_await comes_true([&] { return shop.mug().title.at("en") == title; }));
    EXPECT_TRUE(co_await comes_true(
        [&] { return shop.catalog.snapshot()->available(VariantId(sage)) == round; }));
  }
}
Task<void> run_catching_up(Fixture& shop) { return act_while_running(shop, check_catching_up); }

TEST(Catalog, CatchesUpAfterALostConnection) { with_shop(run_catching_up); }

pg::test::Server* mortal_server = nullptr;

Task<void> check_outage(Fixture& shop) {
  mortal_server->kill();
  co_await sleep_for(300ms);
  EXPECT_EQ(shop.mug().title.at("de"), "Tasse") << "the last snapshot goes on serving";
  mortal_server->start();
  for (int tries = 0; tries < 50; ++tries) {
    if (co_await shop.database.is_reachable()) break;
    co_await sleep_for(100ms);
  }
  co_await shop.database.run(rename_sql, "Mug after the outage");
  bool is_seen = false;
  for (int tries = 0; tries < 5 && !is_seen; ++tries) {
    is_seen =
        co_await comes_true([&] { return shop.mug().title.at("en") == "Mug after the outage"; });
  }
  EXPECT_TRUE(is_seen);
}
Task<void> run_outage(Fixture& shop) { return act_while_running(shop, check_outage); }

TEST(Catalog, ServesOnWhileTheDatabaseIsDownAndCatchesUpAfterwards) {
  pg::test::Server own;
  mortal_server = &own;
  ASSERT_TRUE(pg::migrate(own.connection(), migrations()));
  std::unique_ptr<Fixture> shop;
  pg::test::run(own.connection(), [&](pg::Database& database) {
    shop = std::make_unique<Fixture>(database);
    shop->connection = own.connection();
    return fill_and_act(*shop, run_outage);
  });
}

Task<void> check_trim(Fixture& shop) {
  co_await shop.catalog.trim_changes();
  const auto young = co_await shop.database.run_one(count_changes_sql);
  EXPECT_GT(young->get<std::int64_t>(0), 0);
  co_await shop.database.run(age_changes_sql);
  co_await shop.catalog.trim_changes();
  const auto old = co_await shop.database.run_one(count_changes_sql);
  EXPECT_EQ(old->get<std::int64_t>(0), 0);
}

TEST(Catalog, ForgetsOldChanges) { with_shop(check_trim); }

int settings_told = 0;
Task<void> count_settings() {
  ++settings_told;
  co_return;
}

Task<void> check_settings_told(Fixture& shop) {
  settings_told = 0;
  shop.catalog.when_settings_change(count_settings);
  co_await shop.database.run(rename_sql, "Mug");
  co_await shop.catalog.refresh();
  EXPECT_EQ(settings_told, 0);
  co_await shop.database.run(rename_category_sql);
  co_await shop.catalog.refresh();
  EXPECT_EQ(settings_told, 1);
}

TEST(Catalog, TellsWhenSettingsChange) { with_shop(check_settings_told); }

}  // namespace
}  // namespace osier::catalog
