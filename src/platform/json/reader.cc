#include <algorithm>

#include "platform/json/value.h"

namespace osier::json {

struct Reader::Shared {
  std::vector<FieldError> errors;
};

namespace {

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool has_forbidden_control(std::string_view text, bool multiline) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    if (multiline && (c == '\n' || c == '\r' || c == '\t')) return false;
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
}

// What is wrong with the string; empty if nothing.
std::string complaint_about(std::string_view text, const StringRule& rule) {
  const auto length = characters_in(text);
  if (length > rule.length_max) {
    return "must have at most " + std::to_string(rule.length_max) + " characters";
  }
  if (length < rule.length_min) {
    if (rule.length_min == 1) return "must not be empty";
    return "must have at least " + std::to_string(rule.length_min) + " characters";
  }
  if (has_forbidden_control(text, rule.multiline)) return "must not contain control characters";
  return {};
}

std::string range_of(const IntegerRule& rule) {
  const bool has_min = rule.min != INT64_MIN;
  const bool has_max = rule.max != INT64_MAX;
  if (has_min && has_max) {
    return " from " + std::to_string(rule.min) + " to " + std::to_string(rule.max);
  }
  if (has_min) return " of at least " + std::to_string(rule.min);
  if (has_max) return " of at most " + std::to_string(rule.max);
  return {};
}

}  // namespace

Reader::Reader(const Value& body) : shared_(std::make_shared<Shared>()) {
  object_ = body.if_object();
  if (!object_) {
    shared_->errors.push_back({.path = "the body", .message = "must be a JSON object"});
  }
}

Reader::Reader(const Value& value, std::string path, std::shared_ptr<Shared> shared)
    : object_(value.if_object()), path_(std::move(path)), shared_(std::move(shared)) {}

std::string Reader::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const Value* Reader::find(std::string_view name, bool required) {
  asked_.emplace_back(name);
  if (!object_) return nullptr;
  const Value* const value = object_->if_contains(name);
  if (value && !value->is_null()) return value;
  if (required) fail(name, "is required");
  return nullptr;
}

void Reader::fail(std::string_view name, std::string message) {
  shared_->errors.push_back({.path = path_of(name), .message = std::move(message)});
}

std::optional<std::string> Reader::string(std::string_view name, StringRule rule) {
  const Value* const value = find(name, rule.required);
  if (!value) return std::nullopt;
  const auto* const text = value->if_string();
  if (!text) {
    fail(name, "must be a string");
    return std::nullopt;
  }
  auto complaint = complaint_about(*text, rule);
  if (!complaint.empty()) {
    fail(name, std::move(complaint));
    return std::nullopt;
  }
  return std::string(*text);
}

std::optional<std::int64_t> Reader::integer(std::string_view name, IntegerRule rule) {
  const Value* const value = find(name, rule.required);
  if (!value) return std::nullopt;
  const auto* const number = value->if_int64();
  if (!number || *number < rule.min || *number > rule.max) {
    fail(name, "must be a whole number" + range_of(rule));
    return std::nullopt;
  }
  return *number;
}

std::optional<bool> Reader::boolean(std::string_view name, Presence presence) {
  const Value* const value = find(name, presence == Presence::required);
  if (!value) return std::nullopt;
  const auto* const truth = value->if_bool();
  if (!truth) {
    fail(name, "must be true or false");
    return std::nullopt;
  }
  return *truth;
}

std::optional<std::size_t> Reader::word(std::string_view name,
                                        const std::vector<std::string_view>& words,
                                        Presence presence) {
  const Value* const value = find(name, presence == Presence::required);
  if (!value) return std::nullopt;
  if (const auto* const text = value->if_string()) {
    const auto found = std::find(words.begin(), words.end(), std::string_view(*text));
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  std::string all;
  for (const auto each : words) all += (all.empty() ? "" : ", ") + std::string(each);
  fail(name, "must be one of: " + all);
  return std::nullopt;
}

std::optional<Reader> Reader::object(std::string_view name, Presence presence) {
  const Value* const value = find(name, presence == Presence::required);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    fail(name, "must be an object");
    return std::nullopt;
  }
  return Reader(*value, path_of(name), shared_);
}

// The elements, if the array is there and its size is right.
static const Array* sized_array(const Value& value, const ArrayRule& rule, std::string& complaint) {
  const Array* const array = value.if_array();
  if (!array) {
    complaint = "must be an array";
  } else if (array->size() > rule.size_max) {
    complaint = "must have at most " + std::to_string(rule.size_max) + " elements";
  } else if (array->size() < rule.size_min) {
    complaint = "must have at least " + std::to_string(rule.size_min) + " elements";
  }
  return complaint.empty() ? array : nullptr;
}

std::vector<Reader> Reader::objects(std::string_view name, ArrayRule rule) {
  std::vector<Reader> readers;
  const Value* const value = find(name, rule.required);
  if (!value) return readers;
  std::string complaint;
  const Array* const array = sized_array(*value, rule, complaint);
  if (!array) {
    fail(name, std::move(complaint));
    return readers;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string element = std::string(name) + "[" + std::to_string(i) + "]";
    if (!(*array)[i].is_object()) {
      fail(element, "must be an object");
      continue;
    }
    readers.push_back(Reader((*array)[i], path_of(element), shared_));
  }
  return readers;
}

std::vector<std::string> Reader::strings(std::string_view name, ArrayRule rule, StringRule each) {
  std::vector<std::string> texts;
  const Value* const value = find(name, rule.required);
  if (!value) return texts;
  std::string complaint;
  const Array* const array = sized_array(*value, rule, complaint);
  if (!array) {
    fail(name, std::move(complaint));
    return texts;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto* const text = (*array)[i].if_string();
    auto wrong = text ? complaint_about(*text, each) : "must be a string";
    if (!wrong.empty()) {
      fail(std::string(name) + "[" + std::to_string(i) + "]", std::move(wrong));
      continue;
    }
    texts.emplace_back(*text);
  }
  return texts;
}

const Value* Reader::any(std::string_view name, Presence presence) {
  return find(name, presence == Presence::required);
}

bool Reader::has(std::string_view name) const {
  const Value* const value = object_ ? object_->if_contains(name) : nullptr;
  return value && !value->is_null();
}

bool Reader::is_null(std::string_view name) const {
  const Value* const value = object_ ? object_->if_contains(name) : nullptr;
  return value && value->is_null();
}

void Reader::refuse_unknown() {
  if (!object_) return;
  for (const auto& member : *object_) {
    const std::string_view name = member.key();
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    fail(name.substr(0, 60), "is not a known field");
  }
}

bool Reader::ok() const { return shared_->errors.empty(); }

const std::vector<FieldError>& Reader::errors() const { return shared_->errors; }

std::string Reader::message() const {
  if (ok()) return {};
  const auto& first = shared_->errors.front();
  return first.path + " " + first.message;
}

}  // namespace osier::json
