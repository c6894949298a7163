#include "catalog/store_json.h"

#include <unicode/region.h>
#include <unicode/uloc.h>

#include <algorithm>

#include "media/media.h"
#include "platform/locale/format.h"

namespace osier::catalog {

namespace {

constexpr std::int32_t thumbnail_width = 640;

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// Ids are version 7 and tell when they were made, which is all the wire wants to know of a
// category's age.
std::string made_at(const Uuid& id) {
  std::int64_t milliseconds = 0;
  for (int i = 0; i < 6; ++i)
    milliseconds = milliseconds << 8 | id.bytes()[static_cast<std::size_t>(i)];
  return to_rfc3339(Instant(std::chrono::milliseconds(milliseconds)));
}

json::Value text_or_null(const Texts& texts, std::string_view locale) {
  const std::string& text = texts.at(locale);
  if (text.empty()) return nullptr;
  return json::Value(text);
}

json::Value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::Value(text);
}

json::Value image_url(const StoreView& view, const Image& image) {
  if (image.picture->renditions.empty()) return nullptr;
  return json::Value(view.base_url +
                     media::url_of(media::fallback(*image.picture, thumbnail_width)));
}

std::string widest_url(const StoreView& view, const Image& image) {
  if (image.picture->renditions.empty()) return {};
  return view.base_url + media::url_of(media::fallback(*image.picture, image.picture->width));
}

json::Array images_json(const StoreView& view, const Product& product) {
  json::Array images;
  for (std::size_t i = 0; i < product.images.size(); ++i) {
    images.push_back(json::Object{{"id", "img_" + product.images[i].picture->hash},
                                  {"url", widest_url(view, product.images[i])},
                                  {"rank", i},
                                  {"metadata", nullptr}});
  }
  return images;
}

json::Object option_value_json(const StoreView& view, const Option& option,
                               const OptionValue& value) {
  return {{"id", web::public_id("optval", value.id.value())},
          {"value", value.name.at(view.locale)},
          {"option_id", web::public_id("opt", option.id)},
          {"metadata", nullptr}};
}

json::Array options_json(const StoreView& view, const Product& product) {
  json::Array options;
  for (const Option& option : product.options) {
    json::Array values;
    for (const OptionValue& value : option.values)
      values.push_back(option_value_json(view, option, value));
    options.push_back(json::Object{{"id", web::public_id("opt", option.id)},
                                   {"title", option.name.at(view.locale)},
                                   {"product_id", web::public_id("prod", product.id.value())},
                                   {"is_exclusive", true},
                                   {"values", std::move(values)},
                                   {"metadata", nullptr}});
  }
  return options;
}

// The amount with and without the tax that is in it or comes on top.
struct Taxed {
  Money with_tax;
  Money without_tax;
};

Taxed taxed(Money amount, bool includes_tax, std::int32_t rate_ppm) {
  constexpr std::int64_t whole = 1'000'000;
  if (includes_tax) return {amount, amount - scaled(amount, rate_ppm, whole + rate_ppm)};
  return {amount + scaled(amount, rate_ppm, whole), amount};
}

json::Object price_details(const std::string& id, const Price& price) {
  return {{"id", id},
          {"price_list_id", nullptr},
          {"price_list_type", nullptr},
          {"min_quantity",
           price.min_quantity > 1 ? json::Value(price.min_quantity) : json::Value(nullptr)},
          {"max_quantity", nullptr}};
}

// What compares with a reduced price is the original amount.
json::Value calculated_price_json(const StoreView& view, const Product& product,
                                  const Variant& variant) {
  const auto market = static_cast<std::size_t>(view.market - view.snapshot.markets().data());
  const Price* price = variant.price(market, 1, view.now);
  if (price == nullptr) return nullptr;
  const Money original = price->compare_at.value_or(price->amount);
  const bool includes_tax = view.market->prices_include_tax;
  const std::string id = web::public_id("price", variant.id.value());
  json::Object json{{"id", web::public_id("pset", variant.id.value())},
                    {"is_calculated_price_price_list", false},
                    {"is_calculated_price_tax_inclusive", includes_tax},
                    {"calculated_amount", web::amount(price->amount)},
                    {"is_original_price_price_list", false},
                    {"is_original_price_tax_inclusive", includes_tax},
                    {"original_amount", web::amount(original)},
                    {"currency_code", lower_case(price->amount.currency().code())},
                    {"calculated_price", price_details(id, *price)},
                    {"original_price", price_details(id, *price)}};
  if (!view.country.empty()) {
    const TaxRate* rate = view.market->tax_rate(view.country, view.province, product.tax_class);
    const std::int32_t rate_ppm = rate == nullptr ? 0 : rate->rate_ppm;
    const Taxed now = taxed(price->amount, includes_tax, rate_ppm);
    const Taxed before = taxed(original, includes_tax, rate_ppm);
    json["calculated_amount_with_tax"] = web::amount(now.with_tax);
    json["calculated_amount_without_tax"] = web::amount(now.without_tax);
    json["original_amount_with_tax"] = web::amount(before.with_tax);
    json["original_amount_without_tax"] = web::amount(before.without_tax);
  }
  return json;
}

json::Array variant_options_json(const StoreView& view, const Product& product,
                                 const Variant& variant) {
  json::Array values;
  for (std::size_t i = 0; i < variant.values.size(); ++i) {
    const Option& option = product.options[i];
    auto value = option_value_json(view, option, option.values[variant.values[i]]);
    value["option"] = json::Object{{"id", web::public_id("opt", option.id)},
                                   {"title", option.name.at(view.locale)},
                                   {"product_id", web::public_id("prod", product.id.value())}};
    values.push_back(std::move(value));
  }
  return values;
}

json::Object variant_json(const StoreView& view, const Product& product, std::size_t index) {
  const Variant& variant = product.variants[index];
  const std::string title = product.variant_title(variant, view.locale);
  const Image* image =
      product.images.empty() ? nullptr : &product.images[variant.image.value_or(0)];
  json::Object json{
      {"id", web::public_id("variant", variant.id.value())},
      {"title", title.empty() ? product.title.at(view.locale) : title},
      {"sku", variant.sku},
      {"barcode", text_or_null(variant.barcode)},
      {"ean", text_or_null(variant.barcode)},
      {"upc", nullptr},
      {"thumbnail", image == nullptr ? json::Value(nullptr) : image_url(view, *image)},
      {"allow_backorder", false},
      {"manage_inventory", true},
      {"inventory_quantity", view.snapshot.available(variant.id)},
      {"hs_code", nullptr},
      {"origin_country", nullptr},
      {"mid_code", nullptr},
      {"material", nullptr},
      {"weight", variant.weight_grams},
      {"length", nullptr},
      {"height", nullptr},
      {"width", nullptr},
      {"variant_rank", index},
      {"product_id", web::public_id("prod", product.id.value())},
      {"options", variant_options_json(view, product, variant)},
      {"created_at", to_rfc3339(product.created_at)},
      {"updated_at", to_rfc3339(product.updated_at)},
      {"deleted_at", nullptr},
      {"metadata", nullptr}};
  if (view.market != nullptr)
    json["calculated_price"] = calculated_price_json(view, product, variant);
  return json;
}

json::Object bare_category(const StoreView& view, std::size_t index) {
  const Category& category = view.snapshot.categories()[index];
  json::Value parent_id = nullptr;
  if (category.parent) {
    parent_id = web::public_id("pcat", view.snapshot.categories()[*category.parent].id.value());
  }
  return {{"id", web::public_id("pcat", category.id.value())},
          {"name", category.title.at(view.locale)},
          {"description", category.description.at(view.locale)},
          {"handle", category.handle},
          {"rank", index},
          {"parent_category_id", std::move(parent_id)},
          {"external_id", nullptr},
          {"created_at", made_at(category.id.value())},
          {"updated_at", made_at(category.id.value())},
          {"deleted_at", nullptr},
          {"metadata", nullptr}};
}

constexpr int tree_depth_max = 8;

json::Value ancestors_json(const StoreView& view, std::size_t index, int depth) {
  const auto parent = view.snapshot.categories()[index].parent;
  if (!parent || depth == 0) return nullptr;
  json::Object json = bare_category(view, *parent);
  if (depth > 1) json["parent_category"] = ancestors_json(view, *parent, depth - 1);
  return json;
}

json::Array descendants_json(const StoreView& view, std::size_t index, int depth) {
  json::Array children;
  if (depth == 0) return children;
  for (std::size_t i = 0; i < view.snapshot.categories().size(); ++i) {
    if (view.snapshot.categories()[i].parent != index) continue;
    json::Object child = bare_category(view, i);
    if (depth > 1) child["category_children"] = descendants_json(view, i, depth - 1);
    children.push_back(std::move(child));
  }
  return children;
}

json::Array categories_of(const StoreView& view, const Product& product) {
  json::Array categories;
  for (const std::size_t index : product.categories)
    categories.push_back(bare_category(view, index));
  return categories;
}

}  // namespace

