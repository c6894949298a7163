// GET /store/regions[/{id}], /store/products[/{id}], /store/product-categories[/{id}],
// /store/collections[/{id}]

#include <algorithm>
#include <numeric>

#include "catalog/routes.h"
#include "catalog/store_query.h"

namespace osier::catalog {

namespace {

struct Api {
  const Catalog& catalog;
  const Clock& clock;
};

http::Response not_found(const char* kind, const std::string& id) {
  return web::error(web::ErrorType::not_found,
                    std::string(kind) + " with id: " + id.substr(0, 100) + " was not found");
}

// {"<name>": [the page], "count", "offset", "limit"}
template <class Make>
http::Response answer_page(const char* name, const std::vector<std::size_t>& found,
                           const web::Query& query, Make&& make) {
  json::Array page;
  const auto offset = static_cast<std::size_t>(query.offset);
  const std::size_t end = std::min(offset + static_cast<std::size_t>(query.limit), found.size());
  for (std::size_t i = offset; i < end; ++i) page.push_back(make(found[i]));
  json::Object body{{name, std::move(page)},
                    {"count", found.size()},
                    {"offset", query.offset},
                    {"limit", query.limit}};
  return web::answer(200, std::move(body), query.fields, name);
}

// What every handler begins with: the query and the view.
template <class Answer>
http::Response with_view(const Api& api, const http::Request& request, const web::QueryRule& rule,
                         Answer&& answer) {
  const auto query = web::read_query(request, rule);
  if (!query) return web::error(query.error());
  const auto snapshot = api.catalog.snapshot();
  const auto view = store_view_of(*snapshot, request, *query, api.clock.now());
  if (!view) return web::error(view.error());
  return answer(*view, *query);
}

Task<http::Response> get_products(Api api, http::Request request) {
  const web::QueryRule rule{.order_fields = {"created_at", "updated_at", "title", "handle", "id"}};
  co_return with_view(api, request, rule, [](const StoreView& view, const web::Query& query) {
    return answer_page("products", select_products(view, query), query, [&](std::size_t index) {
      return product_json(view, view.snapshot.product(index), query.fields);
    });
  });
}

Task<http::Response> get_product(Api api, http::Request request) {
  co_return with_view(api, request, {}, [&](const StoreView& view, const web::Query& query) {
    const auto id = web::parse_public_id("prod", request.path_value(0));
    const auto index = id ? view.snapshot.product_by_id(ProductId(*id)) : std::nullopt;
    if (!index) return not_found("Product", request.path_value(0));
    json::Object body{{"product", product_json(view, view.snapshot.product(*index), query.fields)}};
    return web::answer(200, std::move(body), query.fields, "product");
  });
}

Task<http::Response> get_regions(Api api, http::Request request) {
  const web::QueryRule rule{.order_fields = {"name", "created_at", "id"}};
  co_return with_view(api, request, rule, [](const StoreView& view, const web::Query& query) {
    std::vector<std::size_t> found(view.snapshot.markets().size());
    std::iota(found.begin(), found.end(), std::size_t{0});
    sort_page(found, query, [&](std::size_t left, std::size_t right, const std::string& field) {
      const auto markets = view.snapshot.markets();
      if (field != "name") return three_way(markets[left].id, markets[right].id);
      return three_way(fold(markets[left].name.at(view.locale)),
                       fold(markets[right].name.at(view.locale)));
    });
    return answer_page("regions", found, query, [&](std::size_t index) {
      return region_json(view, view.snapshot.markets()[index]);
    });
  });
}

Task<http::Response> get_region(Api api, http::Request request) {
  co_return with_view(api, request, {}, [&](const StoreView& view, const web::Query& query) {
    const auto id = web::parse_public_id("reg", request.path_value(0));
    for (const Market& market : view.snapshot.markets()) {
      if (!id || market.id.value() != *id) continue;
      return web::answer(200, json::Object{{"region", region_json(view, market)}}, query.fields,
                         "region");
    }
    return not_found("Region", request.path_value(0));
  });
}

Tree tree_of(const web::Query& query, std::string_view parameter) {
  return query.value(parameter) == "true" ? Tree::whole : Tree::neighbours;
}

json::Object category_answer(const StoreView& view, const web::Query& query, std::size_t index) {
  auto json = category_json(view, index, tree_of(query, "include_ancestors_tree"),
                            tree_of(query, "include_descendants_tree"));
  if (query.fields.asks_for("products")) {
    json::Array products;
    for (const std::size_t product : view.snapshot.categories()[index].products) {
      if (products.size() == 100) break;  // A taste; the rest is asked for by category_id.
      products.push_back(product_json(view, view.snapshot.product(product), {}));
    }
    json["products"] = std::move(products);
  }
  return json;
}

// "null" asks for those at the top.
bool has_parent_as_asked(const Snapshot& snapshot, const Category& category,
                         const web::Query& query) {
  const auto wanted = query.values("parent_category_id");
  if (wanted.empty()) return true;
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& id) {
    if (!category.parent) return id == "null" || id.empty();
    const auto parsed = web::parse_public_id("pcat", id);
    return parsed && snapshot.categories()[*category.parent].id.value() == *parsed;
  });
}

