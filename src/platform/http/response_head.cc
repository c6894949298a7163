#include "platform/http/response_head.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "platform/http/ascii.h"

namespace osier::http {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

const std::string& HttpDate::now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME_COARSE, &time);
  if (time.tv_sec != second_) {
    second_ = time.tv_sec;
    std::tm utc{};
    gmtime_r(&time.tv_sec, &utc);
    char buffer[64];
    const auto size = std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    text_.assign(buffer, size);
  }
  return text_;
}

namespace {

bool is_servers_own(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equal_ignoring_case(name, "Date");
    case 10:
      return equal_ignoring_case(name, "Connection");
    case 12:
      return equal_ignoring_case(name, "X-Request-Id");
    case 14:
      return equal_ignoring_case(name, "Content-Length");
    case 17:
      return equal_ignoring_case(name, "Transfer-Encoding");
    default:
      return false;
  }
}

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

void append_value(std::string& out, std::string_view value) {
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out.append(value);
  std::replace_if(
      out.begin() + start, out.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; },
      ' ');
}

}  // namespace

void append_head(const Response& response, const ResponseFrame& frame, std::string& out) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ").append(frame.date);
  // RFC 9110 section 8.6: none with 204; a 304 would have to tell the other answer's length.
  if (response.status != 204 && response.status != 304) {
    out.append("\r\nContent-Length: ");
    append_number(out, frame.body_size);
  }
  for (const auto& [name, value] : response.headers.fields()) {
    if (is_servers_own(name)) continue;
    out.append("\r\n");
    append_value(out, name);
    out.append(": ");
    append_value(out, value);
  }
  if (const auto* shared = response.headers.shared()) out.append(shared->text());
  out.append("\r\nX-Request-Id: ").append(frame.request_id);
  if (frame.closes) out.append("\r\nConnection: close");
  out.append("\r\n\r\n");
}

}  // namespace osier::http
