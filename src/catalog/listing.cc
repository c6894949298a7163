#include "catalog/listing.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "catalog/fold.h"
#include "catalog/listing_index.h"

namespace osier::catalog {

namespace {

constexpr std::array<std::pair<Sort, std::string_view>, 5> sort_words = {{
    {Sort::featured, "featured"},
    {Sort::newest, "newest"},
    {Sort::price_ascending, "price_ascending"},
    {Sort::price_descending, "price_descending"},
    {Sort::name, "name"},
}};

constexpr int no_option = -1;
constexpr int several_options = -2;

// Candidates in their featured order.
std::vector<std::size_t> candidates_of(const Snapshot& snapshot, const ListingRequest& request) {
  const std::vector<std::size_t>* listed = nullptr;
  if (request.category) listed = &snapshot.categories()[*request.category].products;
  const std::vector<std::size_t>* also = nullptr;
  if (request.collection) {
    (listed == nullptr ? listed : also) = &snapshot.collections()[*request.collection].products;
  }
  if (listed == nullptr) return search_products(snapshot, request.query);

  std::vector<std::size_t> found = *listed;
  const std::size_t count = snapshot.product_count();
  if (also != nullptr) {
    ProductSet in_both(count);
    for (const std::size_t product : *also) in_both.add(product);
    std::erase_if(found, [&](std::size_t product) { return !in_both.has(product); });
  }
  const auto words = query_words(request.query);
  if (!words.empty()) {
    ProductSet matching(count);
    ProductSet in_title(count);
    snapshot.listing_index().search(words, matching, in_title);
    std::erase_if(found, [&](std::size_t product) { return !matching.has(product); });
  }
  return found;
}

// Goes through the candidates once, deciding each and counting what other choices would give.
class Lister {
 public:
  Lister(const Snapshot& snapshot, const ListingRequest& request)
      : snapshot_(snapshot), request_(request), index_(snapshot.listing_index()) {
    const auto& entries = index_.facet_entries();
    counts_.resize(entries.size(), 0);
    counted_for_.resize(entries.size(), snapshot.product_count());
    is_chosen_.resize(entries.size(), 0);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      for (const OptionFilter& filter : request.options) {
        if (filter.option != entries[i].option) continue;
        const auto& values = filter.values;
        if (std::find(values.begin(), values.end(), entries[i].value) != values.end())
          is_chosen_[i] = 1;
      }
    }
    for (const OptionFilter& filter : request.options) {
      if (!filter.values.empty()) filters_.push_back(&filter);
    }
  }

  Listing list() {
    for (const std::size_t product : candidates_of(snapshot_, request_)) consider(product);
    Listing listing;
    listing.total = matches_.size();
    listing.available = available_;
    listing.facets = facets();
    if (lowest_ <= highest_) {
      const Currency currency = snapshot_.markets()[request_.market].currency;
      listing.price_lowest = Money::minor(lowest_, currency);
      listing.price_highest = Money::minor(highest_, currency);
    }
    cut_page(listing);
    return listing;
  }

 private:
  // What is true of one product, whatever its price.
  struct Fit {
    bool matches = false;       // Its options and availability are as asked.
    bool is_available = false;  // Its options are, and it can be bought.
  };

  void consider(std::size_t product) {
    const std::int64_t price = index_.price(product, request_.market);
    if (price == ListingIndex::not_sold) return;
    const bool price_fits = (!request_.price_min_minor || price >= *request_.price_min_minor) &&
                            (!request_.price_max_minor || price <= *request_.price_max_minor);
    const bool by_variant = !filters_.empty() || wants_available();
    const Fit fit =
        by_variant ? fit_by_variant(product, price_fits) : fit_whole(product, price_fits);
    if (fit.matches) {
      lowest_ = std::min(lowest_, price);
      highest_ = std::max(highest_, price);
      if (price_fits) matches_.push_back(product);
    }
    if (fit.is_available && price_fits) ++available_;
  }

  bool wants_available() const { return request_.availability == AvailabilityFilter::available; }

  Fit fit_whole(std::size_t product, bool counts) {
    if (counts) {
      for (const std::uint32_t facet : index_.facets(product)) count(facet, product);
    }
    return {.matches = true, .is_available = !index_.is_sold_out(product)};
  }

