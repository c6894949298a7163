// CatalogSnapshot: an immutable picture of everything published. Built off to the side and swapped
// in whole.
//
// Parts that did not change are shared between one snapshot and the next, so a change of one
// product copies little. Target: 100,000 products in ≤ 500 MB, full load ≤ 3 s, one change ≤ 100
// ms.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "media/media.h"
#include "platform/base/money.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"

namespace osier::catalog {

using ProductId = Strong<struct ProductTag, Uuid>;
using VariantId = Strong<struct VariantTag, Uuid>;
using CategoryId = Strong<struct CategoryTag, Uuid>;
using CollectionId = Strong<struct CollectionTag, Uuid>;
using MarketId = Strong<struct MarketTag, Uuid>;
using OptionValueId = Strong<struct OptionValueTag, Uuid>;

// A text in several languages. Copies share the text, which never changes: a hundred thousand
// products may say "Colour".
class Texts {
 public:
  using ByLocale = std::vector<std::pair<std::string, std::string>>;

  Texts() = default;
  explicit Texts(ByLocale by_locale)
      : by_locale_(by_locale.empty() ? nullptr
                                     : std::make_shared<const ByLocale>(std::move(by_locale))) {}
  // A jsonb column: {"en": "…", "de": "…"}. What is not text is left out; what is no object is
  // empty.
  static Texts from_json(const std::string& json);
  // The text in that language ("de-AT" falls back to "de"), else in English, else whatever is
  // there; empty if there is none at all.
  const std::string& at(std::string_view locale) const;
  bool empty() const { return by_locale_ == nullptr; }
  const ByLocale& all() const;

 private:
  std::shared_ptr<const ByLocale> by_locale_;
};

struct TaxRate {
  std::string country;
  std::string province;  // Empty: the whole country.
  std::string tax_class;
  Texts name;             // "VAT", "MwSt.": without the rate, which is shown beside it.
  std::int32_t rate_ppm;  // 190000 is 19 %.
};

// A part of a country that addresses and taxes name: a US state.
struct Province {
  std::string country;
  std::string code;  // "NJ"
  std::string name;
};

struct Market {
  MarketId id;
  std::string code;    // "eu"; stands in addresses.
  std::string region;  // Where personal data lives: "eu" or "us".
  Texts name;
  Currency currency;
  bool prices_include_tax = false;
  std::vector<std::string> locales;    // The first is the default.
  std::vector<std::string> countries;  // ISO 3166-1 alpha-2, sorted.
  std::string default_country;
  std::string time_zone;
  std::vector<TaxRate> tax_rates;
  std::vector<Province>
      provinces;       // By country, then name; a country without any has none to choose from.
  Texts announcement;  // One line above every page: "Free delivery from €60".
  std::optional<std::int32_t> hold_minutes;  // How long unpaid orders hold stock; nothing: as the
                                             // shop does.

  bool has_country(std::string_view country) const;
  // The most specific rate; nothing if the market does not tax this (then 0 applies).
  const TaxRate* tax_rate(std::string_view country, std::string_view province,
                          std::string_view tax_class) const;
};

// A picture with its renditions, and what it shows. Products that show the same picture share it.
struct Image {
  std::shared_ptr<const media::Image> picture;  // Never null.
  Texts alt;
};

struct Price {
  std::size_t market;  // Index into Snapshot::markets.
  Money amount;
  // What a reduction is counted from. In the EU the lowest price of the thirty days before it
  // (Directive 98/6/EC, article 6a), from the history and typed by nobody.
  std::optional<Money> compare_at;
  std::int32_t min_quantity = 1;
  Instant valid_from;
  Instant valid_to;
};

struct OptionValue {
  OptionValueId id;
  std::string code;
  Texts name;
  std::string swatch;  // "#rrggbb" of a colour; else empty.
};

struct Option {
  Uuid id;
  std::string code;  // "size"
  Texts name;
  std::vector<OptionValue> values;
};

// What a unit price is counted from (Directive 98/6/EC): 250 g, 330 ml.
struct Content {
  enum class Unit { g, ml };
  std::int32_t amount = 0;
  Unit unit = Unit::g;
};

enum class Band { none, few, plenty };  // 0; 1 to 5; more.

struct Variant {
  VariantId id;
  std::string sku;
  std::string barcode;
  std::int32_t weight_grams = 0;
  std::vector<std::size_t> values;   // Per option of the product, the index of its value.
  std::optional<std::size_t> image;  // Index into the product's images.
  std::vector<Price> prices;
  std::optional<Content> content;

  // The price that holds at `now` for so many units in that market; nothing if it is not sold
  // there.
  const Price* price(std::size_t market, std::int32_t quantity, Instant now) const;
};

// Who made it: what the EU's product safety regulation (2023/988) wants on the page.
struct Maker {
  std::string name;
  std::string place;
  std::string address;  // One line.
  std::string email;
  Texts about;
};

struct Product {
  ProductId id;
  std::string handle;
  Texts title;
  Texts subtitle;
  Texts description;       // Markdown.
  Texts description_html;  // Safe HTML, made by cmark from `description` when loaded.
  Texts materials;         // One per line.
  Texts dimensions;
  Texts care;
  std::shared_ptr<const Maker> maker;  // Never null; shared by the maker's products.
  std::string tax_class;
  std::optional<std::int32_t> hold_minutes;  // As a market's, and before it.
  std::vector<Option> options;
  std::vector<Variant> variants;  // In their order; at least one.
  std::vector<Image> images;
  std::vector<std::size_t>
      categories;  // Indices into Snapshot::categories; the first is the one in the breadcrumb.
  std::vector<std::size_t> collections;
  std::vector<std::int32_t> category_positions;  // Its place in each of them, for their order.
  std::vector<std::int32_t> collection_positions;
  Instant created_at;
  Instant updated_at;

