#include "platform/http/chunked_body.h"

#include <algorithm>

#include "platform/http/ascii.h"
#include "platform/http/request_head.h"

namespace osier::http {

namespace {

constexpr std::size_t extension_bytes_max = 4096;
constexpr std::size_t trailer_bytes_max = 4096;
constexpr std::size_t size_digits_max = 15;  // 60 bits: never overflows.

}  // namespace

int ChunkedBody::read_size_line(std::string_view line, std::size_t body_bytes) {
  std::size_t digits = 0;
  std::uint64_t size = 0;
  while (digits < line.size() && hex_value(line[digits]) >= 0) {
    if (digits == size_digits_max) return 400;
    size = size * 16 + static_cast<std::uint64_t>(hex_value(line[digits]));
    ++digits;
  }
  if (digits == 0) return 400;
  const std::string_view extension = line.substr(digits);
  if (!extension.empty() && extension.front() != ';') return 400;
  for (const char c : extension) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) return 400;
  }
  extension_bytes_ += extension.size();
  if (extension_bytes_ > extension_bytes_max) return 413;
  if (size > body_max_ - body_bytes) return 413;
  left_in_chunk_ = size;
  part_ = size == 0 ? Part::trailer : Part::data;
  return 0;
}

int ChunkedBody::read_trailer_line(std::string_view line) {
  if (line.empty()) {
    part_ = Part::end;
    return 0;
  }
  std::pair<std::string_view, std::string_view> field;  // Checked and dropped: nobody asked for it.
  return split_field(line, field) ? 0 : 400;
}

ChunkedBody::Step ChunkedBody::feed(std::string_view input, std::string& body) {
  std::size_t at = 0;
  while (part_ != Part::end) {
    const std::string_view left = input.substr(at);
    if (part_ == Part::data) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(left.size(), left_in_chunk_));
      body.append(left.substr(0, size));
      left_in_chunk_ -= size;
      at += size;
      if (left_in_chunk_ > 0) break;
      part_ = Part::data_end;
      continue;
    }
    if (part_ == Part::data_end) {
      if (!left.empty() && left.front() != '\r') return {.refusal = 400};
      if (left.size() < 2) break;
      if (left[1] != '\n') return {.refusal = 400};
      at += 2;
      part_ = Part::size;
      continue;
    }
    const auto lf = left.find('\n');
    if (lf == std::string_view::npos) {
      // What can no longer become a size line is refused at once.
      if (part_ == Part::size && !left.empty() && hex_value(left.front()) < 0)
        return {.refusal = 400};
      const std::size_t max = part_ == Part::size ? extension_bytes_max : trailer_bytes_max;
      if (left.size() > max) return {.refusal = part_ == Part::size ? 413 : 431};
      break;
    }
    if (lf == 0 || left[lf - 1] != '\r') return {.refusal = 400};
    const std::string_view line = left.substr(0, lf - 1);
    if (part_ == Part::trailer && (trailer_bytes_ += lf) > trailer_bytes_max)
      return {.refusal = 431};
    const int status =
        part_ == Part::size ? read_size_line(line, body.size()) : read_trailer_line(line);
    if (status != 0) return {.refusal = status};
    at += lf + 1;
  }
  return {.consumed = at};
}

}  // namespace osier::http
