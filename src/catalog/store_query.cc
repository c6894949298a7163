#include "catalog/store_query.h"

#include <numeric>

#include "catalog/listing.h"

namespace osier::catalog {

namespace {

constexpr std::size_t locale_length_max = 35;

web::Error invalid(std::string message) {
  return {web::ErrorType::invalid_data, std::move(message), {}};
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string base_url_of(const http::Request& request) {
  const auto host = request.headers.get("Host");
  if (!host) return {};
  return std::string(request.is_secure ? "https://" : "http://") + std::string(*host);
}

// The market that is named, by its id, a country or a currency; null if none is.
Result<const Market*, web::Error> market_of(const Snapshot& snapshot, const web::Query& query) {
  if (const auto region_id = query.value("region_id")) {
    const auto id = web::parse_public_id("reg", *region_id);
    for (const Market& market : snapshot.markets()) {
      if (id && market.id.value() == *id) return &market;
    }
    return refuse(web::Error{web::ErrorType::not_found, "region_id names no region", {}});
  }
  if (const auto country = query.value("country_code")) {
    if (const Market* market = snapshot.market_of_country(upper_case(*country))) return market;
    return refuse(invalid("country_code names no country we sell to"));
  }
  if (const auto code = query.value("currency_code")) {
    const auto currency = Currency::parse(*code);
    for (const Market& market : snapshot.markets()) {
      if (currency && market.currency == *currency) return &market;
    }
    return refuse(invalid("currency_code names no currency we sell in"));
  }
  return static_cast<const Market*>(nullptr);
}

std::string locale_of(const http::Request& request, const web::Query& query, const Market* market) {
  auto wanted = query.value("locale");
  if (!wanted) {
    if (const auto header = request.headers.get("x-medusa-locale")) wanted = std::string(*header);
  }
  if (wanted && !wanted->empty() && wanted->size() <= locale_length_max) return *wanted;
  return market == nullptr ? "en" : market->locales.front();
}

}  // namespace

Result<StoreView, web::Error> store_view_of(const Snapshot& snapshot, const http::Request& request,
                                            const web::Query& query, Instant now) {
  const auto market = market_of(snapshot, query);
  if (!market) return refuse(market.error());
  StoreView view{.snapshot = snapshot,
                 .base_url = base_url_of(request),
                 .locale = locale_of(request, query, *market),
                 .market = *market,
                 .country = {},
                 .province = {},
                 .now = now};
  if (*market != nullptr) {
    const std::string country = upper_case(query.value("country_code").value_or(""));
    if ((*market)->has_country(country)) view.country = country;
    std::string province = upper_case(query.value("province").value_or(""));
    // "us-nj" or "nj".
    if (province.starts_with(country + "-")) province.erase(0, country.size() + 1);
    view.province = std::move(province);
  }
  return view;
}

namespace {

template <class Indices>
bool any_admitted(const Indices& indices, const IdFilter& filter, const auto& things) {
  return !filter.is_given() || std::any_of(indices.begin(), indices.end(), [&](std::size_t index) {
    return filter.admits(things[index].id.value());
  });
}

int compare_products(const Product& left, const Product& right, const std::string& field,
                     std::string_view locale) {
  if (field == "created_at") return three_way(left.created_at, right.created_at);
  if (field == "updated_at") return three_way(left.updated_at, right.updated_at);
  if (field == "handle") return three_way(left.handle, right.handle);
  if (field == "title") return three_way(fold(left.title.at(locale)), fold(right.title.at(locale)));
  return three_way(left.id, right.id);
}

// Where to begin looking: the shortest list that holds everything asked for.
std::vector<std::size_t> candidates_of(const Snapshot& snapshot, const web::Query& query,
                                       const IdFilter& categories, const IdFilter& collections) {
  std::vector<std::size_t> found;
  if (const auto words = query.value("q"); words && !words->empty())
    return search_products(snapshot, *words);
  const auto add = [&found](std::optional<std::size_t> index) {
    if (index) found.push_back(*index);
  };
  if (const auto ids = query.values("id"); !ids.empty()) {
    for (const std::string& text : ids) {
      if (const auto id = web::parse_public_id("prod", text))
        add(snapshot.product_by_id(ProductId(*id)));
    }
  } else if (const auto handles = query.values("handle"); !handles.empty()) {
    for (const std::string& handle : handles) add(snapshot.product_by_handle(handle));
  } else if (categories.is_given() || collections.is_given()) {
    const auto add_list = [&found](const auto& things, const IdFilter& filter) {
      for (const auto& thing : things) {
        if (!filter.admits(thing.id.value())) continue;
        found.insert(found.end(), thing.products.begin(), thing.products.end());
      }
    };
    if (categories.is_given()) {
      add_list(snapshot.categories(), categories);
    } else {
      add_list(snapshot.collections(), collections);
    }
  } else {
    found.resize(snapshot.product_count());
    std::iota(found.begin(), found.end(), std::size_t{0});
    return found;
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace

// The products that the query asks for, in its order as far as the page needs it; else in that of
// their ids.
std::vector<std::size_t> select_products(const StoreView& view, const web::Query& query) {
  const Snapshot& snapshot = view.snapshot;
  const IdFilter ids(query, "id", "prod");
  const IdFilter categories(query, "category_id", "pcat");
  const IdFilter collections(query, "collection_id", "pcol");
  const TextFilter handles(query, "handle");
  std::vector<std::size_t> found = candidates_of(snapshot, query, categories, collections);
  if (ids.is_given() || handles.is_given() || categories.is_given() || collections.is_given()) {
    std::erase_if(found, [&](std::size_t index) {
      const Product& product = snapshot.product(index);
      return !ids.admits(product.id.value()) || !handles.admits(product.handle) ||
             !any_admitted(product.categories, categories, snapshot.categories()) ||
             !any_admitted(product.collections, collections, snapshot.collections());
    });
  }
  sort_page(found, query, [&](std::size_t left, std::size_t right, const std::string& field) {
    return compare_products(snapshot.product(left), snapshot.product(right), field, view.locale);
  });
  return found;
}

}  // namespace osier::catalog