json::Object region_json(const StoreView& view, const Market& market) {
  const auto locale = locale::Locale::parse(view.locale).value_or(locale::Locale{});
  json::Array countries;
  for (const std::string& code : market.countries) {
    const std::string iso_2 = lower_case(code);
    UErrorCode error = U_ZERO_ERROR;
    const icu::Region* region = icu::Region::getInstance(code.c_str(), error);
    const std::string name = locale::country_name(code, locale);
    countries.push_back(json::Object{
        {"id", iso_2},
        {"iso_2", iso_2},
        {"iso_3", lower_case(uloc_getISO3Country(("und_" + code).c_str()))},
        {"num_code", region == nullptr ? json::Value(nullptr)
                                       : json::Value(std::to_string(region->getNumericCode()))},
        {"name", locale::to_upper(name, locale)},
        {"display_name", name},
        {"region_id", web::public_id("reg", market.id.value())},
        {"metadata", nullptr}});
  }
  return {{"id", web::public_id("reg", market.id.value())},
          {"name", market.name.at(view.locale)},
          {"currency_code", lower_case(market.currency.code())},
          {"automatic_taxes", true},
          {"countries", std::move(countries)},
          {"created_at", made_at(market.id.value())},
          {"updated_at", made_at(market.id.value())},
          {"deleted_at", nullptr},
          {"metadata", nullptr}};
}

