#include "platform/http/request_head.h"

#include <array>
#include <charconv>
#include <optional>

#include "platform/http/ascii.h"

namespace osier::http {

namespace {

enum : unsigned char { token_char = 1, value_char = 2, target_char = 4 };

constexpr std::array<unsigned char, 256> char_kinds = [] {
  std::array<unsigned char, 256> kinds{};
  for (int c = 0; c < 256; ++c) {
    const auto ch = static_cast<char>(c);
    unsigned char kind = 0;
    if (c < 128 && is_token_char(ch)) kind |= token_char;
    // RFC 9110 section 5.5: visible, space, tab and obs-text.
    if (c == '\t' || (c >= 0x20 && c != 0x7F)) kind |= value_char;
    // Browsers send some characters unescaped that RFC 3986 forbids ('|', '[', '{'); none of them
    // is dangerous.
    if (c > 0x20 && c < 0x7F && std::string_view("\"<>#").find(ch) == std::string_view::npos) {
      kind |= target_char;
    }
    kinds[static_cast<std::size_t>(c)] = kind;
  }
  return kinds;
}();

constexpr bool all_are(std::string_view text, unsigned char kind) {
  for (const char c : text) {
    if ((char_kinds[static_cast<unsigned char>(c)] & kind) == 0) return false;
  }
  return true;
}

std::optional<Method> parse_method(std::string_view name) {
  for (const auto method : {Method::get, Method::post, Method::head, Method::put, Method::patch,
                            Method::delete_, Method::options}) {
    if (name == to_string(method)) return method;
  }
  return std::nullopt;
}

int parse_request_line(std::string_view line, const HeadLimits& limits, Head& head) {
  std::string_view rest = line;
  const std::string_view method = cut_before(rest, ' ');
  const std::string_view target = cut_before(rest, ' ');
  if (method.empty() || !all_are(method, token_char)) return 400;
  if (target.empty() || !all_are(target, target_char)) return 400;
  if (target.size() > limits.target_bytes_max) return 414;
  if (rest == "HTTP/1.0") {
    head.is_http_1_0 = true;
    head.keeps_alive = false;
  } else if (rest != "HTTP/1.1") {
    return 400;
  }
  const auto known = parse_method(method);
  if (!known) return 501;
  head.method = *known;
  head.target = target;
  return 0;
}

// Absolute form (RFC 9112 section 3.2.2) becomes authority and origin form; the asterisk is for
// OPTIONS alone.
int split_absolute_target(Head& head) {
  if (head.target.front() == '/') return 0;
  if (head.target == "*") return head.method == Method::options ? 0 : 400;
  std::string_view rest = head.target;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else {
    return 400;
  }
  const auto slash = rest.find_first_of("/?");
  head.authority = rest.substr(0, slash);
  head.target = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
  return is_valid_authority(head.authority) && head.target.front() == '/' ? 0 : 400;
}

// What the fields that steer the connection have said so far.
struct Steering {
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;
};

int read_length(std::string_view value, Head& head) {
  // from_chars takes no sign here and no "0x": digits alone (the strtoul trap of cpp-httplib).
  if (value.empty() || !is_digit(value.front())) return 400;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, head.content_length);
  if (error != std::errc() || stop != end) return 400;
  head.has_length = true;
  return 0;
}

void read_connection(std::string_view value, Head& head) {
  while (!value.empty()) {
    if (equal_ignoring_case(trimmed(cut_before(value, ',')), "close")) head.keeps_alive = false;
  }
}

int read_steering_field(std::string_view name, std::string_view value, Steering& seen, Head& head) {
  if (equal_ignoring_case(name, "Host")) {
    head.host = value;
    return ++seen.hosts > 1 || !is_valid_authority(value) ? 400 : 0;
  }
  if (equal_ignoring_case(name, "Content-Length")) {
    return ++seen.lengths > 1 ? 400 : read_length(value, head);
  }
  if (equal_ignoring_case(name, "Transfer-Encoding")) {
    head.is_chunked = true;
    return ++seen.encodings > 1 || !equal_ignoring_case(value, "chunked") ? 400 : 0;
  }
  if (equal_ignoring_case(name, "Connection")) {
    read_connection(value, head);
  } else if (equal_ignoring_case(name, "Expect")) {
    if (!equal_ignoring_case(value, "100-continue")) return 417;
    head.expects_continue = true;
  } else if (equal_ignoring_case(name, "Content-Encoding")) {
    // Nothing packed is unpacked here (gzip bombs, hardening 19).
    return equal_ignoring_case(value, "identity") ? 0 : 415;
  }
  return 0;
}

int check_framing(const Steering& seen, const Head& head) {
  if (seen.lengths > 0 && seen.encodings > 0) return 400;
  if (seen.encodings > 0 && head.is_http_1_0) return 400;
  if (seen.hosts == 0 && !head.is_http_1_0) return 400;
  if (!head.authority.empty() && !equal_ignoring_case(head.authority, head.host)) return 400;
  return 0;
}

}  // namespace

