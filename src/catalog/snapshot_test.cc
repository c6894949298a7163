#include "catalog/snapshot.h"

#include <gtest/gtest.h>

#include "catalog/markdown.h"
#include "catalog/test/shop.h"

namespace osier::catalog {
namespace {

using namespace test;

TEST(Texts, FallBackToTheLanguageThenToEnglishThenToAnything) {
  const Texts texts({{"de", "Tasse"}, {"en", "Mug"}});
  EXPECT_EQ(texts.at("de"), "Tasse");
  EXPECT_EQ(texts.at("de-AT"), "Tasse");
  EXPECT_EQ(texts.at("fr"), "Mug");
  EXPECT_EQ(Texts({{"de", "Tasse"}}).at("fr"), "Tasse");
  EXPECT_EQ(Texts().at("en"), "");
}

TEST(Texts, AreReadFromJsonWithAndWithoutEscapes) {
  EXPECT_EQ(Texts::from_json(R"({"de": "Schale", "en": "Bowl"})").at("de"), "Schale");
  EXPECT_EQ(Texts::from_json(R"({"en": "A \"fine\" bowl\nof oak"})").at("en"),
            "A \"fine\" bowl\nof oak");
  EXPECT_EQ(Texts::from_json(R"({"en": 5, "de": "x"})").at("de"), "x");
  EXPECT_TRUE(Texts::from_json("{}").empty());
  EXPECT_TRUE(Texts::from_json("null").empty());
}

TEST(Markdown, LeavesOutRawHtmlAndScripts) {
  EXPECT_EQ(markdown_to_html("Two *words*"), "<p>Two <em>words</em></p>\n");
  const std::string html =
      markdown_to_html("<script>alert(1)</script>\n\n[x](javascript:alert(1))");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("javascript:"), std::string::npos);
}