json::Object product_json(const StoreView& view, const Product& product,
                          const web::Fields& fields) {
  json::Value collection = nullptr;
  json::Value collection_id = nullptr;
  if (!product.collections.empty()) {
    const Collection& first = view.snapshot.collections()[product.collections.front()];
    collection_id = web::public_id("pcol", first.id.value());
    collection = collection_json(view, first);
  }
  json::Array variants;
  for (std::size_t i = 0; i < product.variants.size(); ++i)
    variants.push_back(variant_json(view, product, i));
  json::Object json{{"id", web::public_id("prod", product.id.value())},
                    {"title", product.title.at(view.locale)},
                    {"handle", product.handle},
                    {"subtitle", text_or_null(product.subtitle, view.locale)},
                    {"description", text_or_null(product.description, view.locale)},
                    {"is_giftcard", false},
                    {"status", "published"},
                    {"thumbnail", product.images.empty() ? json::Value(nullptr)
                                                         : image_url(view, product.images.front())},
                    {"width", nullptr},
                    {"weight", product.variants.front().weight_grams},
                    {"length", nullptr},
                    {"height", nullptr},
                    {"origin_country", nullptr},
                    {"hs_code", nullptr},
                    {"mid_code", nullptr},
                    {"material", text_or_null(product.materials, view.locale)},
                    {"collection", std::move(collection)},
                    {"collection_id", std::move(collection_id)},
                    {"type", nullptr},
                    {"type_id", nullptr},
                    {"tags", json::Array{}},
                    {"images", images_json(view, product)},
                    {"options", options_json(view, product)},
                    {"variants", std::move(variants)},
                    {"discountable", true},
                    {"external_id", nullptr},
                    {"created_at", to_rfc3339(product.created_at)},
                    {"updated_at", to_rfc3339(product.updated_at)},
                    {"deleted_at", nullptr},
                    {"metadata", nullptr}};
  if (fields.asks_for("categories")) json["categories"] = categories_of(view, product);
  return json;
}

json::Object category_json(const StoreView& view, std::size_t category, Tree ancestors,
                           Tree descendants) {
  json::Object json = bare_category(view, category);
  json["parent_category"] =
      ancestors_json(view, category, ancestors == Tree::whole ? tree_depth_max : 1);
  json["category_children"] =
      descendants_json(view, category, descendants == Tree::whole ? tree_depth_max : 1);
  return json;
}

json::Object collection_json(const StoreView& view, const Collection& collection) {
  return {{"id", web::public_id("pcol", collection.id.value())},
          {"title", collection.title.at(view.locale)},
          {"handle", collection.handle},
          {"external_id", nullptr},
          {"created_at", made_at(collection.id.value())},
          {"updated_at", made_at(collection.id.value())},
          {"deleted_at", nullptr},
          {"metadata", nullptr}};
}

}  // namespace osier::catalog