  // "Small / Blue"; empty for a product without options.
  std::string variant_title(const Variant& variant, std::string_view locale) const;
  std::size_t variant_index(VariantId id) const;  // variants.size() if it is not one of ours.
};

struct Category {
  CategoryId id;
  std::optional<std::size_t> parent;
  std::string handle;
  Texts title;
  Texts description;
  std::optional<Image> image;
  // Indices into Snapshot::products, in merchandising order: its own, then those of the categories
  // below it.
  std::vector<std::size_t> products;
};

struct Collection {
  CollectionId id;
  std::string handle;
  Texts title;
  Texts description;
  std::optional<Image> image;
  std::vector<std::size_t> products;
};

struct ContentPage {
  std::string handle;
  Texts title;
  Texts body_html;  // Safe; begins below the title.
};

struct Hero {
  Texts title;
  Texts text;
  Texts button;
  std::string link;  // A path such as "/c/tableware".
  std::optional<Image> image;
};

// The seller, for the footer, mails and the imprint.
struct Seller {
  std::string name;
  std::string address;
  std::string email;
  std::string phone;
  std::string vat_id;
};

// A few sentences about the shop on its home page.
struct Story {
  Texts title;
  Texts text;
};

struct Shop {
  std::string name;
  Texts tagline;
  Hero hero;
  Story story;
  Seller seller;
};

class ListingIndex;

// Everything but products.
struct Settings {
  Shop shop;
  std::vector<Market> markets;
  std::vector<Category> categories;  // Their products are filled in by the builder.
  std::vector<Collection> collections;
  std::vector<ContentPage> content_pages;
};

class Snapshot {
 public:
  Snapshot();
  ~Snapshot();

  std::uint64_t version() const { return version_; }  // Rises with every swap in this process.

  const Shop& shop() const { return *shop_; }
  std::span<const Market> markets() const { return *markets_; }
  std::span<const Category> categories() const { return *categories_; }
  std::span<const Collection> collections() const { return *collections_; }
  std::span<const ContentPage> content_pages() const { return *content_pages_; }
  std::size_t product_count() const { return products_.size(); }
  const Product& product(std::size_t index) const { return *products_[index]; }

  // Units that can be bought, as of the last news (exact stock is decided when the order is
  // placed).
  std::int32_t available(VariantId id) const;
  Band band(VariantId id) const;
  bool is_sold_out(const Product& product) const;  // No variant can be bought.

  // Versions of what a page shows: it is rendered again only if this has changed. A product's rises
  // with its content, with a band of its variants, when one of its prices begins or ends, and with
  // anything that stands on every page (markets, taxes, categories, the shop); a category's or
  // collection's with any of its products.
  std::uint64_t product_version(std::size_t index) const { return product_versions_[index]; }
  std::uint64_t category_version(std::size_t index) const { return category_versions_[index]; }
  std::uint64_t collection_version(std::size_t index) const { return collection_versions_[index]; }
  // Of the markets, taxes, categories, collections, texts and the shop itself.
  std::uint64_t settings_version() const { return settings_version_; }

  // Look-ups; nothing if there is none (or it is not published).
  const Market* market(std::string_view code) const;
  std::optional<std::size_t> market_index(std::string_view code) const;
  const Market* market_of_country(std::string_view country) const;
  std::optional<std::size_t> product_by_handle(std::string_view handle) const;
  std::optional<std::size_t> product_by_id(ProductId id) const;
  std::optional<std::size_t> product_of_variant(VariantId id) const;
  std::optional<std::size_t> category_by_handle(std::string_view handle) const;
  std::optional<std::size_t> collection_by_handle(std::string_view handle) const;
  const ContentPage* content_page(std::string_view handle) const;

  // The next instant at which a price begins or ends.
  Instant prices_hold_until() const { return prices_hold_until_; }

  // What list_products() reads (catalog/listing.h).
  const ListingIndex& listing_index() const { return *listing_index_; }

 private:
  friend class SnapshotBuilder;
  struct Lookups;
  struct Availability;

  std::uint64_t version_ = 0;
  std::uint64_t settings_version_ = 0;
  std::shared_ptr<const Shop> shop_;
  std::shared_ptr<const std::vector<Market>> markets_;
  std::shared_ptr<const std::vector<Category>> categories_;
  std::shared_ptr<const std::vector<Collection>> collections_;
  std::shared_ptr<const std::vector<ContentPage>> content_pages_;
  std::vector<std::shared_ptr<const Product>> products_;
  std::vector<std::uint64_t> product_versions_;
  std::vector<std::uint64_t> category_versions_;
  std::vector<std::uint64_t> collection_versions_;
  Instant prices_hold_until_ = Instant::max();
  std::shared_ptr<const Lookups> lookups_;  // Shared until an id or handle changes.
  std::shared_ptr<const Availability> availability_;
  std::shared_ptr<const ListingIndex> listing_index_;
};

}  // namespace osier::catalog
