#include "catalog/store_json.h"

#include <gtest/gtest.h>

#include "catalog/routes.h"
#include "catalog/store_query.h"
#include "catalog/test/shop.h"

namespace osier::catalog {
namespace {

using namespace test;

// A mug in two colours in "mugs", and a bowl.
std::shared_ptr<const Snapshot> shop() {
  Product mug = product_of(1, "Mug", 2'800, {"sage", "slate"});
  mug.variants[0].prices[0].compare_at = Money::minor(3'500, eur);
  place(mug, 1, 0);
  mug.collections = {0};
  mug.collection_positions = {0};
  return snapshot_of({mug, product_of(2, "Bowl", 3'900)});
}

http::Request get(std::string query) {
  http::Request request;
  request.path = "/store/products";
  request.query = std::move(query);
  request.headers.set("Host", "shop.example");
  return request;
}

web::Query query_of(const http::Request& request) {
  return web::read_query(request, {.order_fields = {"created_at", "title", "handle", "id"}})
      .value();
}

// The product of that number as the API tells it.
json::Object told(const Snapshot& snapshot, std::size_t product, const std::string& query) {
  const auto request = get(query);
  const auto parsed = query_of(request);
  const auto view = store_view_of(snapshot, request, parsed, noon());
  return product_json(*view, snapshot.product(product), parsed.fields);
}

std::vector<std::size_t> selected(const Snapshot& snapshot, const std::string& query) {
  const auto request = get(query);
  const auto parsed = query_of(request);
  return select_products(*store_view_of(snapshot, request, parsed, noon()), parsed);
}

std::string region(std::size_t market) {
  return "region_id=" + web::public_id("reg", id_of(1, static_cast<std::uint8_t>(market)));
}

TEST(StoreProduct, HasPricesInMajorUnitsWhenARegionIsNamed) {
  const auto snapshot = shop();
  const auto mug = told(*snapshot, 0, region(eu));
  const auto& price = mug.at("variants").at(0).at("calculated_price");
  EXPECT_EQ(json::to_text(price.at("calculated_amount")), "28");
  EXPECT_EQ(json::to_text(price.at("original_amount")), "35");
  EXPECT_EQ(price.at("currency_code"), "eur");
  EXPECT_EQ(price.at("is_calculated_price_tax_inclusive"), true);
  EXPECT_FALSE(price.as_object().contains("calculated_amount_with_tax"));
  EXPECT_EQ(told(*snapshot, 0, region(us))
                .at("variants")
                .at(0)
                .at("calculated_price")
                .at("currency_code"),
            "usd");
}

TEST(StoreProduct, HasNoPricesWithoutARegion) {
  EXPECT_FALSE(told(*shop(), 0, "").at("variants").at(0).as_object().contains("calculated_price"));
}

TEST(StoreProduct, TellsTaxesOfACountryAndProvince) {
  const auto snapshot = shop();
  const auto german = told(*snapshot, 0, region(eu) + "&country_code=de")
                          .at("variants")
                          .at(0)
                          .at("calculated_price");
  EXPECT_EQ(json::to_text(german.at("calculated_amount_with_tax")), "28");
  EXPECT_EQ(json::to_text(german.at("calculated_amount_without_tax")), "23.53");
  const auto jersey = told(*snapshot, 0, region(us) + "&country_code=us&province=us-nj");
  const auto& price = jersey.at("variants").at(0).at("calculated_price");
  EXPECT_EQ(json::to_text(price.at("calculated_amount_without_tax")), "56");
  EXPECT_EQ(json::to_text(price.at("calculated_amount_with_tax")), "59.71");
}

TEST(StoreProduct, NamesItsOptionsAndStock) {
  const auto mug = told(*shop(), 0, "");
  const auto& variant = mug.at("variants").at(1);
  EXPECT_EQ(variant.at("title"), "slate");
  EXPECT_EQ(variant.at("inventory_quantity"), 10);
  EXPECT_EQ(variant.at("options").at(0).at("value"), "slate");
  EXPECT_EQ(variant.at("options").at(0).at("option_id"), mug.at("options").at(0).at("id"));
  EXPECT_EQ(variant.at("product_id"), mug.at("id"));
  EXPECT_TRUE(std::string(mug.at("id").as_string()).starts_with("prod_"));
}

TEST(StoreProduct, HasCategoriesOnlyIfTheyAreAskedFor) {
  EXPECT_FALSE(told(*shop(), 0, "").contains("categories"));
  EXPECT_EQ(told(*shop(), 0, "fields=*categories").at("categories").at(0).at("handle"), "mugs");
}

TEST(StoreProducts, AreSelectedByIdHandleCategoryCollectionAndWords) {
  const auto snapshot = shop();
  const std::vector<std::size_t> mug = {0};
  EXPECT_EQ(selected(*snapshot, "").size(), 2U);
  EXPECT_EQ(selected(*snapshot, "handle=product-1"), mug);
  EXPECT_EQ(selected(*snapshot, "id[]=" + web::public_id("prod", id_of(4, 1))), mug);
  EXPECT_EQ(selected(*snapshot, "category_id[0]=" + web::public_id("pcat", id_of(2, 1))), mug);
  EXPECT_EQ(selected(*snapshot, "collection_id=" + web::public_id("pcol", id_of(3, 0))), mug);
  EXPECT_EQ(selected(*snapshot, "q=mug"), mug);
  EXPECT_EQ(selected(*snapshot, "q=mug&handle=product-2"), std::vector<std::size_t>{});
  EXPECT_EQ(selected(*snapshot, "id=prod_unknown"), std::vector<std::size_t>{});
}

TEST(StoreProducts, AreSortedAsAsked) {
  const auto snapshot = shop();
  EXPECT_EQ(selected(*snapshot, "order=title"), (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(selected(*snapshot, "order=-title"), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(selected(*snapshot, "order=-created_at"), (std::vector<std::size_t>{1, 0}));
}

TEST(StoreView, RefusesARegionCountryOrCurrencyThatIsNotOurs) {
  const auto snapshot = shop();
  for (const char* query : {"region_id=reg_1", "region_id=prod_00000000000000000000000000000000",
                            "country_code=fr", "currency_code=gbp"}) {
    const auto request = get(query);
    EXPECT_FALSE(store_view_of(*snapshot, request, query_of(request), noon())) << query;
  }
}

TEST(StoreCategory, KnowsItsParentAndChildren) {
  const auto snapshot = shop();
  const auto request = get("");
  const auto view = store_view_of(*snapshot, request, query_of(request), noon());
  const auto mugs = category_json(*view, 1, Tree::neighbours, Tree::neighbours);
  EXPECT_EQ(mugs.at("parent_category").at("handle"), "tableware");
  EXPECT_EQ(mugs.at("parent_category_id"), mugs.at("parent_category").at("id"));
  const auto tableware = category_json(*view, 0, Tree::whole, Tree::whole);
  EXPECT_TRUE(tableware.at("parent_category").is_null());
  EXPECT_EQ(tableware.at("category_children").at(0).at("handle"), "mugs");
}

TEST(StoreRegion, NamesItsCountriesInEveryForm) {
  const auto snapshot = shop();
  const auto request = get("");
  const auto view = store_view_of(*snapshot, request, query_of(request), noon());
  const auto europe = region_json(*view, snapshot->markets()[eu]);
  EXPECT_EQ(europe.at("currency_code"), "eur");
  const auto& germany = europe.at("countries").at(1);
  EXPECT_EQ(germany.at("iso_2"), "de");
  EXPECT_EQ(germany.at("iso_3"), "deu");
  EXPECT_EQ(germany.at("num_code"), "276");
  EXPECT_EQ(germany.at("display_name"), "Germany");
}

}  // namespace
}  // namespace osier::catalog
