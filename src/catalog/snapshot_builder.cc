#include "catalog/snapshot_builder.h"

#include <algorithm>

#include "catalog/listing_index.h"
#include "catalog/lookups.h"

namespace osier::catalog {

namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

std::vector<std::string> locales_of(const std::vector<Market>& markets) {
  std::vector<std::string> locales;
  for (const Market& market : markets) {
    for (const std::string& locale : market.locales) {
      if (std::find(locales.begin(), locales.end(), locale) == locales.end())
        locales.push_back(locale);
    }
  }
  if (locales.empty()) locales.push_back("en");
  return locales;
}

bool has_same_variants(const Product& left, const Product& right) {
  return std::equal(left.variants.begin(), left.variants.end(), right.variants.begin(),
                    right.variants.end(),
                    [](const Variant& a, const Variant& b) { return a.id == b.id; });
}

bool stands_in_same_lists(const Product& left, const Product& right) {
  return left.categories == right.categories && left.collections == right.collections &&
         left.category_positions == right.category_positions &&
         left.collection_positions == right.collection_positions &&
         left.created_at == right.created_at;
}

// Calls `take(instant)` for each beginning and end of the product's prices.
template <class Take>
void for_each_price_boundary(const Product& product, Take&& take) {
  for (const Variant& variant : product.variants) {
    for (const Price& price : variant.prices) {
      if (price.valid_from != Instant::min()) take(price.valid_from);
      if (price.valid_to != Instant::max()) take(price.valid_to);
    }
  }
}

struct Listed {
  std::int32_t position;
  std::int64_t age;  // The newer first.
  std::size_t product;
  auto operator<=>(const Listed&) const = default;
};

std::vector<std::size_t> sorted_products(std::vector<Listed>& listed) {
  std::sort(listed.begin(), listed.end());
  std::vector<std::size_t> products;
  products.reserve(listed.size());
  for (const Listed& entry : listed) products.push_back(entry.product);
  return products;
}

// Adds the products of the categories below, each once. Depth is bounded, whatever the table says.
void append_below(const std::vector<Category>& categories, std::size_t category, int depth,
                  const std::vector<std::vector<std::size_t>>& own,
                  std::vector<std::size_t>& found) {
  found.insert(found.end(), own[category].begin(), own[category].end());
  if (depth == 0) return;
  for (std::size_t child = 0; child < categories.size(); ++child) {
    if (categories[child].parent == category)
      append_below(categories, child, depth - 1, own, found);
  }
}

void keep_first_of_each(std::vector<std::size_t>& products, std::size_t product_count) {
  ProductSet seen(product_count);
  std::erase_if(products, [&seen](std::size_t product) {
    if (seen.has(product)) return true;
    seen.add(product);
    return false;
  });
}

}  // namespace

SnapshotBuilder::SnapshotBuilder(Settings settings, std::uint64_t version)
    : next_(std::make_shared<Snapshot>()) {
  next_->version_ = version;
  next_->lookups_ = std::make_shared<Snapshot::Lookups>();
  next_->availability_ = std::make_shared<Snapshot::Availability>();
  set_settings(std::move(settings));
  lists_changed_ = true;
  lookups_changed_ = true;
}

SnapshotBuilder::SnapshotBuilder(const Snapshot& base) : next_(std::make_shared<Snapshot>(base)) {
  ++next_->version_;
}

void SnapshotBuilder::set_settings(Settings settings) {
  if (next_->categories_) {
    for (std::size_t i = 0; i < settings.categories.size() && i < next_->categories_->size(); ++i) {
      settings.categories[i].products = (*next_->categories_)[i].products;
    }
    for (std::size_t i = 0; i < settings.collections.size() && i < next_->collections_->size();
         ++i) {
      settings.collections[i].products = (*next_->collections_)[i].products;
    }
  }
  next_->shop_ = std::make_shared<const Shop>(std::move(settings.shop));
  next_->markets_ = std::make_shared<const std::vector<Market>>(std::move(settings.markets));
  next_->categories_ =
      std::make_shared<const std::vector<Category>>(std::move(settings.categories));
  next_->collections_ =
      std::make_shared<const std::vector<Collection>>(std::move(settings.collections));
  next_->content_pages_ =
      std::make_shared<const std::vector<ContentPage>>(std::move(settings.content_pages));
  next_->settings_version_ = next_->version_;
  settings_changed_ = true;
  lists_changed_ = true;  // A category may hang below another parent now.
}

bool SnapshotBuilder::has_same_frame(const Snapshot& base, const Settings& settings) {
  const auto is_same = [](const auto& left, const auto& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const auto& a, const auto& b) { return a.id == b.id; });
  };
  return is_same(base.markets(), settings.markets) &&
         is_same(base.categories(), settings.categories) &&
         is_same(base.collections(), settings.collections);
}

std::size_t SnapshotBuilder::index_of(ProductId id) const {
  const auto moved = moved_.find(id.value());
  if (moved != moved_.end()) return moved->second;
  const std::uint32_t* index = find_sorted(next_->lookups_->ids, id.value());
  return index == nullptr ? nowhere : *index;
}

