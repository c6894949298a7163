#include "lists.h"

#include <algorithm>

#include "platform/http/ascii.h"

namespace osier::simulator {

namespace {

struct Created {
  std::int64_t from = INT64_MIN;
  std::int64_t to = INT64_MAX;
};

Created read_created(Params& params) {
  Created created;
  if (!params.has("created")) return created;
  if (params.raw("created").is_string()) {
    created.from = created.to = params.integer("created").value_or(0);
  } else if (auto range = params.object("created")) {
    if (const auto at = range->integer("gte")) created.from = *at;
    if (const auto at = range->integer("gt")) created.from = *at + 1;
    if (const auto at = range->integer("lte")) created.to = *at;
    if (const auto at = range->integer("lt")) created.to = *at - 1;
    range->refuse_unknown();
  }
  return created;
}

std::size_t read_limit(Params& params) {
  const std::int64_t limit = params.integer("limit", 1).value_or(10);
  if (limit > 100)
    params.fail("Invalid integer: limit must be at most 100", "limit", "parameter_invalid_integer");
  return static_cast<std::size_t>(limit);
}

}  // namespace

Answer<json::Object> list_page(Collection& collection, Params& params, std::string_view url,
                               const Filter& keeps) {
  const std::size_t limit = read_limit(params);
  const Created created = read_created(params);
  const auto after = params.text("starting_after");
  const auto before = params.text("ending_before");
  params.raw("expand");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());

  const auto& ids = collection.ids();
  auto from = ids.rbegin();
  auto to = ids.rend();
  if (after) {
    const auto found = std::find(ids.rbegin(), ids.rend(), *after);
    if (found == ids.rend()) return missing_resource("object", *after, "starting_after");
    from = std::next(found);
  }
  if (before) {
    to = std::find(ids.rbegin(), ids.rend(), *before);
    if (to == ids.rend()) return missing_resource("object", *before, "ending_before");
  }
  json::Array data;
  bool has_more = false;
  for (auto id = from; id != to && !has_more; ++id) {
    const json::Object& object = *collection.find(*id);
    const std::int64_t at = number_of(object, "created");
    if (at < created.from || at > created.to || !keeps(object)) continue;
    if (data.size() == limit) {
      has_more = true;
    } else {
      data.push_back(object);
    }
  }
  return list_of(std::move(data), has_more, url);
}

Answer<json::Object> list_events(const Books& books, Params& params) {
  const std::size_t limit = read_limit(params);
  const Created created = read_created(params);
  const auto after = params.text("starting_after");
  const auto type = params.text("type");
  const auto types = params.texts("types");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  json::Array data;
  bool has_more = false;
  bool is_past = !after.has_value();
  for (auto event = books.events.rbegin(); event != books.events.rend() && !has_more; ++event) {
    if (!is_past) {
      is_past = event->id == *after;
      continue;
    }
    if (event->created < created.from || event->created > created.to) continue;
    if (type && *type != event->type) continue;
    if (!types.empty() && std::find(types.begin(), types.end(), event->type) == types.end())
      continue;
    if (data.size() == limit) {
      has_more = true;
    } else {
      data.push_back(std::move(*json::parse(event->body)));
    }
  }
  return list_of(std::move(data), has_more, "/v1/events");
}

Answer<json::Object> event_by_id(const Books& books, const std::string& id) {
  const auto found = std::find_if(books.events.begin(), books.events.end(),
                                  [&](const Event& event) { return event.id == id; });
  if (found == books.events.end()) return missing_resource("event", id, "id");
  auto value = json::parse(found->body);
  return std::move(value->get_object());
}

namespace {

// One clause: name:"value" or metadata["key"]:"value" (also with single quotes).
bool matches_clause(std::string_view clause, const json::Object& object, bool& is_valid) {
  const auto colon = clause.rfind(':');
  is_valid = colon != std::string_view::npos && clause.size() >= colon + 3;
  if (!is_valid) return false;
  std::string_view name = clause.substr(0, colon);
  const std::string_view value = clause.substr(colon + 2, clause.size() - colon - 3);
  const json::Object* from = &object;
  if (name.starts_with("metadata[")) {
    is_valid = name.size() > 12;
    if (!is_valid) return false;
    name = name.substr(10, name.size() - 12);
    from = &object.at("metadata").get_object();
  }
  return text_of(*from, name) == value;
}

}  // namespace

Answer<json::Object> search_intents(Books& books, Params& params) {
  const std::string query = params.required_text("query");
  const std::size_t limit = read_limit(params);
  params.raw("page");
  params.raw("expand");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  std::vector<std::string_view> clauses;
  std::string_view rest = query;
  for (auto at = rest.find(" AND "); at != std::string_view::npos; at = rest.find(" AND ")) {
    clauses.push_back(http::trimmed(rest.substr(0, at)));
    rest = rest.substr(at + 5);
  }
  clauses.push_back(http::trimmed(rest));

  json::Array data;
  for (auto id = books.intents.ids().rbegin();
       id != books.intents.ids().rend() && data.size() < limit; ++id) {
    const json::Object& intent = *books.intents.find(*id);
    bool is_valid = true;
    const bool matches = std::all_of(clauses.begin(), clauses.end(), [&](std::string_view clause) {
      return matches_clause(clause, intent, is_valid);
    });
    if (!is_valid) return invalid("We were unable to parse your search query.", "query");
    if (matches) data.push_back(intent);
  }
  json::Object result;
  result["object"] = "search_result";
  result["data"] = std::move(data);
  result["has_more"] = false;
  result["next_page"] = nullptr;
  result["url"] = "/v1/payment_intents/search";
  return result;
}

namespace {

bool expand_path(Books& books, json::Value& at, std::string_view path) {
  if (at.is_null()) return true;
  if (at.is_array()) {
    for (auto& element : at.get_array()) {
      if (!expand_path(books, element, path)) return false;
    }
    return true;
  }
  if (!at.is_object()) return false;
  auto& object = at.get_object();
  const std::string_view name = http::cut_before(path, '.');
  if (name == "line_items" && text_of(object, "object") == "checkout.session") {
    object["line_items"] = books.line_items_of(text_of(object, "id"));
    return true;
  }
  if (name == "charges" || name == "customer" || name == "refunds") return true;
  json::Value* field = object.if_contains(name);
  if (field == nullptr) return false;
  if (field->is_string()) {
    const json::Object* found =
        books.find({field->get_string().data(), field->get_string().size()});
    if (found == nullptr) return false;
    *field = json::Object(*found);
  }
  return path.empty() || expand_path(books, *field, path);
}

}  // namespace

Answer<void> expand(Books& books, json::Object& answer, const json::Object& params) {
  const auto* paths = params.if_contains("expand");
  if (paths == nullptr) return {};
  if (!paths->is_array()) return invalid("Invalid array", "expand");
  json::Value whole = std::move(answer);
  for (const auto& path : paths->get_array()) {
    const bool is_text = path.is_string();
    const std::string text =
        is_text ? std::string(path.get_string().data(), path.get_string().size()) : "";
    if (!is_text || !expand_path(books, whole, text)) {
      return invalid("This property cannot be expanded (" + text + ").", "expand");
    }
  }
  answer = std::move(whole.get_object());
  return {};
}

}  // namespace osier::simulator
