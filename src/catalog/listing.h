// Which products a category, a collection or a search shows, in which order, and what else could be
// chosen.
//
// Pure: reads a snapshot, whose index makes a listing of 100,000 products a matter of milliseconds.
// Only products that are sold in the market are listed. Prices are those of one unit, the lowest of
// the product's variants, at the time of the snapshot, which is made anew when a price begins or
// ends.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/snapshot.h"

namespace osier::catalog {

inline constexpr std::size_t products_per_page = 24;
inline constexpr std::size_t query_length_max = 200;  // In characters; what follows is not read.
inline constexpr std::size_t query_words_max = 10;

enum class Sort { featured, newest, price_ascending, price_descending, name };

// "featured", "newest", "price_ascending", "price_descending", "name": the words in URLs.
std::string_view to_string(Sort sort);
std::optional<Sort> parse_sort(std::string_view word);

// A product matches if one of its variants has one of these values.
struct OptionFilter {
  std::string option;               // Code, such as "colour".
  std::vector<std::string> values;  // Codes, such as "sage".
};

enum class AvailabilityFilter { all, available };

// All conditions that are given must hold; several option filters must hold for one and the same
// variant, which must be available if that is asked for.
struct ListingRequest {
  std::optional<std::size_t> category;
  std::optional<std::size_t> collection;
  // Words that must all stand in the title, subtitle, handle, materials, a SKU or a barcode, at the
  // beginning of a word; case and accents do not count. Words past the limits above are not read.
  // Empty: no condition.
  std::string query;
  std::size_t market = 0;
  std::string locale;
  std::vector<OptionFilter> options;
  std::optional<std::int64_t> price_min_minor;  // Both inclusive, in the market's currency.
  std::optional<std::int64_t> price_max_minor;
  AvailabilityFilter availability = AvailabilityFilter::all;
  Sort sort =
      Sort::featured;  // With a query and no category, `featured` shows matches in the title first.
  std::size_t page = 1;  // From 1; past the end it is empty.
  std::size_t per_page = products_per_page;
};

struct FacetValue {
  std::string code;
  std::string name;
  std::string swatch;
  std::size_t count =
      0;  // Products that would be listed with this value instead of this option's chosen ones.
  bool is_chosen = false;
};

struct Facet {
  std::string option;
  std::string name;
  std::vector<FacetValue> values;
};

struct Listing {
  std::vector<std::size_t> products;  // Of this page: indices into the snapshot.
  std::size_t total = 0;
  std::size_t page = 1;
  std::size_t pages = 1;
  std::vector<Facet> facets;  // By the options' codes; values in the order of their names.
  // Of all that match apart from the price filter; nothing if none does.
  std::optional<Money> price_lowest;
  std::optional<Money> price_highest;
  std::size_t available =
      0;  // How many of all that match apart from the availability filter can be bought.
};

Listing list_products(const Snapshot& snapshot, const ListingRequest& request);

// Every product with all words of the query, as ListingRequest::query reads it: matches in the
// title first, then the newest; all products, newest first, for a query without words.
std::vector<std::size_t> search_products(const Snapshot& snapshot, std::string_view query);

// The lowest price of one unit among the variants sold in the market, nothing if it is not sold
// there; and whether variants differ in it ("from €12").
struct PriceRange {
  Price lowest;
  bool is_from = false;
};
std::optional<PriceRange> price_range(const Product& product, std::size_t market, Instant now);

}  // namespace osier::catalog
