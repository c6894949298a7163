// Log lines: one JSON object per line on stderr, for machines first.
//
//   log.info("order placed", {{"order_id", id.to_string()}, {"lines", lines.size()}});
//   -> {"time":"2026-11-22T09:41:20.123456Z","level":"info","message":"order
//   placed","request_id":"…","order_id":"…","lines":2}
//
// Whatever a stranger sent can stand in a value: it is escaped (no line or terminal code gets out),
// made valid UTF-8 and cut at 2 KB. Personal data, card numbers and secrets do not belong in logs;
// a Secret does not compile here. Copies are cheap and share one output; any thread may log.

#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "platform/base/time.h"

namespace osier::telemetry {

enum class Level { debug, info, warning, error };
enum class Format { json, text };

// One key with its value; lives no longer than the call it is an argument of.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view{v}) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view{v}) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, std::floating_point auto v) : key(k), value(static_cast<double>(v)) {}
  Field(std::string_view k, std::integral auto v) : key(k), value(static_cast<std::int64_t>(v)) {}
  // Milliseconds with decimals; name the key so: "duration_ms".
  Field(std::string_view k, Duration v) : key(k), value(static_cast<double>(v.count()) / 1000.0) {}

  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

class Log {
 public:
  using Fields = std::initializer_list<Field>;
  // Takes one whole line without its line break; called by any thread, one at a time not
  // guaranteed.
  using Output = std::function<void(std::string_view line)>;

  // To stderr. `clock` outlives every copy.
  Log(Level level, Format format, const Clock& clock);
  // To wherever a test looks.
  Log(Level level, Format format, const Clock& clock, Output output);

  void debug(std::string_view message, Fields fields = {}) const;
  void info(std::string_view message, Fields fields = {}) const;
  void warning(std::string_view message, Fields fields = {}) const;
  void error(std::string_view message, Fields fields = {}) const;

  bool is_on(Level level) const;

  // A log whose lines all carry this request id.
  Log for_request(std::string request_id) const;

 private:
  struct Shared;
  void write(Level level, std::string_view message, Fields fields) const;

  std::shared_ptr<const Shared> shared_;
  std::string request_id_;
};

}  // namespace osier::telemetry
