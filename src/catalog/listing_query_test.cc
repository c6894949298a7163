#include "catalog/listing_query.h"

#include <gtest/gtest.h>

namespace osier::catalog {
namespace {

constexpr Currency eur = Currency::of("EUR");

std::optional<ListingRequest> read(const std::string& query) {
  http::Request request;
  request.query = query;
  return read_listing_query(request, eur);
}

TEST(ListingQuery, ReadsWhatItWrites) {
  const std::string query =
      "option.colour=sage&option.colour=sand&option.size=small&min=10&max=25.50&available=1&sort="
      "newest&page=2&q=mug";
  const auto request = read(query);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->price_max_minor, 2550);
  EXPECT_EQ(request->options.size(), 2u);
  const auto again = read(to_query(*request, eur).substr(1));
  ASSERT_TRUE(again);
  EXPECT_EQ(to_query(*again, eur), to_query(*request, eur));
}

TEST(ListingQuery, OneStateHasOneAddress) {
  EXPECT_EQ(to_query(*read("option.b=2&option.a=1&page=1&sort=featured&min=&utm_source=x"), eur),
            "?option.a=1&option.b=2");
}

TEST(ListingQuery, RefusesWhatItDoesNotUnderstand) {
  for (const char* bad : {"page=0", "page=-1", "page=10001", "page=1e3", "sort=;drop", "min=-5",
                          "min=1.234", "min=abc", "sort=newest&sort=name", "option.colour=%27--",
                          "option.=x", "available=2", "q=%zz", "q=%ff"}) {
    EXPECT_FALSE(read(bad)) << bad;
  }
}

TEST(ListingQuery, CutsLongWordsAtACharacter) {
  std::string query = "q=";
  for (int i = 0; i < 300; ++i) query += "%C3%BC";
  EXPECT_EQ(read(query)->query.size(), 400u);  // 200 characters of two bytes.
}

}  // namespace
}  // namespace osier::catalog
