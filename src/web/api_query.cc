#include <algorithm>
#include <charconv>

#include "platform/json/value.h"
#include "web/api.h"

namespace osier::web {

static bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// "*items.variant" and "items.variant.*" both mean the whole relation, as does its bare name.
static std::string without_stars(std::string_view name) {
  if (name.starts_with('*')) name.remove_prefix(1);
  if (name.ends_with(".*")) name.remove_suffix(2);
  return std::string(name);
}

static constexpr std::size_t names_max = 200;

std::optional<Fields> Fields::parse(std::string_view text) {
  Fields fields;
  std::size_t count = 0;
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    // A plus that was not percent-encoded arrives as a space.
    const char sign = name.empty() ? '\0' : name.front();
    const bool adds = sign == '+' || sign == ' ';
    if (adds || sign == '-') name.remove_prefix(1);
    if (name.empty()) continue;
    if (++count > names_max) return std::nullopt;

    const bool is_relation = name.starts_with('*') || name.ends_with(".*");
    std::string path = without_stars(name);
    if (path.empty() && name == "*") continue;
    if (path.empty() || !std::ranges::all_of(path, is_name_character)) return std::nullopt;
    auto& list = sign == '-'             ? fields.removed_
                 : (adds || is_relation) ? fields.added_
                                         : fields.chosen_;
    list.push_back(std::move(path));
  }
  return fields;
}

// Whether `path` is `above` or lies under it.
static bool is_within(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '.');
}

bool Fields::asks_for(std::string_view path) const {
  const auto covers = [path](const std::string& name) {
    return is_within(path, name) || is_within(name, path);
  };
  return std::ranges::any_of(chosen_, covers) || std::ranges::any_of(added_, covers);
}

static void remove_path(json::Value& value, std::string_view path) {
  if (auto* array = value.if_array()) {
    for (auto& element : *array) remove_path(element, path);
    return;
  }
  auto* object = value.if_object();
  if (object == nullptr) return;
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) {
    if (path != "id") object->erase(path);
  } else if (auto* member = object->if_contains(path.substr(0, dot))) {
    remove_path(*member, path.substr(dot + 1));
  }
}

static void keep_paths(json::Value& value, const std::vector<std::string_view>& paths) {
  if (auto* array = value.if_array()) {
    for (auto& element : *array) keep_paths(element, paths);
    return;
  }
  auto* object = value.if_object();
  if (object == nullptr) return;

  json::Object kept;
  for (auto& [key, member] : *object) {
    const std::string_view name(key.data(), key.size());
    bool is_whole = name == "id";
    std::vector<std::string_view> deeper;
    for (const std::string_view path : paths) {
      if (path == name) is_whole = true;
      if (path.size() > name.size() && is_within(path, name))
        deeper.push_back(path.substr(name.size() + 1));
    }
    if (!is_whole && deeper.empty()) continue;
    if (!is_whole) keep_paths(member, deeper);
    kept.emplace(key, std::move(member));
  }
  *object = std::move(kept);
}

void Fields::apply(json::Value& value) const {
  if (!chosen_.empty()) {
    std::vector<std::string_view> paths(chosen_.begin(), chosen_.end());
    paths.insert(paths.end(), added_.begin(), added_.end());
    keep_paths(value, paths);
  }
  for (const std::string& path : removed_) remove_path(value, path);
}

std::optional<std::string> Query::value(std::string_view name) const {
  const auto found = parameters.get(name);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::vector<std::string> Query::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [key, value] : parameters.pairs()) {
    const std::string_view rest = std::string_view(key).starts_with(name)
                                      ? std::string_view(key).substr(name.size())
                                      : std::string_view("?");
    const bool is_element = rest.size() >= 2 && rest.front() == '[' && rest.back() == ']' &&
                            std::ranges::all_of(rest.substr(1, rest.size() - 2),
                                                [](char c) { return c >= '0' && c <= '9'; });
    if (rest.empty() || is_element) found.push_back(value);
  }
  return found;
}

static std::optional<Error> read_number(const http::Parameters& parameters, std::string_view name,
                                        int max, int& into) {
  const auto text = parameters.get(name);
  if (!text) return std::nullopt;
  int number = -1;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (problem != std::errc{} || end != text->data() + text->size() || number < 0 || number > max) {
    return Error{ErrorType::invalid_data,
                 std::string(name) + " must be a whole number from 0 to " + std::to_string(max),
                 {}};
  }
  into = number;
  return std::nullopt;
}

static Result<std::vector<OrderBy>, Error> read_order(std::string_view text,
                                                      const QueryRule& rule) {
  std::vector<OrderBy> order;
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const bool descending = name.starts_with('-');
    if (descending || name.starts_with('+') || name.starts_with(' ')) name.remove_prefix(1);
    if (std::ranges::find(rule.order_fields, name) == rule.order_fields.end()) {
      return refuse(
          Error{ErrorType::invalid_data, "order names a field that cannot be ordered by", {}});
    }
    order.push_back({std::string(name), descending});
  }
  return order;
}

static bool is_array_name(std::string_view name) { return name.ends_with(']'); }

Result<Query, Error> read_query(const http::Request& request, const QueryRule& rule) {
  const auto invalid = [](std::string message) {
    return refuse(Error{ErrorType::invalid_data, std::move(message), {}});
  };
  auto parameters = request.parameters();
  if (!parameters) return invalid("the query is not well-formed");
  for (const auto& [name, value] : parameters->pairs()) {
    if (!is_array_name(name) && parameters->has_duplicate(name)) {
      return invalid("a query parameter stands twice: " + name.substr(0, 50));
    }
  }

  Query query;
  query.limit = rule.limit_default;
  if (auto wrong = read_number(*parameters, "limit", rule.limit_max, query.limit))
    return refuse(std::move(*wrong));
  if (auto wrong = read_number(*parameters, "offset", 1'000'000'000, query.offset))
    return refuse(std::move(*wrong));
  if (const auto text = parameters->get("fields")) {
    auto fields = Fields::parse(*text);
    if (!fields) return invalid("fields must be a list of field names");
    query.fields = std::move(*fields);
  }
  if (const auto text = parameters->get("order")) {
    auto order = read_order(*text, rule);
    if (!order) return refuse(order.error());
    query.order = std::move(*order);
  }
  query.parameters = std::move(*parameters);
  return query;
}

}  // namespace osier::web
