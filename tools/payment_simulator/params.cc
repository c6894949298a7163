#include "params.h"

#include <algorithm>
#include <charconv>

#include "platform/http/message.h"

namespace osier::simulator {

namespace {

constexpr std::size_t depth_max = 10;

// "a[b][0]" -> {"a", "b", "0"}; nothing if the brackets do not fit.
std::optional<std::vector<std::string>> split_name(std::string_view name) {
  std::vector<std::string> parts;
  const auto first = name.find('[');
  if (first == 0 || name.empty()) return std::nullopt;
  parts.emplace_back(name.substr(0, first));
  std::string_view rest = first == std::string_view::npos ? std::string_view{} : name.substr(first);
  while (!rest.empty()) {
    const auto close = rest.find(']');
    if (rest.front() != '[' || close == std::string_view::npos) return std::nullopt;
    parts.emplace_back(rest.substr(1, close - 1));
    rest = rest.substr(close + 1);
    if (parts.size() > depth_max) return std::nullopt;
  }
  return parts;
}

bool is_index(std::string_view key) {
  return !key.empty() && key.size() < 6 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Objects whose keys are all numbers are lists, in the order they were named.
void make_lists(json::Value& value) {
  if (!value.is_object()) return;
  auto& object = value.get_object();
  for (auto& member : object) make_lists(member.value());
  const bool is_list =
      !object.empty() && std::all_of(object.begin(), object.end(),
                                     [](auto& member) { return is_index(member.key()); });
  if (!is_list) return;
  json::Array list;
  for (auto& member : object) list.push_back(std::move(member.value()));
  value = std::move(list);
}

}  // namespace

Answer<json::Object> parse_nested(std::string_view form) {
  const auto pairs = http::Parameters::parse(form);
  if (!pairs) return invalid("Invalid request: the parameters are not valid UTF-8 form data.");
  json::Value root = json::Object{};
  for (const auto& [name, text] : pairs->pairs()) {
    const auto parts = split_name(name);
    if (!parts) return invalid("Invalid parameter name: " + name, name);
    json::Value* at = &root;
    for (const std::string& part : *parts) {
      if (!at->is_object()) {
        if (!at->is_null()) return invalid("Invalid object: " + name, name);
        *at = json::Object{};
      }
      auto& object = at->get_object();
      const std::string key = part.empty() ? std::to_string(object.size()) : part;
      at = &object[key];
    }
    if (at->is_object()) return invalid("Invalid string: " + name, name);
    *at = text;
  }
  for (auto& member : root.get_object()) make_lists(member.value());
  return std::move(root.get_object());
}

Params::Params(const json::Object& fields)
    : Params(fields, "", std::make_shared<std::optional<ApiError>>()) {}

Params::Params(const json::Object& fields, std::string path,
               std::shared_ptr<std::optional<ApiError>> error)
    : fields_(&fields), path_(std::move(path)), error_(std::move(error)) {}

std::string Params::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "[" + std::string(name) + "]";
}

void Params::fail(std::string message, std::string_view name, std::string code) {
  if (*error_) return;
  ApiError error;
  error.message = std::move(message);
  error.param = path_of(name);
  error.code = std::move(code);
  *error_ = std::move(error);
}

const json::Value* Params::find(std::string_view name) {
  asked_.emplace_back(name);
  return fields_->if_contains(name);
}

bool Params::has(std::string_view name) const { return fields_->contains(name); }

json::Value Params::raw(std::string_view name) {
  const auto* value = find(name);
  return value == nullptr ? json::Value(nullptr) : *value;
}

std::optional<std::string> Params::text(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    fail("Invalid string: {:" + path_of(name) + "}", name);
    return std::nullopt;
  }
  const auto& text = value->get_string();
  if (text.size() > 5000) {
    fail("Invalid string: must be at most 5000 characters", name);
    return std::nullopt;
  }
  return std::string(text.data(), text.size());
}

std::string Params::required_text(std::string_view name) {
  const auto value = text(name);
  if (!value) fail("Missing required param: " + path_of(name) + ".", name, "parameter_missing");
  if (value && value->empty()) {
    fail("You passed an empty string for '" + path_of(name) +
             "'. We assume empty values are an attempt to unset a parameter; however '" +
             path_of(name) + "' cannot be unset.",
         name, "parameter_invalid_empty");
  }
  return value.value_or("");
}

std::optional<std::int64_t> Params::integer(std::string_view name, std::int64_t min) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, number);
  if (error != std::errc() || stop != end) {
    fail("Invalid integer: " + *value, name, "parameter_invalid_integer");
    return std::nullopt;
  }
  if (number < min) {
    fail("This value must be greater than or equal to " + std::to_string(min) + ".", name,
         "parameter_invalid_integer");
    return std::nullopt;
  }
  return number;
}

std::optional<bool> Params::boolean(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  if (*value == "true") return true;
  if (*value == "false") return false;
  fail("Invalid boolean: " + *value, name);
  return std::nullopt;
}

std::optional<std::string> Params::word(std::string_view name,
                                        const std::vector<std::string_view>& words) {
  auto value = text(name);
  if (!value) return std::nullopt;
  if (std::find(words.begin(), words.end(), *value) != words.end()) return value;
  std::string known;
  for (const auto word : words) known.append(known.empty() ? "" : ", ").append(word);
  fail("Invalid " + path_of(name) + ": must be one of " + known, name);
  return std::nullopt;
}

std::optional<Params> Params::object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) {
    fail("Invalid object", name);
    return std::nullopt;
  }
  return Params(value->get_object(), path_of(name), error_);
}

std::vector<Params> Params::objects(std::string_view name) {
  std::vector<Params> list;
  const auto* value = find(name);
  if (value == nullptr) return list;
  if (!value->is_array()) {
    fail("Invalid array", name);
    return list;
  }
  std::size_t index = 0;
  for (const auto& element : value->get_array()) {
    const std::string path = path_of(name) + "[" + std::to_string(index++) + "]";
    if (element.is_object()) {
      list.push_back(Params(element.get_object(), path, error_));
    } else {
      fail("Invalid object", name);
    }
  }
  return list;
}

std::vector<std::string> Params::texts(std::string_view name) {
  std::vector<std::string> list;
  const auto* value = find(name);
  if (value == nullptr) return list;
  if (!value->is_array()) {
    fail("Invalid array", name);
    return list;
  }
  for (const auto& element : value->get_array()) {
    if (element.is_string()) {
      list.emplace_back(element.get_string().data(), element.get_string().size());
    } else {
      fail("Invalid string", name);
    }
  }
  return list;
}

std::optional<json::Object> Params::metadata(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string() && value->get_string().empty()) return json::Object{};
  if (!value->is_object()) {
    fail("Invalid object", name);
    return std::nullopt;
  }
  const auto& object = value->get_object();
  if (object.size() > 50) fail("Metadata can have up to 50 keys.", name);
  for (const auto& member : object) {
    if (!member.value().is_string()) fail("Metadata values must be strings.", name);
    if (member.key().size() > 40) fail("Metadata keys can have up to 40 characters.", name);
    if (member.value().is_string() && member.value().get_string().size() > 500) {
      fail("Metadata values can have up to 500 characters.", name);
    }
  }
  return object;
}

void Params::refuse_unknown() {
  for (const auto& member : *fields_) {
    const std::string_view key = member.key();
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      fail("Received unknown parameter: " + path_of(key), key, "parameter_unknown");
    }
  }
}

}  // namespace osier::simulator