TEST(Variant, HasTheTierWithTheLargestMinimumThatFits) {
  Variant variant;
  variant.prices = {price_of(eu, 1'000), price_of(eu, 900), price_of(eu, 800)};
  variant.prices[1].min_quantity = 5;
  variant.prices[2].min_quantity = 10;

  EXPECT_EQ(variant.price(eu, 4, noon())->amount, Money::minor(1'000, eur));
  EXPECT_EQ(variant.price(eu, 5, noon())->amount, Money::minor(900, eur));
  EXPECT_EQ(variant.price(eu, 9, noon())->amount, Money::minor(900, eur));
  EXPECT_EQ(variant.price(eu, 10, noon())->amount, Money::minor(800, eur));
  EXPECT_EQ(variant.price(us, 1, noon()), nullptr);
}

TEST(Variant, HasASalePriceFromItsFirstInstantToBeforeItsLast) {
  Variant variant;
  variant.prices = {price_of(eu, 1'000), price_of(eu, 700)};
  variant.prices[1].valid_from = noon();
  variant.prices[1].valid_to = noon() + 1h;

  EXPECT_EQ(variant.price(eu, 1, noon() - 1us)->amount, Money::minor(1'000, eur));
  EXPECT_EQ(variant.price(eu, 1, noon())->amount, Money::minor(700, eur));
  EXPECT_EQ(variant.price(eu, 1, noon() + 1h - 1us)->amount, Money::minor(700, eur));
  EXPECT_EQ(variant.price(eu, 1, noon() + 1h)->amount, Money::minor(1'000, eur));
}

TEST(Market, TaxesByProvinceBeforeCountry) {
  const Market america = settings().markets[us];
  EXPECT_EQ(america.tax_rate("US", "NJ", "standard")->rate_ppm, 66'250);
  EXPECT_EQ(america.tax_rate("US", "OH", "standard")->rate_ppm, 10'000);
  EXPECT_EQ(america.tax_rate("US", "NJ", "reduced"), nullptr);
}

TEST(Snapshot, FindsProductsByHandleIdAndVariant) {
  const auto snapshot =
      snapshot_of({product_of(1, "Mug", 2'800, {"sage", "slate"}), product_of(2, "Bowl", 3'900)});
  const auto mug = snapshot->product_by_handle("product-1");
  ASSERT_TRUE(mug);
  const Product& product = snapshot->product(*mug);
  EXPECT_EQ(snapshot->product_by_id(product.id), mug);
  EXPECT_EQ(snapshot->product_of_variant(product.variants[1].id), mug);
  EXPECT_EQ(product.variant_title(product.variants[1], "en"), "slate");
  EXPECT_FALSE(snapshot->product_by_handle("product-3"));
  EXPECT_FALSE(snapshot->product_of_variant(VariantId(id_of(9, 9))));
}

TEST(Snapshot, TellsBandsAtTheirEdges) {
  const Product mug = product_of(1, "Mug", 2'800);
  const VariantId id = mug.variants[0].id;
  EXPECT_EQ(snapshot_of({mug}, 0)->band(id), Band::none);
  EXPECT_TRUE(snapshot_of({mug}, 0)->is_sold_out(mug));
  EXPECT_EQ(snapshot_of({mug}, 1)->band(id), Band::few);
  EXPECT_EQ(snapshot_of({mug}, 5)->band(id), Band::few);
  EXPECT_EQ(snapshot_of({mug}, 6)->band(id), Band::plenty);
}

// Three products, the first in "mugs", which lies below "tableware".
std::shared_ptr<const Snapshot> three_products() {
  Product mug = product_of(1, "Mug", 2'800);
  place(mug, 1, 5);
  Product bowl = product_of(2, "Bowl", 3'900);
  place(bowl, 0, 2);
  Product plate = product_of(3, "Plate", 4'500);
  place(plate, 0, 1);
  return snapshot_of({mug, bowl, plate});
}

TEST(SnapshotBuilder, ListsACategorysOwnProductsThenThoseBelowIt) {
  const auto snapshot = three_products();
  EXPECT_EQ(snapshot->categories()[0].products, (std::vector<std::size_t>{2, 1, 0}));
  EXPECT_EQ(snapshot->categories()[1].products, (std::vector<std::size_t>{0}));
}

TEST(SnapshotBuilder, LetsOneChangeRaiseOnlyTheVersionsThatShowIt) {
  const auto before = three_products();
  SnapshotBuilder builder(*before);
  Product mug = before->product(0);
  mug.title = in_english("Large mug");
  builder.put(std::make_shared<const Product>(mug));
  const auto after = builder.build(noon());

  EXPECT_EQ(after->version(), before->version() + 1);
  EXPECT_GT(after->product_version(0), before->product_version(0));
  EXPECT_EQ(after->product_version(1), before->product_version(1));
  EXPECT_GT(after->category_version(1), before->category_version(1));
  EXPECT_GT(after->category_version(0), before->category_version(0)) << "it shows the mugs too";
  EXPECT_EQ(after->collection_version(0), before->collection_version(0));
  EXPECT_EQ(before->product(0).title.at("en"), "Mug") << "a snapshot never changes";
}

TEST(SnapshotBuilder, RaisesVersionsWhenABandChangesAndNotForOtherStock) {
  const auto before = three_products();
  const VariantId mug = before->product(0).variants[0].id;
  SnapshotBuilder same_band(*before);
  same_band.set_available({{mug, 8}});
  const auto still = same_band.build(noon());
  EXPECT_EQ(still->product_version(0), before->product_version(0));
  EXPECT_EQ(still->available(mug), 8);

  SnapshotBuilder other_band(*still);
  other_band.set_available({{mug, 0}});
  const auto after = other_band.build(noon());
  EXPECT_GT(after->product_version(0), before->product_version(0));
  EXPECT_TRUE(after->is_sold_out(after->product(0)));
}

TEST(SnapshotBuilder, KeepsLookUpsRightWhenAProductGoes) {
  const auto before = three_products();
  SnapshotBuilder builder(*before);
  builder.remove(before->product(0).id);
  const auto after = builder.build(noon());

  ASSERT_EQ(after->product_count(), 2U);
  EXPECT_FALSE(after->product_by_handle("product-1"));
  for (const char* handle : {"product-2", "product-3"}) {
    const auto index = after->product_by_handle(handle);
    ASSERT_TRUE(index) << handle;
    EXPECT_EQ(after->product(*index).handle, handle);
    EXPECT_EQ(after->product_of_variant(after->product(*index).variants[0].id), index);
  }
  EXPECT_TRUE(after->categories()[1].products.empty());
  EXPECT_EQ(after->categories()[0].products.size(), 2U);
}

TEST(SnapshotBuilder, RemovesAndAddsInOneGo) {
  const auto before = three_products();
  SnapshotBuilder builder(*before);
  builder.remove(before->product(2).id);
  builder.remove(before->product(0).id);
  builder.put(std::make_shared<const Product>(product_of(4, "Jug", 5'000)));
  builder.put(std::make_shared<const Product>(before->product(0)));
  const auto after = builder.build(noon());

  ASSERT_EQ(after->product_count(), 3U);
  for (const char* handle : {"product-1", "product-2", "product-4"}) {
    const auto index = after->product_by_handle(handle);
    ASSERT_TRUE(index) << handle;
    EXPECT_EQ(after->product(*index).handle, handle);
  }
}

TEST(SnapshotBuilder, ShowsAPriceAnewWhenItBeginsOrEnds) {
  Product mug = product_of(1, "Mug", 2'800);
  Price sale = price_of(eu, 2'000);
  sale.valid_from = noon() + 1h;
  sale.valid_to = noon() + 2h;
  mug.variants[0].prices.push_back(sale);
  const auto before = snapshot_of({mug, product_of(2, "Bowl", 3'900)});
  EXPECT_EQ(before->prices_hold_until(), noon() + 1h);

  const auto during = SnapshotBuilder(*before).build(noon() + 1h);
  EXPECT_GT(during->product_version(0), before->product_version(0));
  EXPECT_EQ(during->product_version(1), before->product_version(1));
  EXPECT_EQ(during->prices_hold_until(), noon() + 2h);

  const auto after = SnapshotBuilder(*during).build(noon() + 3h);
  EXPECT_GT(after->product_version(0), during->product_version(0));
  EXPECT_EQ(after->prices_hold_until(), Instant::max());
}

TEST(SnapshotBuilder, RaisesEverythingWhenSettingsChange) {
  const auto before = three_products();
  SnapshotBuilder builder(*before);
  Settings changed = settings();
  changed.shop.name = "Alder";
  ASSERT_TRUE(SnapshotBuilder::has_same_frame(*before, changed));
  builder.set_settings(std::move(changed));
  const auto after = builder.build(noon());
  EXPECT_GT(after->product_version(1), before->product_version(1));
  EXPECT_GT(after->settings_version(), before->settings_version());
  EXPECT_EQ(after->categories()[0].products, before->categories()[0].products);
  EXPECT_EQ(after->shop().name, "Alder");
}

}  // namespace
}  // namespace osier::catalog
