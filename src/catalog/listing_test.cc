#include "catalog/listing.h"

#include <gtest/gtest.h>

#include "catalog/fold.h"
#include "catalog/test/shop.h"

namespace osier::catalog {
namespace {

using namespace test;

std::vector<std::string> titles_of(const Snapshot& snapshot, const Listing& listing) {
  std::vector<std::string> titles;
  for (const std::size_t index : listing.products)
    titles.push_back(snapshot.product(index).title.at("en"));
  return titles;
}

using Titles = std::vector<std::string>;

// A mug in three colours, a bowl in one, a plate in none.
std::shared_ptr<const Snapshot> shop() {
  return snapshot_of({product_of(1, "Dipped mug", 2'800, {"sage", "slate", "blush"}),
                      product_of(2, "Serving bowl", 5'900, {"sage"}),
                      product_of(3, "Plate", 4'500)});
}

ListingRequest everything() {
  ListingRequest request;
  request.locale = "en";
  return request;
}

const FacetValue* facet_value(const Listing& listing, const std::string& code) {
  for (const Facet& facet : listing.facets) {
    for (const FacetValue& value : facet.values) {
      if (value.code == code) return &value;
    }
  }
  return nullptr;
}

TEST(Fold, TakesOffCaseAccentsAndPunctuation) {
  EXPECT_EQ(fold("Töpferei  Brandt's Straße!"), "topferei brandts strasse");
  EXPECT_EQ(fold("ＭＵＧ ½"), "mug 1 2");
  EXPECT_EQ(fold("MUG-DIP-SAGE"), "mug dip sage");
  EXPECT_EQ(fold("…"), "");
}

TEST(QueryWords, StopAtTenWordsAndTwoHundredCharacters) {
  EXPECT_EQ(query_words("a b c d e f g h i j k").size(), query_words_max);
  const std::string long_query = std::string(query_length_max, 'x') + "y";
  EXPECT_EQ(query_words(long_query), Titles{std::string(query_length_max, 'x')});
  EXPECT_TRUE(query_words(" - ").empty());
}

TEST(Listing, ShowsTheNewestFirstUnlessToldOtherwise) {
  const auto snapshot = shop();
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, everything())),
            (Titles{"Plate", "Serving bowl", "Dipped mug"}));
}

TEST(Listing, SortsByPriceAndName) {
  const auto snapshot = shop();
  auto request = everything();
  request.sort = Sort::price_ascending;
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)),
            (Titles{"Dipped mug", "Plate", "Serving bowl"}));
  request.sort = Sort::price_descending;
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)),
            (Titles{"Serving bowl", "Plate", "Dipped mug"}));
  request.sort = Sort::name;
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)),
            (Titles{"Dipped mug", "Plate", "Serving bowl"}));
}

TEST(Listing, SortsLongNamesPastTheirFirstLetters) {
  const auto snapshot = snapshot_of({product_of(1, "A very long name of a bowl B", 100),
                                     product_of(2, "A very long name of a bowl Ä", 100),
                                     product_of(3, "A very long name of a bowl C", 100)});
  auto request = everything();
  request.sort = Sort::name;
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)),
            (Titles{"A very long name of a bowl Ä", "A very long name of a bowl B",
                    "A very long name of a bowl C"}));
}

TEST(Listing, FiltersByOptionAndCountsOtherChoices) {
  const auto snapshot = shop();
  auto request = everything();
  request.options = {{"colour", {"slate"}}};
  const Listing listing = list_products(*snapshot, request);

  EXPECT_EQ(titles_of(*snapshot, listing), Titles{"Dipped mug"});
  ASSERT_EQ(listing.facets.size(), 1U);
  EXPECT_EQ(facet_value(listing, "sage")->count, 2U)
      << "with sage instead, mug and bowl would be shown";
  EXPECT_EQ(facet_value(listing, "slate")->count, 1U);
  EXPECT_TRUE(facet_value(listing, "slate")->is_chosen);
  EXPECT_FALSE(facet_value(listing, "sage")->is_chosen);
}

TEST(Listing, TakesSeveralValuesOfAnOptionAsAlternatives) {
  const auto snapshot = shop();
  auto request = everything();
  request.options = {{"colour", {"slate", "sage"}}};
  EXPECT_EQ(list_products(*snapshot, request).total, 2U);
}

