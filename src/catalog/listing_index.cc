#include "catalog/listing_index.h"

#include <algorithm>

#include "catalog/fold.h"
#include "catalog/listing.h"

namespace osier::catalog {

namespace {

// Past so many, finding words anew costs less than looking at each at every search.
constexpr std::size_t changed_words_max = 500;

ListingIndex::NameKey key_of(std::string_view title) {
  const std::string folded = fold(title);
  ListingIndex::NameKey key{};
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned char byte = i < folded.size() ? static_cast<unsigned char>(folded[i]) : 0;
    key[i / 8] = key[i / 8] << 8 | byte;
  }
  return key;
}

}  // namespace

ListingIndex::ListingIndex(std::size_t market_count, std::vector<std::string> locales)
    : market_count_(market_count),
      locales_(std::move(locales)),
      facet_table_(std::make_shared<FacetTable>()),
      words_(std::make_shared<WordIndex>(std::span<const std::shared_ptr<const Product>>{})) {
  if (locales_.empty()) locales_.push_back("en");
}

bool ListingIndex::fits(std::size_t market_count, const std::vector<std::string>& locales) const {
  return market_count == market_count_ && locales == locales_;
}

void ListingIndex::resize(std::size_t products) {
  prices_.resize(products * market_count_, not_sold);
  stock_.resize(products, 0);
  created_.resize(products);
  name_keys_.resize(products * locales_.size());
  facet_places_.resize(products);
}

void ListingIndex::set(std::size_t index, const Product& product, Instant now) {
  for (std::size_t market = 0; market < market_count_; ++market) {
    const auto range = price_range(product, market, now);
    prices_[index * market_count_ + market] =
        range ? range->lowest.amount.amount_minor() : not_sold;
  }
  created_[index] = product.created_at.time_since_epoch().count();
  for (std::size_t locale = 0; locale < locales_.size(); ++locale) {
    name_keys_[index * locales_.size() + locale] = key_of(product.title.at(locales_[locale]));
  }
  set_facets(index, product);
}

std::uint32_t ListingIndex::facet_of(const Option& option, const OptionValue& value) {
  std::pair key(option.code, value.code);
  const auto known = facet_table_->numbers.find(key);
  if (known != facet_table_->numbers.end()) return known->second;
  if (facet_table_.use_count() > 1) facet_table_ = std::make_shared<FacetTable>(*facet_table_);
  const auto number = static_cast<std::uint32_t>(facet_table_->entries.size());
  facet_table_->entries.push_back({option.code, value.code, option.name, value.name, value.swatch});
  facet_table_->numbers.emplace(std::move(key), number);
  return number;
}

void ListingIndex::set_facets(std::size_t index, const Product& product) {
  std::vector<std::uint32_t> found;
  for (std::size_t option = 0; option < product.options.size(); ++option) {
    const auto& values = product.options[option].values;
    for (std::size_t value = 0; value < values.size(); ++value) {
      const bool is_used = std::any_of(
          product.variants.begin(), product.variants.end(), [&](const Variant& variant) {
            return option < variant.values.size() && variant.values[option] == value;
          });
      found.push_back(is_used ? facet_of(product.options[option], values[value]) : no_facet);
    }
  }
  FacetPlace& place = facet_places_[index];
  if (found.size() > place.count) place.begin = static_cast<std::uint32_t>(facets_.size());
  place.count = static_cast<std::uint32_t>(found.size());
  if (place.begin + place.count > facets_.size()) facets_.resize(place.begin + place.count);
  std::copy(found.begin(), found.end(), facets_.begin() + place.begin);
}

bool ListingIndex::may_change_words(std::size_t changed) const {
  return changed_words_.size() + changed <= changed_words_max;
}

void ListingIndex::set_words(std::shared_ptr<const WordIndex> words) {
  words_ = std::move(words);
  changed_words_.clear();
}

void ListingIndex::change_words(std::span<const std::shared_ptr<const Product>> products,
                                const std::vector<std::size_t>& changed) {
  for (const std::size_t index : changed) {
    changed_words_[index] =
        std::make_shared<const ProductWords>(ProductWords::of(*products[index]));
  }
  changed_words_.erase(changed_words_.lower_bound(products.size()), changed_words_.end());
}

std::size_t ListingIndex::locale_index(std::string_view locale) const {
  const std::string_view language = locale.substr(0, locale.find('-'));
  std::size_t best = 0;
  for (std::size_t i = 0; i < locales_.size(); ++i) {
    if (locales_[i] == locale) return i;
    if (locales_[i] == language) best = i;
  }
  return best;
}

void ListingIndex::search(const std::vector<std::string>& words, ProductSet& anywhere,
                          ProductSet& in_title) const {
  const std::size_t size = std::max(product_count(), words_->product_count());
  bool is_first = true;
  for (const std::string& word : words) {
    ProductSet with_word(size);
    ProductSet with_title_word(size);
    words_->find(word, with_word, with_title_word);
    for (const auto& [index, product_words] : changed_words_) {
      with_word.remove(index);
      with_title_word.remove(index);
      if (product_words->has(word, false)) with_word.add(index);
      if (product_words->has(word, true)) with_title_word.add(index);
    }
    if (is_first) {
      anywhere = std::move(with_word);
      in_title = std::move(with_title_word);
    } else {
      anywhere.keep_only(with_word);
      in_title.keep_only(with_title_word);
    }
    is_first = false;
  }
}

}  // namespace osier::catalog
