// The strict reader of a request's head: request line and header fields.
//
// Our own, and not Beast's: every hole listed in hardening 1–14 is a leniency (bare LF, spaces
// before the colon, lists of lengths, "chunked" among others), so the block must be checked byte by
// byte in any case, and once that is done there is nothing left for a second parser to do but to
// copy. One pass, no allocation; views into the block.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/http/message.h"

namespace osier::http {

struct HeadLimits {
  std::size_t bytes_max = 16 * 1024;
  std::size_t fields_max = 100;
  std::size_t target_bytes_max = 8 * 1024;
};

// What a head says. Views into the block that was parsed.
struct Head {
  Method method = Method::get;
  std::string_view target;     // Path and query as sent; "*" for OPTIONS only.
  std::string_view authority;  // Of an absolute-form target; else empty.
  std::string_view host;       // Empty only with HTTP/1.0.
  bool is_http_1_0 = false;
  bool keeps_alive = true;
  bool has_length = false;
  std::uint64_t content_length = 0;
  bool is_chunked = false;
  bool expects_continue = false;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
};

// Looks for the end of a head in a buffer that grows, and refuses early what can never become one
// (a TLS hello, a bare LF, HTTP/0.9, a target or head past its limit), so that nobody waits for a
// timeout to hear of it.
class HeadScanner {
 public:
  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  struct Found {
    std::size_t size = 0;  // Of the whole head, with its empty line; 0 while it is incomplete.
    int refusal = 0;       // A status, or 0.
  };
  // `buffer` begins where the head begins; each call sees what the last one saw and more.
  Found scan(std::string_view buffer);
  void reset() { scanned_ = line_start_ = 0; }

 private:
  int refuse_line(std::string_view buffer, std::size_t end) const;

  const HeadLimits& limits_;
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
};

// Reads a block that HeadScanner found. 0, or the status to refuse it with: 400, 414, 415, 417, 431
// or 501.
int parse_head(std::string_view block, const HeadLimits& limits, Head& head);

// Fills request.path and request.query from a target. False if it is not well-formed (hardening
// 12): bad escapes or UTF-8, NUL, an escaped slash, a backslash, a dot segment.
bool read_target(std::string_view target, Request& request);

// True for "name", "name:port", "1.2.3.4", "[::1]:port" in the characters and ranges of RFC 3986.
bool is_valid_authority(std::string_view authority);

// Checks one "name: value" line (of a head or a trailer) and splits it. False if it is malformed.
bool split_field(std::string_view line, std::pair<std::string_view, std::string_view>& field);

}  // namespace osier::http