  // A value is counted if a variant with it fits apart from the filter of that value's own option.
  Fit fit_by_variant(std::size_t index, bool counts) {
    Fit fit;
    const Product& product = snapshot_.product(index);
    const auto facets = index_.facets(index);
    const std::uint64_t stock = index_.stock(index);
    for (std::size_t place = 0; place < product.variants.size(); ++place) {
      const Variant& variant = product.variants[place];
      if (!is_sold_here(variant)) continue;
      const int misfit = misfit_of(product, variant, facets);
      if (misfit == several_options) continue;
      const bool is_available =
          place < 63 ? (stock >> place & 1) != 0 : snapshot_.available(variant.id) > 0;
      if (misfit == no_option) {
        fit.is_available = fit.is_available || is_available;
        fit.matches = fit.matches || is_available || !wants_available();
      }
      if (counts && (is_available || !wants_available())) {
        count_variant(index, product, variant, facets, misfit);
      }
    }
    return fit;
  }

  bool is_sold_here(const Variant& variant) const {
    return std::any_of(variant.prices.begin(), variant.prices.end(),
                       [this](const Price& price) { return price.market == request_.market; });
  }

  // The one option whose filter the variant does not meet, or that it is none or several.
  int misfit_of(const Product& product, const Variant& variant,
                std::span<const std::uint32_t> facets) const {
    int misfit = no_option;
    for (const OptionFilter* filter : filters_) {
      std::size_t begin = 0;
      std::size_t option = 0;
      while (option < product.options.size() && product.options[option].code != filter->option) {
        begin += product.options[option++].values.size();
      }
      if (option == product.options.size())
        return several_options;  // Lacks the option: no choice of its value helps.
      const std::uint32_t facet = facets[begin + variant.values[option]];
      if (facet != ListingIndex::no_facet && is_chosen_[facet] != 0) continue;
      if (misfit != no_option) return several_options;
      misfit = static_cast<int>(option);
    }
    return misfit;
  }

  void count_variant(std::size_t index, const Product& product, const Variant& variant,
                     std::span<const std::uint32_t> facets, int misfit) {
    std::size_t begin = 0;
    for (std::size_t option = 0; option < product.options.size(); ++option) {
      if (misfit == no_option || misfit == static_cast<int>(option)) {
        count(facets[begin + variant.values[option]], index);
      }
      begin += product.options[option].values.size();
    }
  }

  void count(std::uint32_t facet, std::size_t product) {
    if (facet == ListingIndex::no_facet || counted_for_[facet] == product) return;
    counted_for_[facet] = product;
    ++counts_[facet];
  }

  std::vector<Facet> facets() const {
    std::map<std::string_view, Facet> by_option;
    const auto& entries = index_.facet_entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (counts_[i] == 0 && is_chosen_[i] == 0) continue;
      const FacetEntry& entry = entries[i];
      Facet& facet = by_option[entry.option];
      if (facet.values.empty()) {
        facet.option = entry.option;
        facet.name = entry.option_name.at(request_.locale);
      }
      facet.values.push_back({.code = entry.value,
                              .name = entry.value_name.at(request_.locale),
                              .swatch = entry.swatch,
                              .count = counts_[i],
                              .is_chosen = is_chosen_[i] != 0});
    }
    std::vector<Facet> found;
    for (auto& [option, facet] : by_option) {
      std::vector<std::pair<std::string, FacetValue>> values;
      for (FacetValue& value : facet.values) {
        std::string key = fold(value.name);
        values.emplace_back(std::move(key), std::move(value));
      }
      std::sort(values.begin(), values.end(), [](const auto& left, const auto& right) {
        return std::tie(left.first, left.second.code) < std::tie(right.first, right.second.code);
      });
      facet.values.clear();
      for (auto& [key, value] : values) facet.values.push_back(std::move(value));
      found.push_back(std::move(facet));
    }
    return found;
  }

  void cut_page(Listing& listing) {
    const std::size_t per_page = std::max<std::size_t>(request_.per_page, 1);
    listing.pages = std::max<std::size_t>((matches_.size() + per_page - 1) / per_page, 1);
    listing.page = std::max<std::size_t>(request_.page, 1);
    if (listing.page > listing.pages) return;
    const std::size_t begin = (listing.page - 1) * per_page;
    const std::size_t end = std::min(begin + per_page, matches_.size());
    sort_until(end);
    listing.products.assign(matches_.begin() + static_cast<std::ptrdiff_t>(begin),
                            matches_.begin() + static_cast<std::ptrdiff_t>(end));
  }

