#include "platform/telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <charconv>
#include <cmath>

namespace osier::telemetry {

struct Log::Shared {
  Level level;
  Format format;
  const Clock& clock;
  Output output;
};

namespace {

constexpr std::size_t value_bytes_max = 2048;

std::string_view word_for(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

// The length in bytes of the UTF-8 character at the head of `text`, and its code point; 0 if there
// is none (RFC 3629).
std::size_t character_at(std::string_view text, char32_t& code) {
  const auto lead = static_cast<unsigned char>(text[0]);
  std::size_t length = 0;
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (length == 0 || text.size() < length) return 0;
  code = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return 0;
    code = (code << 6) | (next & 0x3Fu);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool is_outside = code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF);
  return is_overlong || is_outside ? 0 : length;
}

void append_escape(std::string& out, char32_t code) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(code >> shift) & 0xF];
}

// As a JSON string: no control character (C0, DEL or C1) and no line separator stands in it, so
// nothing that was sent to us starts a line of its own or drives a terminal.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  const bool is_cut = text.size() > value_bytes_max;
  const std::size_t end = is_cut ? value_bytes_max : text.size();
  for (std::size_t i = 0; i < end;) {
    char32_t code = 0;
    const std::size_t length = character_at(text.substr(i), code);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029) {
      append_escape(out, code);
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
  if (is_cut) out += "\xE2\x80\xA6";
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

struct ValueWriter {
  std::string& out;
  void operator()(std::string_view text) const { append_string(out, text); }
  void operator()(std::int64_t number) const { append_number(out, number); }
  void operator()(double number) const {
    // JSON knows no infinity.
    if (std::isfinite(number)) {
      append_number(out, number);
    } else {
      out += "null";
    }
  }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
};

void append_json_line(std::string& out, Instant now, Level level, std::string_view message,
                      std::string_view request_id, Log::Fields fields) {
  out += "{\"time\":\"";
  out += to_rfc3339(now);
  out += "\",\"level\":\"";
  out += word_for(level);
  out += "\",\"message\":";
  append_string(out, message);
  if (!request_id.empty()) {
    out += ",\"request_id\":";
    append_string(out, request_id);
  }
  for (const auto& field : fields) {
    out += ',';
    append_string(out, field.key);
    out += ':';
    std::visit(ValueWriter{out}, field.value);
  }
  out += '}';
}

void append_text_line(std::string& out, Instant now, Level level, std::string_view message,
                      std::string_view request_id, Log::Fields fields) {
  out += to_rfc3339(now);
  out += ' ';
  out += word_for(level);
  out += ' ';
  append_string(out, message);
  if (!request_id.empty()) {
    out += " request_id=";
    append_string(out, request_id);
  }
  for (const auto& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    std::visit(ValueWriter{out}, field.value);
  }
}

Log::Output to_stderr() {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("osier", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  return [logger](std::string_view line) {
    logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  };
}

}  // namespace

Log::Log(Level level, Format format, const Clock& clock) : Log(level, format, clock, to_stderr()) {}

Log::Log(Level level, Format format, const Clock& clock, Output output)
    : shared_(std::make_shared<const Shared>(Shared{level, format, clock, std::move(output)})) {}

bool Log::is_on(Level level) const { return level >= shared_->level; }

Log Log::for_request(std::string request_id) const {
  Log copy = *this;
  copy.request_id_ = std::move(request_id);
  return copy;
}

void Log::write(Level level, std::string_view message, Fields fields) const {
  if (!is_on(level)) return;
  std::string line;
  line.reserve(256);
  const auto append = shared_->format == Format::json ? append_json_line : append_text_line;
  append(line, shared_->clock.now(), level, message, request_id_, fields);
  shared_->output(line);
}

void Log::debug(std::string_view message, Fields fields) const {
  write(Level::debug, message, fields);
}
void Log::info(std::string_view message, Fields fields) const {
  write(Level::info, message, fields);
}
void Log::warning(std::string_view message, Fields fields) const {
  write(Level::warning, message, fields);
}
void Log::error(std::string_view message, Fields fields) const {
  write(Level::error, message, fields);
}

}  // namespace osier::telemetry
