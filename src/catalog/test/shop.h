// A small shop for tests: one market in euros, one in dollars, two categories below each other, one
// collection.

#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "catalog/snapshot_builder.h"

namespace osier::catalog::test {

inline constexpr Currency eur = Currency::of("EUR");
inline constexpr Currency usd = Currency::of("USD");
inline constexpr std::size_t eu = 0;
inline constexpr std::size_t us = 1;

inline Instant noon() { return *parse_instant("2026-11-22T12:00:00Z"); }
inline Texts in_english(std::string text) { return Texts({{"en", std::move(text)}}); }

// An id that is the same in every run: kind and number.
inline Uuid id_of(std::uint8_t kind, std::uint8_t number) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[0] = kind;
  bytes[15] = number;
  return Uuid(bytes);
}

inline Settings settings() {
  Market europe;
  europe.id = MarketId(id_of(1, 0));
  europe.code = "eu";
  europe.currency = eur;
  europe.prices_include_tax = true;
  europe.locales = {"en", "de"};
  europe.countries = {"AT", "DE"};
  europe.tax_rates = {{"DE", "", "standard", in_english("VAT"), 190'000}};
  Market america;
  america.id = MarketId(id_of(1, 1));
  america.code = "us";
  america.currency = usd;
  america.locales = {"en"};
  america.countries = {"US"};
  america.tax_rates = {{"US", "", "standard", in_english("sales tax"), 10'000},
                       {"US", "NJ", "standard", in_english("sales tax"), 66'250}};

  Settings made;
  made.shop.name = "Alder & Loom";
  made.markets = {europe, america};
  made.categories.resize(2);
  made.categories[0].id = CategoryId(id_of(2, 0));
  made.categories[0].handle = "tableware";
  made.categories[1].id = CategoryId(id_of(2, 1));
  made.categories[1].handle = "mugs";
  made.categories[1].parent = 0;
  made.collections.resize(1);
  made.collections[0].id = CollectionId(id_of(3, 0));
  made.collections[0].handle = "gifts";
  return made;
}

inline Price price_of(std::size_t market, std::int64_t amount_minor) {
  return {.market = market,
          .amount = Money::minor(amount_minor, market == eu ? eur : usd),
          .compare_at = {},
          .min_quantity = 1,
          .valid_from = Instant::min(),
          .valid_to = Instant::max()};
}

// A product with a variant per colour, sold in both markets; number 2 is newer than number 1.
inline Product product_of(std::uint8_t number, const std::string& title, std::int64_t amount_minor,
                          std::initializer_list<std::string> colours = {}) {
  Product product;
  product.id = ProductId(id_of(4, number));
  product.handle = "product-" + std::to_string(number);
  product.title = in_english(title);
  product.tax_class = "standard";
  product.maker = std::make_shared<const Maker>();
  product.created_at = noon() + std::chrono::minutes(number);
  std::uint8_t count = 0;
  if (colours.size() > 0)
    product.options.push_back({id_of(5, number), "colour", in_english("Colour"), {}});
  const auto add_variant = [&](std::vector<std::size_t> values) {
    Variant variant;
    variant.id = VariantId(id_of(6, static_cast<std::uint8_t>(number * 10 + count)));
    variant.sku = "SKU-" + std::to_string(number) + "-" + std::to_string(count++);
    variant.values = std::move(values);
    variant.prices = {price_of(eu, amount_minor), price_of(us, amount_minor * 2)};
    product.variants.push_back(std::move(variant));
  };
  for (const std::string& colour : colours) {
    auto& values = product.options[0].values;
    values.push_back(
        {OptionValueId(id_of(7, static_cast<std::uint8_t>(number * 10 + values.size()))), colour,
         in_english(colour), ""});
    add_variant({values.size() - 1});
  }
  if (colours.size() == 0) add_variant({});
  return product;
}

inline void place(Product& product, std::size_t category, std::int32_t position) {
  product.categories.push_back(category);
  product.category_positions.push_back(position);
}

// A snapshot of these, with `units` of every variant.
inline std::shared_ptr<const Snapshot> snapshot_of(std::vector<Product> products,
                                                   std::int32_t units = 10) {
  SnapshotBuilder builder(settings());
  for (Product& product : products) {
    for (const Variant& variant : product.variants) builder.set_available({{variant.id, units}});
    builder.put(std::make_shared<const Product>(std::move(product)));
  }
  return builder.build(noon());
}

}  // namespace osier::catalog::test