TEST(Listing, WantsOneVariantToMeetAllFilters) {
  Product shirt = product_of(1, "Shirt", 1'000, {"red", "blue"});
  shirt.options.push_back({id_of(8, 1), "size", in_english("Size"), {}});
  shirt.options[1].values = {{OptionValueId(id_of(8, 2)), "small", in_english("Small"), ""},
                             {OptionValueId(id_of(8, 3)), "large", in_english("Large"), ""}};
  shirt.variants[0].values = {0, 0};  // Red and small.
  shirt.variants[1].values = {1, 1};  // Blue and large.
  const auto snapshot = snapshot_of({shirt});

  auto request = everything();
  request.options = {{"colour", {"red"}}, {"size", {"small"}}};
  EXPECT_EQ(list_products(*snapshot, request).total, 1U);
  request.options = {{"colour", {"red"}}, {"size", {"large"}}};
  const Listing listing = list_products(*snapshot, request);
  EXPECT_EQ(listing.total, 0U);
  EXPECT_EQ(facet_value(listing, "small")->count, 1U) << "small would show the red one";
  EXPECT_EQ(facet_value(listing, "blue")->count, 1U) << "blue would show the large one";
}

TEST(Listing, CountsOnlyVariantsThatCanBeBoughtIfThatIsAsked) {
  const Product mug = product_of(1, "Mug", 2'800, {"sage", "slate"});
  SnapshotBuilder builder(settings());
  builder.put(std::make_shared<const Product>(mug));
  builder.set_available({{mug.variants[0].id, 3}});
  const auto snapshot = builder.build(noon());

  auto request = everything();
  request.availability = AvailabilityFilter::available;
  request.options = {{"colour", {"slate"}}};
  EXPECT_EQ(list_products(*snapshot, request).total, 0U) << "only sage is left";
  request.availability = AvailabilityFilter::all;
  const Listing listing = list_products(*snapshot, request);
  EXPECT_EQ(listing.total, 1U);
  EXPECT_EQ(listing.available, 0U);
}

TEST(Listing, FiltersByPriceWithBothEndsIncluded) {
  const auto snapshot = shop();
  auto request = everything();
  request.price_min_minor = 2'800;
  request.price_max_minor = 4'500;
  const Listing listing = list_products(*snapshot, request);
  EXPECT_EQ(listing.total, 2U);
  EXPECT_EQ(listing.price_lowest, Money::minor(2'800, eur));
  EXPECT_EQ(listing.price_highest, Money::minor(5'900, eur))
      << "of all, apart from the price filter";
  request.price_min_minor = 2'801;
  request.price_max_minor = 4'499;
  EXPECT_EQ(list_products(*snapshot, request).total, 0U);
}

TEST(Listing, ShowsOnlyWhatTheMarketSells) {
  Product mug = product_of(1, "Mug", 2'800);
  mug.variants[0].prices.pop_back();  // Not in the US.
  const auto snapshot = snapshot_of({mug});
  auto request = everything();
  EXPECT_EQ(list_products(*snapshot, request).total, 1U);
  request.market = us;
  EXPECT_EQ(list_products(*snapshot, request).total, 0U);
}

TEST(Listing, PagesWithoutRepeatingOrLosingAProduct) {
  std::vector<Product> products;
  for (std::uint8_t i = 0; i < 25; ++i) products.push_back(product_of(i, "Mug", 2'800));
  const auto snapshot = snapshot_of(std::move(products));
  auto request = everything();
  request.sort = Sort::price_ascending;
  const Listing first = list_products(*snapshot, request);
  request.page = 2;
  const Listing second = list_products(*snapshot, request);
  request.page = 3;
  const Listing third = list_products(*snapshot, request);

  EXPECT_EQ(first.products.size(), products_per_page);
  EXPECT_EQ(first.pages, 2U);
  ASSERT_EQ(second.products.size(), 1U);
  EXPECT_EQ(std::count(first.products.begin(), first.products.end(), second.products[0]), 0);
  EXPECT_TRUE(third.products.empty());
  EXPECT_EQ(third.total, 25U);
}

TEST(Search, FindsAllWordsAtTheBeginningOfWords) {
  const auto snapshot = shop();
  auto request = everything();
  request.query = "DÍP mu";
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)), Titles{"Dipped mug"});
  request.query = "sku-1";
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)), Titles{"Dipped mug"});
  request.query = "ug";
  EXPECT_EQ(list_products(*snapshot, request).total, 0U);
  request.query = "mug bowl";
  EXPECT_EQ(list_products(*snapshot, request).total, 0U);
}

TEST(Search, ShowsMatchesInTheTitleFirst) {
  Product newer = product_of(2, "Tray", 1'000);
  newer.subtitle = in_english("For a mug and a plate");
  const auto snapshot = snapshot_of({product_of(1, "Mug", 2'800), newer});
  auto request = everything();
  request.query = "mug";
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)), (Titles{"Mug", "Tray"}));
}

TEST(Search, KnowsProductsThatChangedSinceItsIndexWasMade) {
  std::vector<Product> many;
  for (std::uint8_t i = 0; i < 250; ++i)
    many.push_back(product_of(i, "Mug " + std::to_string(i), 2'800));
  auto snapshot = snapshot_of(many);
  for (int round = 0; round < 3; ++round) {
    SnapshotBuilder builder(*snapshot);
    Product changed = many[7];
    changed.title = in_english("Teapot" + std::to_string(round));
    builder.put(std::make_shared<const Product>(changed));
    builder.remove(ProductId(id_of(4, static_cast<std::uint8_t>(20 + round))));
    snapshot = builder.build(noon());
  }
  auto request = everything();
  request.query = "teapot2";
  EXPECT_EQ(list_products(*snapshot, request).total, 1U);
  request.query = "teapot1";
  EXPECT_EQ(list_products(*snapshot, request).total, 0U);
  request.query = "mug";
  EXPECT_EQ(list_products(*snapshot, request).total, 246U);
}

TEST(Listing, OfACategoryCanBeSearched) {
  Product mug = product_of(1, "Mug", 2'800);
  place(mug, 1, 0);
  const auto snapshot = snapshot_of({mug, product_of(2, "Mug without category", 3'900)});
  auto request = everything();
  request.category = 0;
  request.query = "mug";
  EXPECT_EQ(titles_of(*snapshot, list_products(*snapshot, request)), Titles{"Mug"});
}

TEST(PriceRange, SaysFromIfVariantsDiffer) {
  Product mug = product_of(1, "Mug", 2'800, {"sage", "slate"});
  EXPECT_FALSE(price_range(mug, eu, noon())->is_from);
  mug.variants[0].prices[0].amount = Money::minor(2'500, eur);
  EXPECT_TRUE(price_range(mug, eu, noon())->is_from);
  EXPECT_EQ(price_range(mug, eu, noon())->lowest.amount, Money::minor(2'500, eur));
}

}  // namespace
}  // namespace osier::catalog
