// What listings read of each product, in columns: a listing of 100,000 products touches megabytes
// in order instead of a million objects. Copied for the next snapshot (a few milliseconds) and
// changed product by product.
//
// Internal to the room.

#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/snapshot.h"
#include "catalog/word_index.h"

namespace osier::catalog {

// An option's value as filters know it: by codes, the same across products.
struct FacetEntry {
  std::string option;
  std::string value;
  Texts option_name;  // As the first product with it names them.
  Texts value_name;
  std::string swatch;
};

class ListingIndex {
 public:
  static constexpr std::int64_t not_sold = -1;
  static constexpr std::uint32_t no_facet = std::numeric_limits<std::uint32_t>::max();
  using NameKey = std::array<std::uint64_t, 2>;  // The first bytes of the folded title.

  ListingIndex(std::size_t market_count, std::vector<std::string> locales);

  // Changing, by the snapshot's builder.
  bool fits(std::size_t market_count, const std::vector<std::string>& locales) const;
  void resize(std::size_t products);
  void set(std::size_t index, const Product& product, Instant now);
  void set_stock(std::size_t index, std::uint64_t stock) { stock_[index] = stock; }
  // Products in `changed` are looked at one by one at each search, until there are too many of
  // them: then all words are to be found anew.
  bool may_change_words(std::size_t changed) const;
  void change_words(std::span<const std::shared_ptr<const Product>> products,
                    const std::vector<std::size_t>& changed);
  void set_words(std::shared_ptr<const WordIndex> words);

  // Reading.
  std::size_t product_count() const { return stock_.size(); }
  // The lowest price of one unit in minor units, or not_sold.
  std::int64_t price(std::size_t index, std::size_t market) const {
    return prices_[index * market_count_ + market];
  }
  bool is_sold_out(std::size_t index) const { return stock_[index] == 0; }
  // Which variants can be bought: a bit each, the last bit for the 64th and all after it together.
  std::uint64_t stock(std::size_t index) const { return stock_[index]; }
  std::int64_t created(std::size_t index) const { return created_[index]; }
  const NameKey& name_key(std::size_t index, std::size_t locale) const {
    return name_keys_[index * locales_.size() + locale];
  }
  // Which of the names' languages stands for `locale`.
  std::size_t locale_index(std::string_view locale) const;
  // Facets of the product's option values: all values of its first option, then of its second …;
  // no_facet for a value that no variant has.
  std::span<const std::uint32_t> facets(std::size_t index) const {
    return std::span(facets_).subspan(facet_places_[index].begin, facet_places_[index].count);
  }
  const std::vector<FacetEntry>& facet_entries() const { return facet_table_->entries; }
  // Products with every word; `in_title` those with every word in the title.
  void search(const std::vector<std::string>& words, ProductSet& anywhere,
              ProductSet& in_title) const;

 private:
  struct FacetPlace {
    std::uint32_t begin = 0;
    std::uint32_t count = 0;
  };
  struct FacetTable {
    std::vector<FacetEntry> entries;
    std::map<std::pair<std::string, std::string>, std::uint32_t> numbers;
  };
  std::uint32_t facet_of(const Option& option, const OptionValue& value);
  void set_facets(std::size_t index, const Product& product);

  std::size_t market_count_;
  std::vector<std::string> locales_;
  std::vector<std::int64_t> prices_;
  std::vector<std::uint64_t> stock_;
  std::vector<std::int64_t> created_;
  std::vector<NameKey> name_keys_;
  std::vector<FacetPlace> facet_places_;
  std::vector<std::uint32_t> facets_;
  std::shared_ptr<FacetTable> facet_table_;  // Shared between copies; copied before it grows.
  std::shared_ptr<const WordIndex> words_;
  // Products that are not as words_ saw them.
  std::map<std::size_t, std::shared_ptr<const ProductWords>> changed_words_;
};

}  // namespace osier::catalog