  // Sorts the matches as far as the page needs. Equal ones stay in their featured order, so that a
  // page is the same at every look.
  void sort_until(std::size_t end) {
    if (request_.sort == Sort::featured) return;
    std::vector<std::pair<std::size_t, std::size_t>> order;  // Place among the matches, product.
    order.reserve(matches_.size());
    for (const std::size_t product : matches_) order.emplace_back(order.size(), product);
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>(end);
    const std::size_t locale = index_.locale_index(request_.locale);
    std::partial_sort(order.begin(), middle, order.end(), [&](const auto& left, const auto& right) {
      const int compared = compare(left.second, right.second, locale);
      return compared != 0 ? compared < 0 : left.first < right.first;
    });
    for (std::size_t i = 0; i < end; ++i) matches_[i] = order[i].second;
  }

  template <class T>
  static int three_way(const T& left, const T& right) {
    if (left < right) return -1;
    return right < left ? 1 : 0;
  }

  int compare(std::size_t left, std::size_t right, std::size_t locale) const {
    switch (request_.sort) {
      case Sort::featured:
        return 0;
      case Sort::newest:
        return three_way(index_.created(right), index_.created(left));
      case Sort::price_ascending:
        return three_way(index_.price(left, request_.market), index_.price(right, request_.market));
      case Sort::price_descending:
        return three_way(index_.price(right, request_.market), index_.price(left, request_.market));
      case Sort::name: {
        const int by_key = three_way(index_.name_key(left, locale), index_.name_key(right, locale));
        if (by_key != 0) return by_key;
        return three_way(fold(snapshot_.product(left).title.at(request_.locale)),
                         fold(snapshot_.product(right).title.at(request_.locale)));
      }
    }
    return 0;
  }

  const Snapshot& snapshot_;
  const ListingRequest& request_;
  const ListingIndex& index_;
  std::vector<const OptionFilter*> filters_;
  std::vector<std::size_t> counts_;  // By facet.
  std::vector<std::size_t>
      counted_for_;  // The last product a facet was counted for: each counts once.
  std::vector<std::uint8_t> is_chosen_;  // By facet.
  std::vector<std::size_t> matches_;
  std::size_t available_ = 0;
  std::int64_t lowest_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t highest_ = -1;
};

}  // namespace

std::string_view to_string(Sort sort) {
  for (const auto& [value, word] : sort_words) {
    if (value == sort) return word;
  }
  return "featured";
}

std::optional<Sort> parse_sort(std::string_view text) {
  for (const auto& [value, word] : sort_words) {
    if (word == text) return value;
  }
  return std::nullopt;
}

Listing list_products(const Snapshot& snapshot, const ListingRequest& request) {
  return Lister(snapshot, request).list();
}

std::vector<std::size_t> search_products(const Snapshot& snapshot, std::string_view query) {
  const ListingIndex& index = snapshot.listing_index();
  const std::size_t count = snapshot.product_count();
  const auto words = query_words(query);
  ProductSet matching(count);
  ProductSet in_title(count);
  if (!words.empty()) index.search(words, matching, in_title);

  std::vector<std::tuple<bool, std::int64_t, std::size_t>>
      order;  // Whether not in the title, age, product.
  for (std::size_t product = 0; product < count; ++product) {
    if (!words.empty() && !matching.has(product)) continue;
    order.emplace_back(!words.empty() && !in_title.has(product), -index.created(product), product);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::size_t> found;
  found.reserve(order.size());
  for (const auto& [rank, age, product] : order) found.push_back(product);
  return found;
}

std::optional<PriceRange> price_range(const Product& product, std::size_t market, Instant now) {
  std::optional<PriceRange> range;
  for (const Variant& variant : product.variants) {
    const Price* price = variant.price(market, 1, now);
    if (price == nullptr) continue;
    if (!range) {
      range = PriceRange{.lowest = *price, .is_from = false};
    } else if (price->amount != range->lowest.amount) {
      range->is_from = true;
      if (price->amount < range->lowest.amount) range->lowest = *price;
    }
  }
  return range;
}

}  // namespace osier::catalog
