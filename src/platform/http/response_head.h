// Writes a response's head.

#pragma once

#include <string>
#include <string_view>

#include "platform/http/message.h"

namespace osier::http {

std::string_view reason_phrase(int status);

// "Sun, 22 Nov 2026 09:56:00 GMT" (RFC 9110 section 5.6.7), renewed when the second changes.
class HttpDate {
 public:
  const std::string& now();

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

struct ResponseFrame {
  std::string_view date;
  std::string_view request_id;
  bool closes = false;
  std::size_t body_size = 0;
};

// Appends status line, fields and the empty line to `out`. Content-Length, Date, Connection,
// Transfer-Encoding and X-Request-Id of the response are passed over; they are the server's. CR, LF
// and NUL in a value become spaces, so that no handler can be made to write a field of a visitor's
// choice.
void append_head(const Response& response, const ResponseFrame& frame, std::string& out);

}  // namespace osier::http
