// The parameters of a call: Stripe's form encoding with brackets, and typed reading with Stripe's
// own complaints.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api_error.h"

namespace osier::simulator {

// "a[b][0][c]=1&a[b][0][d]=2" becomes {"a": {"b": [{"c": "1", "d": "2"}]}}; every leaf is a string.
// Refuses malformed escapes and names, and more than ten levels.
Answer<json::Object> parse_nested(std::string_view form);

// Takes fields out of one level. The first thing that is wrong is kept and told by error(); what a
// getter gives after that does not matter any more.
class Params {
 public:
  explicit Params(const json::Object& fields);

  std::optional<std::string> text(std::string_view name);
  std::string required_text(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min = INT64_MIN);
  std::optional<bool> boolean(std::string_view name);
  // One of the words.
  std::optional<std::string> word(std::string_view name,
                                  const std::vector<std::string_view>& words);
  std::optional<Params> object(std::string_view name);
  std::vector<Params> objects(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  // String to string; at most 50 keys of 40 characters, values of 500.
  std::optional<json::Object> metadata(std::string_view name = "metadata");
  bool has(std::string_view name) const;
  // A field as it came, for what is only kept and given back.
  json::Value raw(std::string_view name);
  // Complains about every field nobody asked for so far.
  void refuse_unknown();

  void fail(std::string message, std::string_view name, std::string code = {});
  const std::optional<ApiError>& error() const { return *error_; }

 private:
  Params(const json::Object& fields, std::string path,
         std::shared_ptr<std::optional<ApiError>> error);

  const json::Value* find(std::string_view name);
  std::string path_of(std::string_view name) const;

  const json::Object* fields_;
  std::string path_;
  std::vector<std::string> asked_;
  std::shared_ptr<std::optional<ApiError>> error_;
};

}  // namespace osier::simulator