void SnapshotBuilder::put(std::shared_ptr<const Product> product) {
  std::size_t index = index_of(product->id);
  if (index == nowhere) {
    index = next_->products_.size();
    moved_[product->id.value()] = index;
    next_->products_.push_back(product);
    lookups_changed_ = true;
    lists_changed_ = true;
  } else {
    const Product& old = *next_->products_[index];
    if (old.handle != product->handle || !has_same_variants(old, *product)) lookups_changed_ = true;
    if (!stands_in_same_lists(old, *product)) {
      lists_changed_ = true;
      note_lists_of(old);
    }
    next_->products_[index] = product;
  }
  for_each_price_boundary(*product, [this](Instant instant) { boundaries_.push_back(instant); });
  note_lists_of(*product);
  touched_.insert(index);
}

// The last product takes the place of the one that goes, so that no other index changes.
void SnapshotBuilder::remove(ProductId id) {
  const std::size_t index = index_of(id);
  if (index == nowhere) return;
  auto& products = next_->products_;
  note_lists_of(*products[index]);
  const std::size_t last = products.size() - 1;
  if (index != last) {
    products[index] = products[last];
    moved_[products[index]->id.value()] = index;
    touched_.insert(index);
  }
  products.pop_back();
  touched_.erase(last);
  moved_[id.value()] = nowhere;
  lookups_changed_ = true;
  lists_changed_ = true;
}

void SnapshotBuilder::note_lists_of(const Product& product) {
  for (const std::size_t category : product.categories) categories_.insert(category);
  for (const std::size_t collection : product.collections) collections_.insert(collection);
}

void SnapshotBuilder::set_available(const std::vector<std::pair<VariantId, std::int32_t>>& units) {
  for (const auto& [variant, count] : units) stock_[variant.value()] = count;
}

void SnapshotBuilder::set_all_available(std::unordered_map<Uuid, std::int32_t> units) {
  stock_ = std::move(units);
  all_stock_ = true;
}

std::shared_ptr<const Snapshot> SnapshotBuilder::build(Instant now) {
  next_->product_versions_.resize(next_->products_.size(), 0);
  auto words = find_words();
  if (lookups_changed_) rebuild_lookups();
  renew_prices(now);
  update_availability();
  if (lists_changed_) update_lists();
  update_versions();
  update_listing_index(now, std::move(words));
  return std::exchange(next_, nullptr);
}

void SnapshotBuilder::rebuild_lookups() {
  auto lookups = std::make_shared<Snapshot::Lookups>();
  const auto& products = next_->products_;
  lookups->handles.reserve(products.size());
  lookups->ids.reserve(products.size());
  for (std::uint32_t i = 0; i < products.size(); ++i) {
    lookups->handles.emplace_back(Snapshot::Lookups::hash(products[i]->handle), i);
    lookups->ids.emplace_back(products[i]->id.value(), i);
    for (const Variant& variant : products[i]->variants) {
      lookups->variants.emplace_back(variant.id.value(), i);
    }
  }
  std::sort(lookups->handles.begin(), lookups->handles.end());
  std::sort(lookups->ids.begin(), lookups->ids.end());
  std::sort(lookups->variants.begin(), lookups->variants.end());
  next_->lookups_ = std::move(lookups);
}

// A price that has begun or ended changes what a product shows, without anybody having changed the
// product.
void SnapshotBuilder::renew_prices(Instant now) {
  Instant until = next_->prices_hold_until_;
  for (const Instant boundary : boundaries_) {
    if (boundary > now) until = std::min(until, boundary);
  }
  if (next_->prices_hold_until_ <= now) {
    const Instant since = next_->prices_hold_until_;
    until = Instant::max();
    for (std::size_t i = 0; i < next_->products_.size(); ++i) {
      for_each_price_boundary(*next_->products_[i], [&](Instant boundary) {
        if (boundary > now) {
          until = std::min(until, boundary);
        } else if (boundary >= since) {
          touched_.insert(i);
        }
      });
    }
  }
  next_->prices_hold_until_ = until;
}

void SnapshotBuilder::update_availability() {
  if (stock_.empty() && !all_stock_) return;
  std::vector<std::pair<Uuid, std::int32_t>> news(stock_.begin(), stock_.end());
  std::sort(news.begin(), news.end());
  const auto& old = next_->availability_->units;
  auto merged = std::make_shared<Snapshot::Availability>();
  merged->units.reserve(old.size() + news.size());
  std::size_t at = 0;
  for (const auto& [variant, units] : news) {
    while (at < old.size() && old[at].first < variant) keep_or_drop(old[at++], merged->units);
    const bool was_there = at < old.size() && old[at].first == variant;
    note_band(variant, was_there ? old[at].second : 0, units);
    if (was_there) ++at;
    merged->units.emplace_back(variant, units);
  }
  while (at < old.size()) keep_or_drop(old[at++], merged->units);
  next_->availability_ = std::move(merged);
}

void SnapshotBuilder::keep_or_drop(const std::pair<Uuid, std::int32_t>& entry,
                                   std::vector<std::pair<Uuid, std::int32_t>>& units) {
  if (all_stock_) {
    note_band(entry.first, entry.second, 0);
  } else {
    units.push_back(entry);
  }
}

