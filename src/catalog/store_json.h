// The catalogue on the store API's wire, as @medusajs/types 2 describes StoreProduct, StoreRegion
// and their relations.

#pragma once

#include <string>
#include <string_view>

#include "catalog/snapshot.h"
#include "platform/http/message.h"
#include "platform/json/value.h"
#include "web/api.h"

namespace osier::catalog {

// What the answer depends on besides the product: where it is read, and by whom.
struct StoreView {
  const Snapshot& snapshot;
  std::string base_url;  // "https://shop.example", for absolute links.
  std::string locale;
  const Market* market = nullptr;  // Prices are given if there is one.
  std::string country;             // Taxes are told if it is one of the market's; else empty.
  std::string province;
  Instant now;
};

json::Object region_json(const StoreView& view, const Market& market);
// `fields` decides only about relations that are costly: categories.
json::Object product_json(const StoreView& view, const Product& product, const web::Fields& fields);

// How far a category's answer follows the tree.
enum class Tree { neighbours, whole };
json::Object category_json(const StoreView& view, std::size_t category, Tree ancestors,
                           Tree descendants);
json::Object collection_json(const StoreView& view, const Collection& collection);

}  // namespace osier::catalog
