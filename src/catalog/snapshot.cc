#include "catalog/snapshot.h"

#include <algorithm>

#include "catalog/listing_index.h"
#include "catalog/lookups.h"

namespace osier::catalog {

const Texts::ByLocale& Texts::all() const {
  static const ByLocale none;
  return by_locale_ ? *by_locale_ : none;
}

const std::string& Texts::at(std::string_view locale) const {
  static const std::string nothing;
  if (!by_locale_) return nothing;
  const std::string_view language = locale.substr(0, locale.find('-'));
  const std::string* of_language = nullptr;
  const std::string* english = nullptr;
  for (const auto& [tag, text] : *by_locale_) {
    if (tag == locale) return text;
    if (tag == language) of_language = &text;
    if (tag == "en") english = &text;
  }
  if (of_language != nullptr) return *of_language;
  return english != nullptr ? *english : by_locale_->front().second;
}

bool Market::has_country(std::string_view country) const {
  return std::binary_search(countries.begin(), countries.end(), country);
}

const TaxRate* Market::tax_rate(std::string_view country, std::string_view province,
                                std::string_view tax_class) const {
  const TaxRate* of_country = nullptr;
  for (const TaxRate& rate : tax_rates) {
    if (rate.country != country || rate.tax_class != tax_class) continue;
    if (rate.province.empty()) {
      of_country = &rate;
    } else if (rate.province == province) {
      return &rate;
    }
  }
  return of_country;
}

// Of two tiers that fit, the larger minimum wins; of two periods that hold, the one that began
// later (a sale within the list price's time).
const Price* Variant::price(std::size_t market, std::int32_t quantity, Instant now) const {
  const Price* best = nullptr;
  for (const Price& price : prices) {
    if (price.market != market || price.min_quantity > quantity) continue;
    if (now < price.valid_from || now >= price.valid_to) continue;
    if (best == nullptr || price.min_quantity > best->min_quantity ||
        (price.min_quantity == best->min_quantity && price.valid_from > best->valid_from)) {
      best = &price;
    }
  }
  return best;
}

std::string Product::variant_title(const Variant& variant, std::string_view locale) const {
  std::string words;
  for (std::size_t i = 0; i < variant.values.size() && i < options.size(); ++i) {
    if (!words.empty()) words += " / ";
    words += options[i].values[variant.values[i]].name.at(locale);
  }
  return words;
}

std::size_t Product::variant_index(VariantId id_wanted) const {
  std::size_t index = 0;
  while (index < variants.size() && variants[index].id != id_wanted) ++index;
  return index;
}

Snapshot::Snapshot() = default;
Snapshot::~Snapshot() = default;

std::int32_t Snapshot::available(VariantId id) const {
  const std::int32_t* units = find_sorted(availability_->units, id.value());
  return units == nullptr || *units < 0 ? 0 : *units;
}

Band Snapshot::band(VariantId id) const { return band_of(available(id)); }

bool Snapshot::is_sold_out(const Product& product) const {
  return std::none_of(product.variants.begin(), product.variants.end(),
                      [this](const Variant& variant) { return available(variant.id) > 0; });
}

std::optional<std::size_t> Snapshot::market_index(std::string_view code) const {
  for (std::size_t i = 0; i < markets_->size(); ++i) {
    if ((*markets_)[i].code == code) return i;
  }
  return std::nullopt;
}

const Market* Snapshot::market(std::string_view code) const {
  const auto index = market_index(code);
  return index ? &(*markets_)[*index] : nullptr;
}

const Market* Snapshot::market_of_country(std::string_view country) const {
  for (const Market& market : *markets_) {
    if (market.has_country(country)) return &market;
  }
  return nullptr;
}

std::optional<std::size_t> Snapshot::product_by_handle(std::string_view handle) const {
  const std::uint64_t hash = Lookups::hash(handle);
  const auto& handles = lookups_->handles;
  auto entry = std::lower_bound(handles.begin(), handles.end(), std::pair{hash, std::uint32_t{0}});
  for (; entry != handles.end() && entry->first == hash; ++entry) {
    if (products_[entry->second]->handle == handle) return entry->second;
  }
  return std::nullopt;
}

std::optional<std::size_t> Snapshot::product_by_id(ProductId id) const {
  const std::uint32_t* index = find_sorted(lookups_->ids, id.value());
  if (index == nullptr) return std::nullopt;
  return *index;
}

std::optional<std::size_t> Snapshot::product_of_variant(VariantId id) const {
  const std::uint32_t* index = find_sorted(lookups_->variants, id.value());
  if (index == nullptr) return std::nullopt;
  return *index;
}

std::optional<std::size_t> Snapshot::category_by_handle(std::string_view handle) const {
  for (std::size_t i = 0; i < categories_->size(); ++i) {
    if ((*categories_)[i].handle == handle) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Snapshot::collection_by_handle(std::string_view handle) const {
  for (std::size_t i = 0; i < collections_->size(); ++i) {
    if ((*collections_)[i].handle == handle) return i;
  }
  return std::nullopt;
}

const ContentPage* Snapshot::content_page(std::string_view handle) const {
  for (const ContentPage& page : *content_pages_) {
    if (page.handle == handle) return &page;
  }
  return nullptr;
}

}  // namespace osier::catalog
