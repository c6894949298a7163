// Reads a body in chunks (RFC 9112 section 7.1), exactly: CRLF only, sizes of plain hexadecimal
// digits.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace osier::http {

class ChunkedBody {
 public:
  // The data of all chunks may have `body_max` bytes; extensions together 4 KB, trailers 4 KB.
  explicit ChunkedBody(std::size_t body_max) : body_max_(body_max) {}

  struct Step {
    std::size_t consumed = 0;  // Of `input`; the rest is shown again, with more behind it.
    int refusal = 0;           // 400 or 413.
  };
  // Appends the data found in `input` to `body`. Past the end of the body nothing is consumed.
  Step feed(std::string_view input, std::string& body);
  bool is_complete() const { return part_ == Part::end; }

 private:
  enum class Part { size, data, data_end, trailer, end };

  int read_size_line(std::string_view line, std::size_t body_bytes);
  int read_trailer_line(std::string_view line);

  std::size_t body_max_;
  Part part_ = Part::size;
  std::uint64_t left_in_chunk_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace osier::http
