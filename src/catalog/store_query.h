// What a request to the store API asks for: in which market and language, which things, in which
// order.

#pragma once

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "catalog/fold.h"
#include "catalog/store_json.h"

namespace osier::catalog {

// The market is named by region_id, country_code or currency_code; without any, no prices are told.
// The language is `locale`, the header x-medusa-locale or the market's first.
Result<StoreView, web::Error> store_view_of(const Snapshot& snapshot, const http::Request& request,
                                            const web::Query& query, Instant now);

// Products by q, id, handle, category_id and collection_id; in the query's order as far as the page
// needs it, else in that of their ids.
std::vector<std::size_t> select_products(const StoreView& view, const web::Query& query);

// Whether `id` is among the ids of that parameter; all are if it is absent.
class IdFilter {
 public:
  IdFilter(const web::Query& query, std::string_view name, std::string_view prefix) {
    const auto values = query.values(name);
    is_given_ = !values.empty();
    for (const std::string& value : values) {
      if (const auto id = web::parse_public_id(prefix, value)) ids_.insert(*id);
    }
  }
  bool is_given() const { return is_given_; }
  bool admits(const Uuid& id) const { return !is_given_ || ids_.contains(id); }

 private:
  bool is_given_ = false;
  std::unordered_set<Uuid> ids_;
};

class TextFilter {
 public:
  TextFilter(const web::Query& query, std::string_view name) : values_(query.values(name)) {}
  bool is_given() const { return !values_.empty(); }
  bool admits(const std::string& text) const {
    return values_.empty() || std::find(values_.begin(), values_.end(), text) != values_.end();
  }

 private:
  std::vector<std::string> values_;
};

template <class T>
int three_way(const T& left, const T& right) {
  if (left < right) return -1;
  return right < left ? 1 : 0;
}

// Sorts as far as the page needs it; `compare(left, right, field)` is below, at or above 0. Equal
// ones stay in order.
template <class Compare>
void sort_page(std::vector<std::size_t>& found, const web::Query& query, Compare&& compare) {
  if (query.order.empty()) return;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // Place, index.
  for (const std::size_t index : found) places.emplace_back(places.size(), index);
  const auto asked = static_cast<std::size_t>(query.offset) + static_cast<std::size_t>(query.limit);
  const auto end = static_cast<std::ptrdiff_t>(std::min(asked, found.size()));
  std::partial_sort(places.begin(), places.begin() + end, places.end(),
                    [&](const auto& left, const auto& right) {
                      for (const web::OrderBy& by : query.order) {
                        const int compared = compare(left.second, right.second, by.field);
                        if (compared != 0) return by.descending ? compared > 0 : compared < 0;
                      }
                      return left.first < right.first;
                    });
  for (std::size_t i = 0; i < found.size(); ++i) found[i] = places[i].second;
}

// Categories and collections; `rank` is their order in the shop.
template <class Things>
void sort_lists(std::vector<std::size_t>& found, const StoreView& view, const web::Query& query,
                const Things& things) {
  sort_page(found, query, [&](std::size_t left, std::size_t right, const std::string& field) {
    if (field == "handle") return three_way(things[left].handle, things[right].handle);
    if (field == "rank") return three_way(left, right);
    if (field == "name" || field == "title") {
      return three_way(fold(things[left].title.at(view.locale)),
                       fold(things[right].title.at(view.locale)));
    }
    return three_way(things[left].id, things[right].id);  // Ids are in the order of making.
  });
}

}  // namespace osier::catalog