bool has_words(const std::string& text, const web::Query& query) {
  const auto words = query_words(query.value("q").value_or(""));
  const std::string folded = " " + fold(text);
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return folded.find(" " + word) != std::string::npos;
  });
}

Task<http::Response> get_categories(Api api, http::Request request) {
  const web::QueryRule rule{.order_fields = {"name", "handle", "rank", "created_at", "id"}};
  co_return with_view(api, request, rule, [](const StoreView& view, const web::Query& query) {
    const IdFilter ids(query, "id", "pcat");
    const TextFilter handles(query, "handle");
    std::vector<std::size_t> found;
    const auto categories = view.snapshot.categories();
    for (std::size_t i = 0; i < categories.size(); ++i) {
      if (ids.admits(categories[i].id.value()) && handles.admits(categories[i].handle) &&
          has_parent_as_asked(view.snapshot, categories[i], query) &&
          has_words(categories[i].title.at(view.locale), query)) {
        found.push_back(i);
      }
    }
    sort_lists(found, view, query, categories);
    return answer_page("product_categories", found, query,
                       [&](std::size_t index) { return category_answer(view, query, index); });
  });
}

Task<http::Response> get_category(Api api, http::Request request) {
  co_return with_view(api, request, {}, [&](const StoreView& view, const web::Query& query) {
    const auto id = web::parse_public_id("pcat", request.path_value(0));
    for (std::size_t i = 0; id && i < view.snapshot.categories().size(); ++i) {
      if (view.snapshot.categories()[i].id.value() != *id) continue;
      json::Object body{{"product_category", category_answer(view, query, i)}};
      return web::answer(200, std::move(body), query.fields, "product_category");
    }
    return not_found("Product category", request.path_value(0));
  });
}

Task<http::Response> get_collections(Api api, http::Request request) {
  const web::QueryRule rule{.order_fields = {"title", "handle", "created_at", "id"}};
  co_return with_view(api, request, rule, [](const StoreView& view, const web::Query& query) {
    const IdFilter ids(query, "id", "pcol");
    const TextFilter handles(query, "handle");
    std::vector<std::size_t> found;
    const auto collections = view.snapshot.collections();
    for (std::size_t i = 0; i < collections.size(); ++i) {
      if (ids.admits(collections[i].id.value()) && handles.admits(collections[i].handle) &&
          has_words(collections[i].title.at(view.locale), query)) {
        found.push_back(i);
      }
    }
    sort_lists(found, view, query, collections);
    return answer_page("collections", found, query, [&](std::size_t index) {
      return collection_json(view, collections[index]);
    });
  });
}

Task<http::Response> get_collection(Api api, http::Request request) {
  co_return with_view(api, request, {}, [&](const StoreView& view, const web::Query& query) {
    const auto id = web::parse_public_id("pcol", request.path_value(0));
    for (const Collection& collection : view.snapshot.collections()) {
      if (!id || collection.id.value() != *id) continue;
      json::Object body{{"collection", collection_json(view, collection)}};
      return web::answer(200, std::move(body), query.fields, "collection");
    }
    return not_found("Collection", request.path_value(0));
  });
}

}  // namespace

void add_catalog_api(http::Router& router, const Catalog& catalog, const Clock& clock) {
  const Api api{catalog, clock};
  const auto add = [&](const char* path, Task<http::Response> (*handler)(Api, http::Request)) {
    router.get(path, http::Access::everyone(), web::api([api, handler](http::Request request) {
                 return handler(api, std::move(request));
               }));
  };
  add("/store/regions", get_regions);
  add("/store/regions/{id}", get_region);
  add("/store/products", get_products);
  add("/store/products/{id}", get_product);
  add("/store/product-categories", get_categories);
  add("/store/product-categories/{id}", get_category);
  add("/store/collections", get_collections);
  add("/store/collections/{id}", get_collection);
}

}  // namespace osier::catalog
