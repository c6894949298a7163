// JSON from strangers, read strictly, and JSON for the wire.
//
// Reading goes in two steps: parse() turns text into a value or says where it stopped being JSON; a
// Reader takes typed fields out of an object and collects, with each field's path, what is wrong
// with them:
//
//   const auto body = json::parse(request.body);
//   if (!body) return bad_request(body.error().message);
//   json::Reader reader(*body);
//   const auto email = reader.string("email", {.required = true, .length_max = 320});
//   const auto quantity = reader.integer("quantity", {.min = 1, .max = 9'999});
//   if (!reader.ok()) return bad_request(reader.message());   // "quantity must be a whole number
//   from 1 to 9999"
//
// The values are Boost.JSON's. This header only names them; who builds or walks them includes
// "platform/json/value.h".

#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"

namespace osier::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

struct Limits {
  std::size_t bytes_max = 256 * 1024;
  std::size_t depth_max = 32;
  std::size_t members_max = 10'000;  // Of one object, and elements of one array.
};

struct ParseError {
  std::string message;  // A sentence for the sender: "the JSON names \"qty\" twice in one object".
  std::size_t offset = 0;  // Bytes read before the error.
};

// Reads one JSON text (RFC 8259) whole. Refuses what other readers understand differently (I-JSON,
// RFC 7493): duplicate keys, a byte order mark, invalid UTF-8, lone surrogates, numbers that no
// double holds (1e400), NaN and Infinity, comments, trailing commas, anything behind the value, and
// whatever passes a limit. Does not wait, does not throw.
Result<Value, ParseError> parse(std::string_view text, Limits limits = {});

// Compact text, doubles in their shortest form (12.5, not 1.25E1).
std::string to_text(const Value& value);
// The same, with <, >, & and U+2028/2029 as \u escapes, so that it can stand inside an HTML script
// element.
std::string to_script_text(const Value& value);

struct StringRule {
  bool required = false;
  std::size_t length_min = 0;  // In characters (code points).
  std::size_t length_max = 255;
  bool multiline =
      false;  // Allows line breaks and tabs. Other control characters, NUL among them, never pass.
};

struct IntegerRule {
  bool required = false;
  std::int64_t min = INT64_MIN;
  std::int64_t max = INT64_MAX;
};

struct ArrayRule {
  bool required = false;
  std::size_t size_min = 0;
  std::size_t size_max = 100;
};

enum class Presence { optional, required };

struct FieldError {
  std::string path;     // "items[0].quantity".
  std::string message;  // "must be a whole number from 1 to 9999".
};

// Takes the fields of one object. A field that is null counts as absent; use is_null() where that
// differs. A getter returns nothing if the field is absent or wrong, and only the latter is an
// error (as is the absence of a required one). Readers of nested objects report to the same list.
// The value read must outlive all of them.
class Reader {
 public:
  // A body that is not an object is an error ("the body must be a JSON object"), and has no fields.
  explicit Reader(const Value& body);

  std::optional<std::string> string(std::string_view name, StringRule rule = {});
  std::optional<std::int64_t> integer(std::string_view name, IntegerRule rule = {});
  std::optional<bool> boolean(std::string_view name, Presence presence = Presence::optional);
  // One of the words, by its position in `words`.
  std::optional<std::size_t> word(std::string_view name, const std::vector<std::string_view>& words,
                                  Presence presence = Presence::optional);
  std::optional<Reader> object(std::string_view name, Presence presence = Presence::optional);
  // Empty if absent.
  std::vector<Reader> objects(std::string_view name, ArrayRule rule = {});
  std::vector<std::string> strings(std::string_view name, ArrayRule rule = {},
                                   StringRule each = {});
  // The field as it is, for free-form metadata; nothing if absent.
  const Value* any(std::string_view name, Presence presence = Presence::optional);

  bool has(std::string_view name) const;      // Named and not null.
  bool is_null(std::string_view name) const;  // Named, with the value null.

  // Every name that was not asked for so far is an error ("qty is not a known field").
  void refuse_unknown();
  // Adds an error of the caller's about one field, for rules beyond type and size.
  void fail(std::string_view name, std::string message);

  bool ok() const;
  const std::vector<FieldError>& errors() const;
  // The first error as one sentence, path first; empty if ok().
  std::string message() const;

 private:
  struct Shared;
  Reader(const Value& value, std::string path, std::shared_ptr<Shared> shared);

  // The field, if it is there; notes that it was asked for and complains if it must be there and is
  // not.
  const Value* find(std::string_view name, bool required);
  std::string path_of(std::string_view name) const;

  const Object* object_ = nullptr;
  std::string path_;
  std::vector<std::string> asked_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace osier::json