bool split_field(std::string_view line, std::pair<std::string_view, std::string_view>& field) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  field.first = line.substr(0, colon);
  field.second = trimmed(line.substr(colon + 1));
  return all_are(field.first, token_char) && all_are(field.second, value_char);
}

int parse_head(std::string_view block, const HeadLimits& limits, Head& head) {
  head.fields.clear();
  const auto line_end = block.find("\r\n");
  if (const int status = parse_request_line(block.substr(0, line_end), limits, head)) return status;
  if (const int status = split_absolute_target(head)) return status;

  Steering seen;
  int refusal = 0;  // A malformed field further down is worse than an unwelcome one above it.
  std::size_t at = line_end + 2;
  while (true) {
    const auto end = block.find('\r', at);
    if (end == std::string_view::npos || block.substr(end, 2) != "\r\n") return 400;
    if (end == at) break;
    if (head.fields.size() == limits.fields_max) return 431;
    auto& [name, value] = head.fields.emplace_back();
    if (!split_field(block.substr(at, end - at), head.fields.back())) return 400;
    if (const int status = read_steering_field(name, value, seen, head)) {
      if (status == 400) return 400;
      refusal = status;
    }
    at = end + 2;
  }
  if (const int status = check_framing(seen, head)) return status;
  return refusal;
}

HeadScanner::Found HeadScanner::scan(std::string_view buffer) {
  if (!buffer.empty() && !is_token_char(buffer.front())) return {.refusal = 400};
  for (auto lf = buffer.find('\n', scanned_); lf != std::string_view::npos;
       lf = buffer.find('\n', lf + 1)) {
    if (lf + 1 > limits_.bytes_max) break;
    if (const int status = refuse_line(buffer, lf)) return {.refusal = status};
    if (lf == line_start_ + 1) return {.size = lf + 1};
    line_start_ = lf + 1;
  }
  scanned_ = buffer.size();
  if (line_start_ == 0 && buffer.size() > limits_.target_bytes_max + 32) return {.refusal = 414};
  if (buffer.size() >= limits_.bytes_max) return {.refusal = 431};
  return {};
}

int HeadScanner::refuse_line(std::string_view buffer, std::size_t lf) const {
  if (lf == line_start_ || buffer[lf - 1] != '\r') return 400;
  const bool is_request_line = line_start_ == 0;
  if (!is_request_line) return 0;
  if (lf > limits_.target_bytes_max + 32) return 414;
  const std::string_view line = buffer.substr(0, lf - 1);
  return line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0") ? 0 : 400;
}

bool is_valid_authority(std::string_view authority) {
  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    for (const char c : host.substr(1, close - 1)) {
      if (hex_value(c) < 0 && c != ':' && c != '.') return false;
    }
    const std::string_view after = host.substr(close + 1);
    if (!after.empty() && after.front() != ':') return false;
    has_port = !after.empty();
    port = after.substr(has_port ? 1 : 0);
  } else {
    const auto colon = host.find(':');
    has_port = colon != std::string_view::npos;
    port = has_port ? host.substr(colon + 1) : std::string_view{};
    host = host.substr(0, colon);
    if (host.empty() || host.size() > 255) return false;
    for (const char c : host) {
      const bool is_letter = to_lower(c) >= 'a' && to_lower(c) <= 'z';
      if (!is_letter && !is_digit(c) && c != '-' && c != '.' && c != '_') return false;
    }
  }
  if (!has_port) return true;
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && stop == port.data() + port.size() && is_digit(port.front()) &&
         number <= 65535;
}

bool read_target(std::string_view target, Request& request) {
  const auto mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  request.query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  if (path.find('\\') != std::string_view::npos) return false;
  if (path.find('%') == std::string_view::npos) {
    request.path = path;
  } else {
    for (std::size_t at = path.find('%'); at != std::string_view::npos;
         at = path.find('%', at + 1)) {
      const std::string_view escape = path.substr(at, 3);
      if (escape == "%2f" || escape == "%2F" || escape == "%5c" || escape == "%5C") return false;
    }
    auto decoded = url_decode(path);
    if (!decoded) return false;
    request.path = std::move(*decoded);
  }
  std::string_view rest = std::string_view(request.path).substr(1);
  while (!rest.empty()) {
    const std::string_view segment = cut_before(rest, '/');
    if (segment == "." || segment == "..") return false;
  }
  return true;
}

}  // namespace osier::http
