// Boost.JSON's own parser keeps the last of two equal keys and reads 1e400 as infinity. This
// handler sits in its place between the grammar and the value: it keeps every object's keys until
// the object ends, and refuses what json.h says.

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <stdexcept>

#include "platform/json/value.h"

namespace osier::json {

namespace {

namespace bj = boost::json;

class Handler {
 public:
  static constexpr std::size_t max_object_size = bj::object::max_size();
  static constexpr std::size_t max_array_size = bj::array::max_size();
  static constexpr std::size_t max_key_size = bj::string::max_size();
  static constexpr std::size_t max_string_size = bj::string::max_size();

  explicit Handler(std::size_t members_max) : members_max_(members_max) { values_.reset(); }

  // What our own checks have to say, if one of them stopped the parser.
  const std::string& complaint() const { return complaint_; }
  bj::value release() { return values_.release(); }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }

  bool on_object_begin(bj::error_code&) {
    keys_of_open_objects_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t count, bj::error_code& error) {
    auto keys = std::move(keys_of_open_objects_.back());
    keys_of_open_objects_.pop_back();
    // Sorted rather than hashed: a sender can choose keys that collide.
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) {
      return stop("the JSON names " + to_text(bj::value(*twice)) + " twice in one object", error);
    }
    values_.push_object(count);
    return true;
  }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t count, bj::error_code& error) {
    if (count > members_max_) return stop("a JSON array has too many elements", error);
    values_.push_array(count);
    return true;
  }

  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    key_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& error) {
    key_.append(part.data(), part.size());
    auto& keys = keys_of_open_objects_.back();
    keys.push_back(std::exchange(key_, {}));
    if (keys.size() > members_max_) return stop("a JSON object has too many members", error);
    values_.push_key(part);
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    values_.push_chars(part);
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    values_.push_string(part);
    return true;
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t number, bj::string_view, bj::error_code&) {
    values_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, bj::string_view, bj::error_code&) {
    values_.push_uint64(number);
    return true;
  }
  bool on_double(double number, bj::string_view, bj::error_code& error) {
    if (!std::isfinite(number)) return stop("a number in the JSON is too large", error);
    values_.push_double(number);
    return true;
  }
  bool on_bool(bool truth, bj::error_code&) {
    values_.push_bool(truth);
    return true;
  }
  bool on_null(bj::error_code&) {
    values_.push_null();
    return true;
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  bool stop(std::string complaint, bj::error_code& error) {
    complaint_ = std::move(complaint);
    error = make_error_code(bj::error::exception);
    return false;
  }

  std::size_t members_max_;
  bj::value_stack values_;
  std::string key_;
  std::vector<std::vector<std::string>> keys_of_open_objects_;
  std::string complaint_;
};

std::string sentence_for(const bj::error_code& error) {
  if (error == bj::error::incomplete) return "the JSON ends too early";
  if (error == bj::error::extra_data) return "something follows the JSON";
  if (error == bj::error::too_deep) return "the JSON is nested too deeply";
  if (error == bj::error::exponent_overflow) return "a number in the JSON is too large";
  return "the JSON is not valid (" + error.message() + ")";
}

}  // namespace

Result<Value, ParseError> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.bytes_max) {
    return refuse(ParseError{.message = "the JSON is too long", .offset = limits.bytes_max});
  }
  bj::parse_options options;
  options.max_depth = limits.depth_max;
  bj::basic_parser<Handler> parser(options, limits.members_max);
  bj::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = make_error_code(bj::error::extra_data);
  if (error) {
    const auto& complaint = parser.handler().complaint();
    return refuse(
        ParseError{.message = complaint.empty() ? sentence_for(error) : complaint, .offset = read});
  }
  return parser.handler().release();
}

}  // namespace osier::json