void SnapshotBuilder::note_band(const Uuid& variant, std::int32_t before, std::int32_t after) {
  if (band_of(before) == band_of(after)) return;
  const std::uint32_t* product = find_sorted(next_->lookups_->variants, variant);
  if (product != nullptr) restocked_.insert(*product);
}

void SnapshotBuilder::update_lists() {
  auto categories = std::make_shared<std::vector<Category>>(*next_->categories_);
  auto collections = std::make_shared<std::vector<Collection>>(*next_->collections_);
  std::vector<std::vector<Listed>> in_category(categories->size());
  std::vector<std::vector<Listed>> in_collection(collections->size());
  for (std::size_t i = 0; i < next_->products_.size(); ++i) {
    const Product& product = *next_->products_[i];
    const std::int64_t age = -product.created_at.time_since_epoch().count();
    for (std::size_t k = 0; k < product.categories.size(); ++k) {
      in_category[product.categories[k]].push_back({product.category_positions[k], age, i});
    }
    for (std::size_t k = 0; k < product.collections.size(); ++k) {
      in_collection[product.collections[k]].push_back({product.collection_positions[k], age, i});
    }
  }
  std::vector<std::vector<std::size_t>> own;
  for (auto& listed : in_category) own.push_back(sorted_products(listed));
  constexpr int depth_max = 8;
  for (std::size_t i = 0; i < categories->size(); ++i) {
    auto& products = (*categories)[i].products;
    products.clear();
    append_below(*categories, i, depth_max, own, products);
    keep_first_of_each(products, next_->products_.size());
  }
  for (std::size_t i = 0; i < collections->size(); ++i) {
    (*collections)[i].products = sorted_products(in_collection[i]);
  }
  next_->categories_ = std::move(categories);
  next_->collections_ = std::move(collections);
}

void SnapshotBuilder::update_versions() {
  const std::uint64_t version = next_->version_;
  next_->category_versions_.resize(next_->categories_->size(), version);
  next_->collection_versions_.resize(next_->collections_->size(), version);
  if (settings_changed_) {
    std::fill(next_->product_versions_.begin(), next_->product_versions_.end(), version);
    std::fill(next_->category_versions_.begin(), next_->category_versions_.end(), version);
    std::fill(next_->collection_versions_.begin(), next_->collection_versions_.end(), version);
    return;
  }
  for (const auto* products : {&touched_, &restocked_}) {
    for (const std::size_t product : *products) {
      next_->product_versions_[product] = version;
      note_lists_of(*next_->products_[product]);
    }
  }
  const auto& categories = *next_->categories_;
  for (const std::size_t noted : categories_) {
    std::optional<std::size_t> category = noted;
    for (std::size_t steps = 0; category && steps < categories.size(); ++steps) {
      next_->category_versions_[*category] = version;
      category = categories[*category].parent;
    }
  }
  for (const std::size_t collection : collections_)
    next_->collection_versions_[collection] = version;
}

std::uint64_t SnapshotBuilder::stock_of(const Product& product) const {
  std::uint64_t stock = 0;
  for (std::size_t i = 0; i < product.variants.size(); ++i) {
    if (next_->available(product.variants[i].id) > 0)
      stock |= std::uint64_t{1} << std::min<std::size_t>(i, 63);
  }
  return stock;
}

// The words of a whole catalogue take as long to find as all the rest: that goes on beside it.
std::future<std::shared_ptr<const WordIndex>> SnapshotBuilder::find_words() const {
  const auto& index = next_->listing_index_;
  const bool is_change =
      index && index->fits(next_->markets_->size(), locales_of(*next_->markets_));
  if (is_change && index->may_change_words(touched_.size())) return {};
  return std::async(std::launch::async, [&products = next_->products_] {
    return std::make_shared<const WordIndex>(products);
  });
}

void SnapshotBuilder::update_listing_index(Instant now,
                                           std::future<std::shared_ptr<const WordIndex>> words) {
  const auto& products = next_->products_;
  const auto locales = locales_of(*next_->markets_);
  const bool from_scratch =
      !next_->listing_index_ || !next_->listing_index_->fits(next_->markets_->size(), locales);
  auto index = from_scratch ? std::make_shared<ListingIndex>(next_->markets_->size(), locales)
                            : std::make_shared<ListingIndex>(*next_->listing_index_);
  index->resize(products.size());
  if (from_scratch) {
    for (std::size_t i = 0; i < products.size(); ++i) touched_.insert(i);
  }
  for (const std::size_t i : touched_) {
    index->set(i, *products[i], now);
    index->set_stock(i, stock_of(*products[i]));
  }
  for (const std::size_t i : restocked_) {
    index->set_stock(i, stock_of(*products[i]));
  }
  if (words.valid()) {
    index->set_words(words.get());
  } else {
    index->change_words(products, std::vector<std::size_t>(touched_.begin(), touched_.end()));
  }
  next_->listing_index_ = std::move(index);
}

}  // namespace osier::catalog
